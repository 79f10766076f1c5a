//! What an operator asks and does: `inbox status`, `inbox retry`.

use crate::inbox::now;
use rusqlite::{Connection, OpenFlags, params};
use std::{error::Error, io::Write, path::Path, time::Duration};

/// Dead events that are shown one by one.
const SHOWN: i64 = 20;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A database that is there: who mistypes its name is told so, and gets no empty one.
fn open(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)
        .map_err(|error| format!("{}: {error}", path.display()))?;
    db.busy_timeout(Duration::from_secs(5))?;
    // The same as the server's: what is put back must not be lost again.
    db.pragma_update(None, "synchronous", "FULL")?;
    Ok(db)
}

/// One line of numbers, then the dead events with what they died of.
pub fn show(path: &Path, out: &mut impl Write) -> Result<()> {
    let db = open(path)?;
    let now = now();
    // One whose lease has ended waits for its next attempt.
    let (counts, oldest): ([i64; 6], Option<i64>) = db.query_one(
        "SELECT coalesce(sum(state = 'waiting' OR state = 'running' AND next_at <= ?1), 0),
                coalesce(sum(state = 'running' AND next_at > ?1), 0),
                coalesce(sum(state = 'done'), 0),
                coalesce(sum(state = 'dead'), 0),
                coalesce(sum(duplicates), 0),
                coalesce(sum(changed), 0),
                min(received) FILTER (WHERE state IN ('waiting', 'running'))
         FROM inbox",
        [now],
        |row| {
            let counts =
                [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
            Ok((counts, row.get(6)?))
        },
    )?;
    let titles = ["waiting", "running", "done", "dead", "duplicates", "changed"];
    for title in titles {
        write!(out, "{title:>10} ")?;
    }
    writeln!(out, "{:>10}", "oldest")?;
    for count in counts {
        write!(out, "{count:>10} ")?;
    }
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
        writeln!(out, "dead  {key}  {attempts} attempts: {}", error.unwrap_or_default())?;
    }
    Ok(())
}

/// Puts dead events back, all of them or one, with all their attempts before them.
pub fn retry(path: &Path, key: Option<&str>, out: &mut impl Write) -> Result<()> {
    let count = open(path)?.execute(
        "UPDATE inbox SET state = 'waiting', attempts = 0, next_at = ?1
         WHERE state = 'dead' AND (?2 IS NULL OR key = ?2)",
        params![now(), key],
    )?;
    if let (0, Some(key)) = (count, key) {
        return Err(format!("{key}: no dead event has this key").into());
    }
    writeln!(out, "{count} put back")?;
    Ok(())
}
