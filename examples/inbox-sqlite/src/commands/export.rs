//! `inbox export`

use super::{Result, find, open_calls, printable};
use std::{io::Write, path::Path};

/// Writes one call as an HTTP/1.1 message (RFC 9112). It has no lines of a proof: those are not kept, and
/// a copy would be refused as too old. It can be signed anew.
pub fn export(path: &Path, key: &str, out: &mut impl Write) -> Result<()> {
    let db = open_calls(path)?;
    let columns = "target, host, media_type, body";
    let (target, host, media_type, body): (Option<String>, Option<String>, Option<String>, _) =
        find(&db, key, columns, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, Option<Vec<u8>>>(3)?))
        })?;
    let Some(body) = body else {
        return Err(format!("{}: its payload was pruned", printable(key)).into());
    };
    if target.is_none() {
        tracing::warn!(
            "what was called is not known of an event that was imported, or that an earlier version \
             stored: /"
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
