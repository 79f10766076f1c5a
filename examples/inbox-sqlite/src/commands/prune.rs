//! `inbox prune`

use super::{Result, open_calls};
use crate::inbox::now;
use clap::Args;
use rusqlite::{Connection, params};
use std::thread::sleep;
use std::{io::Write, path::Path, time::Duration};

/// Rows of one transaction: the server waits for it, and with the server every call.
const BATCH: i64 = 64;
/// Pause between two transactions, in which the server has its turn.
const PAUSE: Duration = Duration::from_millis(10);

/// What is removed: of which calls, and how old.
#[derive(Args)]
#[group(required = true, multiple = true)]
pub struct Prune {
    /// Payloads of what was done so long ago, such as 30d or 12h
    #[arg(long = "done-before", value_name = "AGE", value_parser = age)]
    done: Option<i64>,
    /// Payloads of what was set aside so long ago; it can't be tried again then
    #[arg(long = "set-aside-before", value_name = "AGE", value_parser = age)]
    set_aside: Option<i64>,
    /// Calls that were kept so long ago because they changed a known event
    #[arg(long = "changed-before", value_name = "AGE", value_parser = age)]
    changed: Option<i64>,
}

/// Parses an age such as `30d`, `12h`, `15m` or `90s`, in milliseconds.
fn age(text: &str) -> std::result::Result<i64, String> {
    let expected = || "an age is a whole number and a unit: 30d, 12h, 15m or 90s".to_owned();
    let unit = match text.chars().last() {
        Some('d') => 24 * 60 * 60,
        Some('h') => 60 * 60,
        Some('m') => 60,
        Some('s') => 1,
        _ => return Err(expected()),
    };
    let digits = text.get(..text.len() - 1).unwrap_or_default();
    let number: u32 = digits.parse().map_err(|_| expected())?;
    Ok(i64::from(number) * unit * 1000)
}

impl Prune {
    /// Removes the payloads and prints how many. Keys stay, so a copy of what was pruned is still known.
    pub fn run(&self, path: &Path, out: &mut impl Write) -> Result<()> {
        let db = open_calls(path)?;
        let now = now();
        for (age, state) in [(self.done, "done"), (self.set_aside, "set aside")] {
            if let Some(age) = age {
                let count = payloads(&db, state, now.saturating_sub(age))?;
                writeln!(out, "{count} {state}: payload removed")?;
            }
        }
        if let Some(age) = self.changed {
            let count = changed(&db, now.saturating_sub(age))?;
            writeln!(out, "{count} changed: removed")?;
        }
        Ok(())
    }
}

/// Removes bodies and targets of calls that ended in this state before then.
fn payloads(db: &Connection, state: &str, before: i64) -> rusqlite::Result<usize> {
    let mut batch = db.prepare(
        "UPDATE inbox SET body = NULL, target = NULL
         WHERE id IN (SELECT id FROM inbox WHERE id > ?1 AND state = ?2 AND ended < ?3
             AND body IS NOT NULL ORDER BY id LIMIT ?4)
         RETURNING id",
    )?;
    batches(|last| {
        batch.query_map(params![last, state, before, BATCH], |row| row.get(0))?.collect()
    })
}

/// Removes kept calls that came before then; that there were some stays counted.
fn changed(db: &Connection, before: i64) -> rusqlite::Result<usize> {
    let mut batch = db.prepare(
        "DELETE FROM changed
         WHERE rowid IN (SELECT rowid FROM changed WHERE rowid > ?1 AND received < ?2
             ORDER BY rowid LIMIT ?3)
         RETURNING rowid",
    )?;
    batches(|last| batch.query_map(params![last, before, BATCH], |row| row.get(0))?.collect())
}

/// Runs one transaction after the other until there is nothing left, and returns of how many rows. Each
/// is given the last row of the one before it.
fn batches(mut batch: impl FnMut(i64) -> rusqlite::Result<Vec<i64>>) -> rusqlite::Result<usize> {
    let (mut last, mut count) = (0, 0);
    loop {
        let rows = batch(last)?;
        let Some(end) = rows.iter().max() else { return Ok(count) };
        last = *end;
        count += rows.len();
        sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn ages_are_a_number_and_a_unit() {
        assert_eq!(age("30d"), Ok(30 * 86_400_000));
        assert_eq!(age("12h"), Ok(12 * 3_600_000));
        assert_eq!(age("15m"), Ok(900_000));
        assert_eq!(age("0s"), Ok(0));
        for wrong in ["", "d", "30", "-1d", "1.5h", "1w", "9999999999d", "1é"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
