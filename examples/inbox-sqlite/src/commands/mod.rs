//! What an operator queries and does, next to a server that may be running.

pub mod export;
pub mod import;
pub mod prune;
pub mod retry;
pub mod show;
pub mod status;

use crate::schema;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};
use std::{borrow::Cow, error::Error, path::Path, time::Duration};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Opens a database that exists: a mistyped name is an error, and makes no empty one.
fn open(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    db.busy_timeout(Duration::from_secs(5))?;
    // The same as the server's: what is put back must not be lost again, what is removed is overwritten.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    Ok(db)
}

/// Opens a database whose rows are calls.
fn open_calls(path: &Path) -> Result<Connection> {
    let db = open(path)?;
    match schema::version(&db)? {
        schema::HAS_CALLS.. => Ok(db),
        older => Err(format!(
            "{}: its tables have version {older}; `inbox serve` brings them to {} when it starts",
            path.display(),
            schema::HAS_CALLS
        )
        .into()),
    }
}

/// Reads the row of a call: `key` is its event's or its own.
fn find<T>(
    db: &Connection,
    key: &str,
    columns: &str,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<T> {
    let sql = format!("SELECT {columns} FROM inbox WHERE event_key = ?1 OR delivery = ?1");
    let row = db.query_one(&sql, [key], read).optional()?;
    row.ok_or_else(|| format!("{}: no call has this key", printable(key)).into())
}

/// Escapes what could steer a terminal or pretend to be another line: an effect's error may repeat
/// what the event says, and an event's text is its sender's.
fn printable(text: &str) -> Cow<'_, str> {
    let plain = |c: char| matches!(c, ' '..='~' if c != '\\');
    if text.chars().all(plain) {
        return text.into();
    }
    let escape = |c: char| match c {
        // The two that `escape_debug` escapes though they are harmless.
        '\'' | '"' => c.to_string(),
        _ => c.escape_debug().to_string(),
    };
    text.chars().map(escape).collect()
}
