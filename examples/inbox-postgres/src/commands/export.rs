//! `inbox export`

use super::{find, printable};
use crate::Error;
use sqlx::PgConnection;
use std::io::Write;

/// Target, host, media type and body; the last is `None` when it was pruned.
type Exported = (Option<String>, Option<String>, Option<String>, Option<Vec<u8>>);

/// Writes one call as an HTTP/1.1 message (RFC 9112). It has no lines of a proof: those are not kept, and
/// a copy would be refused as too old. It can be signed anew.
pub async fn run(
    connection: &mut PgConnection,
    key: &str,
    out: &mut impl Write,
) -> Result<(), Error> {
    let row = find(connection, key).await?;
    let exported = "SELECT target, host, media_type, body FROM inbox_call WHERE id = $1";
    let exported = sqlx::query_as(exported).bind(row).fetch_one(connection).await?;
    let (target, host, media_type, body): Exported = exported;
    let body = body.ok_or_else(|| format!("{}: its payload was pruned", printable(key)))?;
    if target.is_none() {
        tracing::warn!(
            "it was imported, or an earlier version stored it without what was called: the \
             target is /"
        );
    }
    let target = target.unwrap_or_else(|| "/".to_owned());
    // Empty where it is not known, which a message may be (RFC 9112 §3.2).
    let host = host.unwrap_or_default();
    for part in [Some(&target), Some(&host), media_type.as_ref()].into_iter().flatten() {
        if part.chars().any(char::is_control) {
            return Err(format!("{}: its head can't be written as lines", printable(key)).into());
        }
    }
    write!(out, "POST {target} HTTP/1.1\r\nHost: {host}\r\n")?;
    if let Some(media_type) = media_type {
        write!(out, "Content-Type: {media_type}\r\n")?;
    }
    write!(out, "Content-Length: {}\r\n\r\n", body.len())?;
    out.write_all(&body)?;
    Ok(out.flush()?)
}
