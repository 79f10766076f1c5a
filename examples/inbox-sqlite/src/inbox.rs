//! The inbox: a table of events, and what may become of one. Each function here is part of a
//! transaction of the [writer](crate::writer).
//!
//! `waiting` → `running` → `done`, or back to `waiting` until the attempts are used up: `dead`.

use axum::body::Bytes;
use clap::Args;
use rusqlite::{Connection, Transaction, params};
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

/// Events that are handled side by side.
const FEW: usize = 32;
const LONGEST_PAUSE_MS: i64 = 60 * 60 * 1000;

pub type Failure = Box<dyn Error + Send + Sync>;

/// How patient the inbox is with an event.
#[derive(Args, Clone, Copy)]
pub struct Patience {
    /// How often an event is tried before it is dead
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(i64).range(1..))]
    attempts: i64,
    /// How long an attempt may take, and how long an event waits after a crash
    #[arg(long, default_value_t = 60_000, value_parser = clap::value_parser!(i64).range(1..))]
    pub lease_ms: i64,
    /// The pause after a first failure; each further one is twice as long, an hour at most
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(i64).range(1..))]
    backoff_ms: i64,
}

/// An event as a call brought it.
pub struct Call {
    pub key: String,
    pub timestamp: String,
    /// As JSON.
    pub event: String,
    /// As it came.
    pub body: Bytes,
    /// The delivery's id, when its sender is proven.
    pub delivery: Option<String>,
}

/// What a commit made of an event that was received.
pub struct Told {
    /// It was known before.
    pub duplicate: bool,
    /// It was known with another timestamp.
    pub changed: bool,
}

/// An event that is ours to handle until its lease ends.
#[derive(Clone)]
pub struct Claimed {
    pub key: String,
    pub event: String,
    pub attempt: i64,
    /// Its last attempt did not come back: nothing else may run next to this one.
    pub suspect: bool,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Again(String),
    Dead(String),
    /// The lease had ended, and somebody else took over: nothing was written.
    Lost,
}

/// Stores what a call has: the event is new, or known and counted. A known one with another
/// timestamp is no repetition, though it is not handled: the whole call is kept, once each body.
pub fn told(tx: &Transaction<'_>, call: &Call) -> rusqlite::Result<Told> {
    let Call { key, timestamp, event, body, delivery } = call;
    let now = now();
    let told = tx
        .prepare_cached(
            "INSERT INTO inbox (key, timestamp, event, received, next_at) VALUES (?1, ?2, ?3, ?4, ?4)
             ON CONFLICT (key) DO UPDATE SET duplicates = duplicates + 1,
                 changed = changed + (timestamp <> excluded.timestamp)
             RETURNING duplicates > 0, timestamp <> ?2",
        )?
        .query_one(params![key, timestamp, event, now], |row| {
            Ok(Told { duplicate: row.get(0)?, changed: row.get(1)? })
        })?;
    if told.changed {
        tx.prepare_cached(
            "INSERT INTO changed (key, timestamp, received, delivery, body)
             SELECT ?1, ?2, ?3, ?4, ?5
             WHERE NOT EXISTS (SELECT 1 FROM changed WHERE key = ?1 AND body = ?5)",
        )?
        .execute(params![key, timestamp, now, delivery, &body[..]])?;
    }
    Ok(told)
}

/// Brings back what is due further ahead than any pause or lease: it was written while the clock was
/// ahead, and would wait until the clock gets there. Returns how many these were, a few at a time.
pub fn bring_back(
    tx: &Transaction<'_>,
    Patience { lease_ms, .. }: Patience,
    now: i64,
) -> rusqlite::Result<usize> {
    let furthest = now.saturating_add(LONGEST_PAUSE_MS.max(lease_ms));
    // By the index alone, from its far end.
    tx.prepare_cached(
        "UPDATE inbox SET next_at = iif(state = 'running', ?1 + ?2, ?1)
         WHERE rowid IN (SELECT rowid FROM inbox WHERE state IN ('waiting', 'running')
             AND next_at > ?3 ORDER BY next_at DESC LIMIT ?4)",
    )?
    .execute(params![now, lease_ms, furthest, FEW])
}

