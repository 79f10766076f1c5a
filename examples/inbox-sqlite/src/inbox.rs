//! The inbox: a table of calls, and what may become of one. Each function here is part of a
//! transaction of the [writer](crate::writer).
//!
//! `waiting` → `running` → `done`, or back to `waiting` until the attempts are used up: `dead`. What can't
//! be decoded, or the effect does not know, is `set aside`: no attempt would change that, another program
//! may.

use crate::duplicate;
use crate::event::Identity;
use axum::body::Bytes;
use clap::Args;
use rusqlite::{Connection, Transaction, params};
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

/// Events that are handled side by side.
const FEW: usize = 32;
/// Bytes of bodies that are handled side by side, unless a single one has more.
const MOST_BYTES: usize = 64 << 20;
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

/// A call that is ours to handle until its lease ends.
#[derive(Clone)]
pub struct Claimed {
    pub row: i64,
    /// The event's key, or that of the call where the event has none or it is not known yet.
    pub key: String,
    /// Whether the row has the event's key.
    pub has_event_key: bool,
    pub account: Option<String>,
    pub media_type: Option<String>,
    /// `None` when it was pruned.
    pub body: Option<Bytes>,
    pub attempt: i64,
    /// Its last attempt did not come back: nothing else may run next to this one.
    pub suspect: bool,
}

impl Claimed {
    /// Returns how much memory the call holds while it is handled.
    pub fn size(&self) -> usize {
        self.body.as_ref().map_or(0, Bytes::len)
    }
}

/// What is handled at this moment.
#[derive(Clone, Copy, Default)]
pub struct UnderWay {
    pub attempts: usize,
    /// Of their bodies.
    pub bytes: usize,
}

/// What an effect made of an event.
pub enum Handled {
    Done,
    /// The effect does not know such events; why, without personal data.
    Unknown(String),
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Another call brought this event, whose key this is.
    Duplicate(String),
    /// It stays as it is until an operator puts it back.
    SetAside(String),
    Again(String),
    Dead(String),
    /// The lease had ended, and another worker took over: nothing was written.
    Lost,
}

impl Outcome {
    /// Returns the word by which it is counted.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Duplicate(_) => "duplicate",
            Self::SetAside(_) => "set_aside",
            Self::Again(_) => "failed",
            Self::Dead(_) => "dead",
            Self::Lost => "lost",
        }
    }
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
         WHERE id IN (SELECT id FROM inbox WHERE state IN ('waiting', 'running')
             AND next_at > ?3 ORDER BY next_at DESC LIMIT ?4)",
    )?
    .execute(params![now, lease_ms, furthest, FEW])
}

