//! A call whose event turns out, once it is decoded, to be known by another call.

use crate::event::Identity;
use crate::inbox::{Claimed, Outcome, end};
use rusqlite::{Connection, OptionalExtension, params};

/// Ends the attempt where another row has the event's key: the call is done as a duplicate, and no effect
/// is to run. Returns `None` where no other row has it.
///
/// It is counted at the other row, and kept whole where its timestamp differs, as it would have been had
/// its key been known when it was received.
pub fn settle(
    tx: &Connection,
    claimed: &Claimed,
    Identity { key, timestamp }: &Identity,
) -> rusqlite::Result<Option<Outcome>> {
    let other: Option<i64> = tx
        .prepare_cached("SELECT id FROM inbox WHERE event_key = ?1 AND id <> ?2")?
        .query_one(params![key, claimed.row], |row| row.get(0))
        .optional()?;
    let Some(other) = other else { return Ok(None) };
    if !end(tx, claimed, "done", Some(&format!("a duplicate of {key}")))? {
        return Ok(Some(Outcome::Lost));
    }
    // An imported event has neither delivery nor timestamp, and changes by none.
    let changed: bool = tx
        .prepare_cached(
            "UPDATE inbox SET duplicates = duplicates + 1,
                 changed = changed + (timestamp IS NOT ?2
                     AND (delivery IS NOT NULL OR timestamp IS NOT NULL)),
                 timestamp = iif(delivery IS NULL, coalesce(timestamp, ?2), timestamp)
             WHERE id = ?1 RETURNING timestamp IS NOT ?2",
        )?
        .query_one(params![other, timestamp], |row| row.get(0))?;
    if changed {
        tx.prepare_cached(
            "INSERT INTO changed (key, timestamp, received, delivery, body, media_type, target, host)
             SELECT ?1, coalesce(?2, ''), received, delivery, body, media_type, target, host
             FROM inbox AS this
             WHERE id = ?3 AND body IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM changed WHERE key = ?1 AND body = this.body)",
        )?
        .execute(params![key, timestamp, claimed.row])?;
    }
    Ok(Some(Outcome::Duplicate(key.clone())))
}
