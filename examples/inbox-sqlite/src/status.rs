//! What an operator asks and does: `inbox status`, `inbox retry`.

use crate::inbox::now;
use crate::schema;
use rusqlite::{Connection, OpenFlags, params};
use std::{borrow::Cow, error::Error, io::Write, path::Path, time::Duration};

/// Dead events that are shown one by one.
const SHOWN: i64 = 20;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Opens a database that exists: a mistyped name is an error, and makes no empty one.
fn open(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    db.busy_timeout(Duration::from_secs(5))?;
    // The same as the server's: what is put back must not be lost again.
    db.pragma_update(None, "synchronous", "FULL")?;
    Ok(db)
}

/// Prints one line of numbers, then the dead events with their last errors.
pub fn show(path: &Path, out: &mut impl Write) -> Result<()> {
    let db = open(path)?;
    let now = now();
    // One whose lease has ended waits for its next attempt.
    let (counts, oldest, next): ([i64; 6], Option<i64>, Option<i64>) = db.query_one(
        "SELECT coalesce(sum(state = 'waiting' OR state = 'running' AND next_at <= ?1), 0),
                coalesce(sum(state = 'running' AND next_at > ?1), 0),
                coalesce(sum(state = 'done'), 0),
                coalesce(sum(state = 'dead'), 0),
                coalesce(sum(duplicates), 0),
                coalesce(sum(changed), 0),
                min(received) FILTER (WHERE state IN ('waiting', 'running')),
                min(next_at) FILTER (WHERE state = 'waiting' OR state = 'running' AND next_at <= ?1)
         FROM inbox",
        [now],
        |row| {
            let counts =
                [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
            Ok((counts, row.get(6)?, row.get(7)?))
        },
    )?;
    // The server makes that table when it starts; this only looks.
    let kept = match schema::version(&db)? {
        schema::HAS_CHANGED.. => {
            db.query_one("SELECT count(*) FROM changed", [], |row| row.get(0))?
        }
        _ => 0_i64,
    };
    let titles = ["waiting", "running", "done", "dead", "duplicates", "changed", "kept", "next"];
    for title in titles {
        write!(out, "{title:>10} ")?;
    }
    writeln!(out, "{:>10}", "oldest")?;
    for count in counts.into_iter().chain([kept]) {
        write!(out, "{count:>10} ")?;
    }
    // In how long the first of those that wait has its next attempt.
    let next = next.map_or("-".to_owned(), |at| format!("{} s", (at - now).max(0) / 1000));
    write!(out, "{next:>10} ")?;
    // How long the event that has waited longest has been here.
    let oldest = oldest.map_or("-".to_owned(), |at| format!("{} s", (now - at).max(0) / 1000));
    writeln!(out, "{oldest:>10}")?;

    let mut dead = db.prepare(
        "SELECT key, attempts, error FROM inbox WHERE state = 'dead' ORDER BY received LIMIT ?1",
    )?;
    let mut rows = dead.query([SHOWN])?;
    while let Some(row) = rows.next()? {
        let (key, attempts): (String, i64) = (row.get(0)?, row.get(1)?);
        let error: Option<String> = row.get(2)?;
        let (key, error) = (printable(&key), error.unwrap_or_default());
        writeln!(out, "dead  {key}  {attempts} attempts: {}", printable(&error))?;
    }
    Ok(())
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

/// Puts events back with all their attempts before them: all that are dead, or the one of this key,
/// which may also be waiting for its next attempt.
pub fn retry(path: &Path, key: Option<&str>, out: &mut impl Write) -> Result<()> {
    let count = open(path)?.execute(
        "UPDATE inbox SET state = 'waiting', attempts = 0, next_at = ?1
         WHERE ?2 IS NULL AND state = 'dead' OR key = ?2 AND state IN ('dead', 'waiting')",
        params![now(), key],
    )?;
    if let (0, Some(key)) = (count, key) {
        return Err(format!("{key}: no dead or waiting event has this key").into());
    }
    writeln!(out, "{count} put back")?;
    Ok(())
}
