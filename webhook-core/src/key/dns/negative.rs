//! The negative cache (RFC 2308): names that have no key, and names whose look-up failed.

use super::eviction::make_room;
use super::period::Period;
use crate::key::{KeyName, LookupError};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::time::Duration;

/// Shortest time for which a negative answer is cached.
const MIN_NEGATIVE_TTL: Duration = Duration::from_secs(10);
/// Longest time for which a negative answer is cached: a key that is used before it is published
/// must not wait long.
const MAX_NEGATIVE_TTL: Duration = Duration::from_secs(60);

/// Time for which a name is not queried again after DNS failed (RFC 9520 §3.2 requires 1 s or
/// more).
pub(super) const FAILURE_TTL: Duration = Duration::from_secs(5);

/// Names in one negative cache: unknown and known names have one each.
pub(super) const MAX_NEGATIVE_NAMES: usize = 1024;

/// Names without a key for now. Bounded: the entry that expires first makes room.
#[derive(Debug, Default)]
pub(super) struct NegativeCache(HashMap<KeyName, NegativeEntry>);

#[derive(Debug)]
struct NegativeEntry {
    period: Period,
    /// Whether DNS failed; otherwise the answer was negative.
    is_failure: bool,
}

impl NegativeCache {
    /// Returns why the name has no key, or `None` if that is not known.
    pub(super) fn get(&self, name: &KeyName, now: DateTime<Utc>) -> Option<LookupError> {
        let entry = self.0.get(name)?;
        let retry_after = entry.period.remaining(now)?;
        Some(if entry.is_failure {
            LookupError::Unavailable { retry_after }
        } else {
            LookupError::NotFound
        })
    }

    /// Stores a negative answer with its time to live (RFC 2308 §5).
    pub(super) fn insert(&mut self, name: &KeyName, ttl: Option<Duration>, now: DateTime<Utc>) {
        let ttl = ttl.unwrap_or_default().clamp(MIN_NEGATIVE_TTL, MAX_NEGATIVE_TTL);
        self.insert_for(name, ttl, false, now);
    }

    /// Stores that DNS failed for a name without keys.
    pub(super) fn insert_failure(&mut self, name: &KeyName, now: DateTime<Utc>) {
        self.insert_for(name, FAILURE_TTL, true, now);
    }

    pub(super) fn remove(&mut self, name: &KeyName) {
        self.0.remove(name);
    }

    fn insert_for(&mut self, name: &KeyName, ttl: Duration, is_failure: bool, now: DateTime<Utc>) {
        if self.0.len() >= MAX_NEGATIVE_NAMES {
            self.0.retain(|_, entry| entry.period.contains(now));
        }
        make_room(&mut self.0, MAX_NEGATIVE_NAMES, |entry| entry.period.end);
        let period = Period::starting_at(now, ttl);
        self.0.insert(name.clone(), NegativeEntry { period, is_failure });
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
