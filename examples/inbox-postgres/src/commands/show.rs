//! `inbox show`

use super::variables::variables;
use super::{find, printable};
use crate::{Error, call};
use sqlx::PgConnection;
use std::{borrow::Cow, io::Write};
use webhook_axum::Event;

/// Characters of a name that is shown.
const MAX_NAME: usize = 64;

#[derive(sqlx::FromRow)]
struct Shown {
    event_key: Option<String>,
    delivery: Option<String>,
    state: String,
    error: Option<String>,
    attempts: i32,
    account: Option<String>,
    target: Option<String>,
    host: Option<String>,
    media_type: Option<String>,
    body: Option<Vec<u8>>,
}

const SHOWN: &str = "
    SELECT event_key, delivery, error, attempts, account, target, host, media_type, body,
        CASE WHEN done_at IS NOT NULL THEN 'done' WHEN dead_at IS NOT NULL THEN 'dead'
            WHEN set_aside_at IS NOT NULL THEN 'set aside'
            WHEN begun_at IS NOT NULL THEN 'running' ELSE 'waiting' END AS state
    FROM inbox_call WHERE id = $1";

/// Prints what is known of one call, and the names of its variables; their values only with
/// `--values`, since those are personal data.
pub async fn run(
    connection: &mut PgConnection,
    key: &str,
    values: bool,
    out: &mut impl Write,
) -> Result<(), Error> {
    let row = find(connection, key).await?;
    let shown: Shown = sqlx::query_as(SHOWN).bind(row).fetch_one(connection).await?;
    let attempts = shown.attempts.to_string();
    let lines = [
        ("event", shown.event_key.as_deref()),
        ("call", shown.delivery.as_deref()),
        ("state", Some(shown.state.as_str())),
        ("reason", shown.error.as_deref()),
        ("attempts", Some(attempts.as_str())),
        ("account", shown.account.as_deref()),
        ("host", shown.host.as_deref()),
        ("target", shown.target.as_deref()),
        ("media type", shown.media_type.as_deref()),
    ];
    for (title, text) in lines {
        writeln!(out, "{title:<10}  {}", printable(text.unwrap_or("-")))?;
    }
    let Some(body) = shown.body else {
        writeln!(out, "{:<10}  pruned", "size")?;
        return Ok(());
    };
    writeln!(out, "{:<10}  {} bytes", "size", body.len())?;
    let raw = call::raw(body, shown.media_type.as_deref());
    // By this program, which may know more than the one that set it aside.
    let decoded = match raw.decode::<Event>() {
        Ok(_) => "yes".to_owned(),
        Err(rejection) => format!("no: {rejection}"),
    };
    writeln!(out, "{:<10}  {}", "decodes", printable(&decoded))?;
    writeln!(out, "variables")?;
    for (name, value) in variables(raw.body()) {
        match value {
            Some(value) if values => writeln!(out, "  {} = {}", bytes(&name), bytes(&value))?,
            None if values => writeln!(out, "  {}", bytes(&name))?,
            // What has no value may be one itself: the text of a body that is not a form.
            None => writeln!(out, "  …")?,
            Some(_) => writeln!(out, "  {}", shown_name(&name))?,
        }
    }
    Ok(())
}

/// Returns a name, or a sign that what stands in its place does not look like one.
fn shown_name(name: &[u8]) -> Cow<'_, str> {
    let fit = |c: char| c.is_alphanumeric() || "_.-[] ".contains(c);
    match str::from_utf8(name) {
        Ok(name) if name.chars().count() <= MAX_NAME && name.chars().all(fit) => name.into(),
        _ => "…".into(),
    }
}

/// Returns a text for a terminal; what is not UTF-8 in hexadecimal.
fn bytes(text: &[u8]) -> String {
    text.utf8_chunks().fold(String::new(), |mut shown, chunk| {
        shown.push_str(&printable(chunk.valid()));
        shown.push_str(&chunk.invalid().escape_ascii().to_string());
        shown
    })
}
