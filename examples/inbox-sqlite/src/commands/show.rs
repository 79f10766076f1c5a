//! `inbox show`

use super::{Result, find, open_calls, printable};
use crate::event;
use axum::body::Bytes;
use serde_json::Value;
use std::{borrow::Cow, io::Write, path::Path};
use webhook_axum::Event;

/// Characters of a name that is shown.
const MAX_NAME: usize = 64;

struct Shown {
    event_key: Option<String>,
    delivery: Option<String>,
    state: String,
    error: Option<String>,
    attempts: i64,
    account: Option<String>,
    target: Option<String>,
    host: Option<String>,
    media_type: Option<String>,
    body: Option<Vec<u8>>,
}

/// Prints what is known of one call, and the names of its variables; their values only with
/// `--values`, since those are personal data.
pub fn show(path: &Path, key: &str, values: bool, out: &mut impl Write) -> Result<()> {
    let db = open_calls(path)?;
    let columns =
        "event_key, delivery, state, error, attempts, account, target, host, media_type, body";
    let shown = find(&db, key, columns, |row| {
        Ok(Shown {
            event_key: row.get(0)?,
            delivery: row.get(1)?,
            state: row.get(2)?,
            error: row.get(3)?,
            attempts: row.get(4)?,
            account: row.get(5)?,
            target: row.get(6)?,
            host: row.get(7)?,
            media_type: row.get(8)?,
            body: row.get(9)?,
        })
    })?;
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
    let Some(body) = shown.body.map(Bytes::from) else {
        writeln!(out, "{:<10}  pruned", "size")?;
        return Ok(());
    };
    writeln!(out, "{:<10}  {} bytes", "size", body.len())?;
    // By this program, which may know more than the one that set it aside.
    let decoded = match event::raw(&body, shown.media_type.as_deref()).decode::<Event>() {
        Ok(_) => "yes".to_owned(),
        Err(rejection) => format!("no: {rejection}"),
    };
    writeln!(out, "{:<10}  {}", "decodes", printable(&decoded))?;
    writeln!(out, "variables")?;
    for (name, value) in variables(&body) {
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

/// Names, and the value of each that has one.
type Variables = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Returns names and values as they were sent. Nothing is refused here: what can't be
/// decoded is to be looked at, too.
fn variables(body: &[u8]) -> Variables {
    let mut variables = Variables::new();
    if body.trim_ascii_start().starts_with(b"{") || body.trim_ascii_start().starts_with(b"[") {
        match serde_json::from_slice(body) {
            Ok(value) => flatten("", &value, &mut variables),
            Err(_) => variables.push((body.to_vec(), None)),
        }
        return variables;
    }
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        let name = parts.next().map(unescaped).unwrap_or_default();
        variables.push((name, parts.next().map(unescaped)));
    }
    variables
}

/// Names what is nested as a form does: `fields[name]`.
fn flatten(name: &str, value: &Value, variables: &mut Variables) {
    let inner = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}[{key}]") };
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| flatten(&inner(key), value, variables));
        }
        Value::Array(list) => {
            let items = list.iter().enumerate();
            items.for_each(|(at, value)| flatten(&inner(&at.to_string()), value, variables));
        }
        Value::String(text) => variables.push((name.into(), Some(text.as_bytes().into()))),
        other => variables.push((name.into(), Some(other.to_string().into()))),
    }
}

/// Replaces `+` and `%XX` by what they stand for.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let escaped = match (first, after) {
            (b'%', [high, low, after @ ..]) => digit(high).zip(digit(low)).map(|digits| {
                rest = after;
                digits.0 * 16 + digits.1
            }),
            _ => None,
        };
        bytes.push(match (escaped.and_then(|byte| u8::try_from(byte).ok()), first) {
            (Some(byte), _) => byte,
            (None, b'+') => b' ',
            (None, other) => *other,
        });
    }
    bytes
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