/// Takes calls that are due, in addition to those that are under way here. Their attempt counts from here
/// on: it is committed before any effect runs, so that an event which takes the process down is
/// dead in the end, too. The keys are those of calls that are dead now.
pub fn claim(
    tx: &Transaction<'_>,
    Patience { attempts, lease_ms, .. }: Patience,
    now: i64,
    UnderWay { attempts: under_way, mut bytes }: UnderWay,
) -> rusqlite::Result<(Vec<String>, Vec<Claimed>)> {
    // A few, and by the index alone: all writes wait for this, however much is due.
    let due: Vec<(i64, bool, bool, usize)> = tx
        .prepare_cached(
            "SELECT id, state = 'running', attempts >= ?2, coalesce(length(body), 0) FROM inbox
             WHERE state IN ('waiting', 'running') AND next_at <= ?1 ORDER BY next_at LIMIT ?3",
        )?
        .query_map(params![now, attempts, FEW.saturating_sub(under_way)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut bury = tx.prepare_cached(
        "UPDATE inbox SET state = 'dead', ended = ?2, error = iif(state = 'running', 'the last attempt \
         did not end in time, or ended with the process', error)
         WHERE id = ?1 RETURNING coalesce(event_key, delivery, 'row ' || id)",
    )?;
    let mut claim = tx.prepare_cached(
        "UPDATE inbox SET state = 'running', attempts = attempts + 1, next_at = ?2
         WHERE id = ?1 RETURNING coalesce(event_key, delivery, 'row ' || id),
             event_key IS NOT NULL, account, media_type, body, attempts",
    )?;
    let (mut dead, mut claimed) = (Vec::new(), Vec::new());
    for (row, suspect, spent, size) in due {
        let others = under_way + claimed.len();
        // Running, and its lease has ended. It is tried alone: if it takes the process down again,
        // no other event loses an attempt. Perhaps it is ours, and about to end.
        if suspect && others > 0 {
            break;
        }
        if spent {
            dead.push(bury.query_one([row, now], |row| row.get(0))?);
            continue;
        }
        bytes = bytes.saturating_add(size);
        if bytes > MOST_BYTES && others > 0 {
            break;
        }
        claimed.push(claim.query_one([row, now + lease_ms], |columns| {
            Ok(Claimed {
                row,
                key: columns.get(0)?,
                has_event_key: columns.get(1)?,
                account: columns.get(2)?,
                media_type: columns.get(3)?,
                body: columns.get::<_, Option<Vec<u8>>>(4)?.map(Bytes::from),
                attempt: columns.get(5)?,
                suspect,
            })
        })?);
        if suspect {
            break;
        }
    }
    Ok((dead, claimed))
}

/// Runs the effect and marks the call as done: both happen, or neither.
///
/// `identity` is what the event is known by where the row does not have it yet: it is set first, and where
/// another row has it, this call is a duplicate, and the effect does not run.
pub fn done(
    tx: &mut Transaction<'_>,
    patience: Patience,
    claimed: &Claimed,
    identity: Option<&Identity>,
    effect: impl FnOnce(&Connection) -> Result<Handled, Failure>,
) -> rusqlite::Result<Outcome> {
    // The transaction is shared with others: what a failed effect wrote goes, theirs stays.
    let both = tx.savepoint()?;
    if let Some(identity) = identity
        && let Some(outcome) = duplicate::settle(&both, claimed, identity)?
    {
        return both.commit().map(|()| outcome);
    }
    if !end(&both, claimed, "done", None)? {
        return Ok(Outcome::Lost);
    }
    if let Some(Identity { key, timestamp }) = identity {
        both.prepare_cached("UPDATE inbox SET event_key = ?2, timestamp = ?3 WHERE id = ?1")?
            .execute(params![claimed.row, key, timestamp])?;
    }
    // A panic ends the attempt, and not the one thread that writes.
    let why = match catch_unwind(AssertUnwindSafe(|| effect(&both))) {
        Ok(Ok(Handled::Done)) => return both.commit().map(|()| Outcome::Done),
        Ok(Ok(Handled::Unknown(why))) => {
            both.finish()?;
            return set_aside(tx, claimed, why);
        }
        Ok(Err(failure)) => failure.to_string(),
        Err(_) => "the effect panicked".to_owned(),
    };
    both.finish()?;
    failed(tx, patience, claimed, why)
}

/// Sets the call aside: it is no use to try it again with this program.
pub fn set_aside(tx: &Connection, claimed: &Claimed, why: String) -> rusqlite::Result<Outcome> {
    let ours = end(tx, claimed, "set aside", Some(&why))?;
    Ok(if ours { Outcome::SetAside(why) } else { Outcome::Lost })
}

/// Ends the attempt for good, and returns whether it was still ours.
pub fn end(
    tx: &Connection,
    claimed: &Claimed,
    state: &str,
    error: Option<&str>,
) -> rusqlite::Result<bool> {
    let ours = tx
        .prepare_cached(
            "UPDATE inbox SET state = ?3, ended = ?4, error = ?5
             WHERE id = ?1 AND state = 'running' AND attempts = ?2",
        )?
        .execute(params![claimed.row, claimed.attempt, state, now(), error])?;
    Ok(ours > 0)
}

/// Records that the attempt failed: there is another one later, or no more.
pub fn failed(
    tx: &Transaction<'_>,
    Patience { attempts, backoff_ms, .. }: Patience,
    claimed: &Claimed,
    why: String,
) -> rusqlite::Result<Outcome> {
    if claimed.attempt >= attempts {
        let ours = end(tx, claimed, "dead", Some(&why))?;
        return Ok(if ours { Outcome::Dead(why) } else { Outcome::Lost });
    }
    let doublings = u32::try_from(claimed.attempt - 1).unwrap_or_default();
    let pause = backoff_ms.saturating_mul(2_i64.saturating_pow(doublings)).min(LONGEST_PAUSE_MS);
    let ours = tx
        .prepare_cached(
            "UPDATE inbox SET state = 'waiting', next_at = ?3, error = ?4
             WHERE id = ?1 AND state = 'running' AND attempts = ?2",
        )?
        .execute(params![claimed.row, claimed.attempt, now() + pause, why])?;
    Ok(if ours > 0 { Outcome::Again(why) } else { Outcome::Lost })
}

/// Milliseconds since 1970. Of the wall clock: a lease has to outlive the process.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
