//! `inbox status`

use super::{Result, open, printable};
use crate::inbox::now;
use crate::schema;
use rusqlite::Connection;
use std::{io::Write, path::Path};

/// Calls that are shown one by one, of those that are dead and of those that are set aside.
const SHOWN: i64 = 20;

/// Prints one line of numbers, then what is dead with its last error, and what is set aside with the reason.
pub fn status(path: &Path, out: &mut impl Write) -> Result<()> {
    let db = open(path)?;
    let now = now();
    // One whose lease has ended waits for its next attempt.
    let (counts, oldest, next): ([i64; 7], Option<i64>, Option<i64>) = db.query_one(
        "SELECT coalesce(sum(state = 'waiting' OR state = 'running' AND next_at <= ?1), 0),
                coalesce(sum(state = 'running' AND next_at > ?1), 0),
                coalesce(sum(state = 'done'), 0),
                coalesce(sum(state = 'dead'), 0),
                coalesce(sum(state = 'set aside'), 0),
                coalesce(sum(duplicates), 0),
                coalesce(sum(changed), 0),
                min(received) FILTER (WHERE state IN ('waiting', 'running')),
                min(next_at) FILTER (WHERE state = 'waiting' OR state = 'running' AND next_at <= ?1)
         FROM inbox",
        [now],
        |row| {
            let mut counts = [0; 7];
            for (at, count) in counts.iter_mut().enumerate() {
                *count = row.get(at)?;
            }
            Ok((counts, row.get(7)?, row.get(8)?))
        },
    )?;
    // The server makes what is missing when it starts; this only looks.
    let version = schema::version(&db)?;
    let kept = match version {
        schema::HAS_CHANGED.. => {
            db.query_one("SELECT count(*) FROM changed", [], |row| row.get(0))?
        }
        _ => 0_i64,
    };
    let titles = [
        "waiting",
        "running",
        "done",
        "dead",
        "set-aside",
        "duplicates",
        "changed",
        "kept",
        "next",
    ];
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

    let key = match version {
        schema::HAS_CALLS.. => "coalesce(event_key, delivery, 'row ' || id)",
        _ => "key",
    };
    list(&db, key, "dead", out)?;
    list(&db, key, "set aside", out)
}

/// Prints the first of those that are in this state.
fn list(db: &Connection, key: &str, state: &str, out: &mut impl Write) -> Result<()> {
    let mut listed = db.prepare(&format!(
        "SELECT {key}, attempts, error FROM inbox WHERE state = ?1 ORDER BY received LIMIT ?2"
    ))?;
    let mut rows = listed.query((state, SHOWN))?;
    while let Some(row) = rows.next()? {
        let (key, attempts): (String, i64) = (row.get(0)?, row.get(1)?);
        let error: Option<String> = row.get(2)?;
        let (key, error) = (printable(&key), error.unwrap_or_default());
        writeln!(out, "{state}  {key}  {attempts} attempts: {}", printable(&error))?;
    }
    Ok(())
}
