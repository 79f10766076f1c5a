//! `inbox retry`

use super::{Result, find, open_calls, printable};
use crate::inbox::now;
use rusqlite::{Connection, params};
use std::{io::Write, path::Path};

/// Puts calls back with all their attempts before them: all that are dead (or set aside, where that is
/// wanted), or the one of this key, which may also be waiting for its next attempt.
pub fn retry(path: &Path, key: Option<&str>, set_aside: bool, out: &mut impl Write) -> Result<()> {
    let db = open_calls(path)?;
    let states = match (key, set_aside) {
        (_, true) => "'set aside'",
        (None, false) => "'dead'",
        (Some(_), false) => "'dead', 'waiting', 'set aside'",
    };
    let which = match key {
        Some(_) => "(event_key = ?2 OR delivery = ?2)",
        None => "?2 IS NULL",
    };
    // What was pruned has nothing left to be tried.
    let sql = format!(
        "UPDATE inbox SET state = 'waiting', attempts = 0, next_at = ?1, ended = NULL
         WHERE {which} AND state IN ({states}) AND body IS NOT NULL"
    );
    let count = db.execute(&sql, params![now(), key])?;
    if let (0, Some(key)) = (count, key) {
        return Err(why_not(&db, key, set_aside)?.into());
    }
    writeln!(out, "{count} put back")?;
    if key.is_none() && set_aside {
        let pruned = "SELECT count(*) FROM inbox WHERE state = 'set aside' AND body IS NULL";
        let pruned: i64 = db.query_one(pruned, [], |row| row.get(0))?;
        if pruned > 0 {
            writeln!(out, "{pruned} can't be put back: their payloads were pruned")?;
        }
    }
    Ok(())
}

fn why_not(db: &Connection, key: &str, set_aside: bool) -> Result<String> {
    let (state, pruned): (String, bool) =
        find(db, key, "state, body IS NULL", |row| Ok((row.get(0)?, row.get(1)?)))?;
    let key = printable(key);
    Ok(if state == "set aside" && pruned {
        format!("{key}: its payload was pruned, so it can't be tried again")
    } else if set_aside {
        format!("{key}: it is not set aside but {state}")
    } else {
        format!("{key}: it is {state}, and neither dead, waiting nor set aside")
    })
}