/// Takes events that are due, in addition to those that are under way here. Their attempt counts from here
/// on: it is committed before any effect runs, so that an event which takes the process down is
/// dead in the end, too. The keys are those of events that are dead now.
pub fn claim(
    tx: &Transaction<'_>,
    Patience { attempts, lease_ms, .. }: Patience,
    now: i64,
    under_way: usize,
) -> rusqlite::Result<(Vec<String>, Vec<Claimed>)> {
    // A few, and by the index alone: everybody waits for this, however much is due.
    let due: Vec<(i64, bool, bool)> = tx
        .prepare_cached(
            "SELECT rowid, state = 'running', attempts >= ?2 FROM inbox
             WHERE state IN ('waiting', 'running') AND next_at <= ?1 ORDER BY next_at LIMIT ?3",
        )?
        .query_map(params![now, attempts, FEW.saturating_sub(under_way)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut bury = tx.prepare_cached(
        "UPDATE inbox SET state = 'dead', error = iif(state = 'running', 'the last attempt did \
         not end in time, or ended with the process', error)
         WHERE rowid = ?1 RETURNING key",
    )?;
    let mut claim = tx.prepare_cached(
        "UPDATE inbox SET state = 'running', attempts = attempts + 1, next_at = ?2
         WHERE rowid = ?1 RETURNING key, event, attempts",
    )?;
    let (mut dead, mut claimed) = (Vec::new(), Vec::new());
    for (row, suspect, spent) in due {
        // Running, and its lease has ended. It is tried alone: if it takes the process down again,
        // no other event loses an attempt. Perhaps it is ours, and about to end.
        if suspect && under_way + claimed.len() > 0 {
            break;
        }
        if spent {
            dead.push(bury.query_one([row], |row| row.get(0))?);
            continue;
        }
        claimed.push(claim.query_one([row, now + lease_ms], |row| {
            let (key, event, attempt) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Claimed { key, event, attempt, suspect })
        })?);
        if suspect {
            break;
        }
    }
    Ok((dead, claimed))
}

/// Runs the effect and marks the event as done: both happen, or neither.
pub fn done(
    tx: &mut Transaction<'_>,
    patience: Patience,
    claimed: &Claimed,
    effect: impl FnOnce(&Connection) -> Result<(), Failure>,
) -> rusqlite::Result<Outcome> {
    // The transaction is shared with others: what a failed effect wrote goes, theirs stays.
    let both = tx.savepoint()?;
    let ours = both
        .prepare_cached(
            "UPDATE inbox SET state = 'done', event = NULL, error = NULL
             WHERE key = ?1 AND state = 'running' AND attempts = ?2",
        )?
        .execute(params![claimed.key, claimed.attempt])?;
    if ours == 0 {
        return Ok(Outcome::Lost);
    }
    // A panic ends the attempt, and not the one thread that writes.
    let why = match catch_unwind(AssertUnwindSafe(|| effect(&both))) {
        Ok(Ok(())) => return both.commit().map(|()| Outcome::Done),
        Ok(Err(failure)) => failure.to_string(),
        Err(_) => "the effect panicked".to_owned(),
    };
    both.finish()?;
    failed(tx, patience, claimed, why)
}

/// Records that the attempt failed: there is another one later, or no more.
pub fn failed(
    tx: &Transaction<'_>,
    Patience { attempts, backoff_ms, .. }: Patience,
    claimed: &Claimed,
    why: String,
) -> rusqlite::Result<Outcome> {
    let doublings = u32::try_from(claimed.attempt - 1).unwrap_or_default();
    let pause = backoff_ms.saturating_mul(2_i64.saturating_pow(doublings)).min(LONGEST_PAUSE_MS);
    let dead = claimed.attempt >= attempts;
    let state = if dead { "dead" } else { "waiting" };
    let ours = tx
        .prepare_cached(
            "UPDATE inbox SET state = ?3, next_at = ?4, error = ?5
             WHERE key = ?1 AND state = 'running' AND attempts = ?2",
        )?
        .execute(params![claimed.key, claimed.attempt, state, now() + pause, why])?;
    Ok(match (ours, dead) {
        (0, _) => Outcome::Lost,
        (_, true) => Outcome::Dead(why),
        (_, false) => Outcome::Again(why),
    })
}

/// Milliseconds since 1970. Of the wall clock: a lease has to outlive the process.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
