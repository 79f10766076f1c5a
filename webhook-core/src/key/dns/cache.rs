//! The cache of answers, as a pure machine: it gets the time, and returns decisions.

use super::answer::Answer;
use super::eviction::make_room;
use super::known_names::KnownNames;
use super::negative::{FAILURE_TTL, NegativeCache};
use super::period::{Period, after};
use super::rate_limit::RateLimit;
use crate::key::{KeyName, Keys, LookupError};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::time::Duration;

/// Names whose keys are cached.
const MAX_KEY_NAMES: usize = 64;
/// Shortest time for which keys are cached, whatever their record's time to live is.
const MIN_KEY_TTL: Duration = Duration::from_secs(60);
/// Longest time for which keys are cached: keys rotate, and revoking one must not take days.
const MAX_KEY_TTL: Duration = Duration::from_secs(60 * 60);
/// Part of their time after which keys are refreshed in the background.
const REFRESH_PERCENT: u32 = 80;
/// Time for which stale keys are used before DNS is queried again (RFC 8767 §5 recommends it).
const STALE_TTL: Duration = Duration::from_secs(30);
/// Age up to which keys are not suspected when a signature fails under them.
const RENEWAL_AGE: Duration = Duration::from_secs(30);
/// Time in which failed signatures renew the keys of a name at most once.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(60);

/// What a call does that needs the keys of a name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decision<T> {
    /// It uses these.
    Use(T),
    /// It is refused.
    Refuse(LookupError),
    /// It waits for a query to DNS.
    Query,
}

/// Keys from the cache.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CachedKeys {
    pub(super) keys: Keys,
    /// Whether to refresh them in the background.
    pub(super) is_due: bool,
}

/// A name that had keys when DNS last answered.
#[derive(Debug)]
struct PositiveEntry {
    keys: Keys,
    /// When DNS last returned the keys.
    answered_at: DateTime<Utc>,
    /// The period in which they are used without a query.
    fresh: Period,
    /// When they become due for a refresh in the background.
    due_at: DateTime<Utc>,
    /// The last moment up to which they may be used stale.
    stale_until: DateTime<Utc>,
    /// When a failed signature last renewed them.
    renewed_at: Option<DateTime<Utc>>,
    /// The period in which the name is not queried again because DNS failed.
    failure: Option<Period>,
    /// Larger is more recently used.
    last_use: u64,
}

impl PositiveEntry {
    fn failure(&self, now: DateTime<Utc>) -> Option<LookupError> {
        let retry_after = self.failure?.remaining(now)?;
        Some(LookupError::Unavailable { retry_after })
    }
}

/// The answers of DNS.
///
/// Unknown names evict no known one and delay none of their look-ups: each kind has a negative
/// cache and a rate limit of its own.
#[derive(Debug)]
pub(super) struct Cache {
    positive: HashMap<KeyName, PositiveEntry>,
    known_names: KnownNames,
    known_negative: NegativeCache,
    known_limit: RateLimit,
    unknown_negative: NegativeCache,
    unknown_limit: RateLimit,
    stale: Duration,
    uses: u64,
}

impl Cache {
    /// Returns an empty cache whose keys may be used for `stale` after their time while DNS fails.
    pub(super) fn new(stale: Duration, known_names: KnownNames) -> Self {
        Self {
            positive: HashMap::new(),
            known_names,
            known_negative: NegativeCache::default(),
            known_limit: RateLimit::of_known_names(),
            unknown_negative: NegativeCache::default(),
            unknown_limit: RateLimit::of_unknown_names(),
            stale,
            uses: 0,
        }
    }

    /// Returns whether a name had keys in this process, or its selector was configured.
    pub(super) fn is_known(&self, name: &KeyName) -> bool {
        self.positive.contains_key(name) || self.known_names.contains(name)
    }

    fn negative(&self, name: &KeyName, now: DateTime<Utc>) -> Option<LookupError> {
        self.known_negative.get(name, now).or_else(|| self.unknown_negative.get(name, now))
    }

    fn negative_mut(&mut self, name: &KeyName) -> &mut NegativeCache {
        if self.is_known(name) { &mut self.known_negative } else { &mut self.unknown_negative }
    }

    /// Decides for a call that names this key.
    pub(super) fn find(&mut self, name: &KeyName, now: DateTime<Utc>) -> Decision<CachedKeys> {
        let Some(entry) = self.positive.get_mut(name) else {
            return self.negative(name, now).map_or(Decision::Query, Decision::Refuse);
        };
        self.uses += 1;
        entry.last_use = self.uses;
        if entry.fresh.contains(now) {
            let is_due = now >= entry.due_at;
            return Decision::Use(CachedKeys { keys: entry.keys.clone(), is_due });
        }
        entry.failure(now).map_or(Decision::Query, Decision::Refuse)
    }

    /// Decides for a call whose signature failed under `failed`: to use other keys, or none where
    /// the failure stands.
    pub(super) fn renew(
        &self,
        name: &KeyName,
        failed: &Keys,
        now: DateTime<Utc>,
    ) -> Decision<Option<Keys>> {
        let Some(entry) = self.positive.get(name) else {
            // The keys that failed came from another source, or were evicted.
            return match self.negative(name, now) {
                None => Decision::Query,
                Some(LookupError::NotFound) => Decision::Use(None),
                Some(error) => Decision::Refuse(error),
            };
        };
        if entry.fresh.contains(now) && entry.keys != *failed {
            return Decision::Use(Some(entry.keys.clone()));
        }
        if let Some(error) = entry.failure(now) {
            return Decision::Refuse(error);
        }
        let is_recent = |moment, age| Period::starting_at(moment, age).contains(now);
        if is_recent(entry.answered_at, RENEWAL_AGE)
            || entry.renewed_at.is_some_and(|at| is_recent(at, RENEWAL_INTERVAL))
        {
            return Decision::Use(None);
        }
        Decision::Query
    }

    /// Notes that a failed signature renews the keys of a name.
    pub(super) fn note_renewal(&mut self, name: &KeyName, now: DateTime<Utc>) {
        if let Some(entry) = self.positive.get_mut(name) {
            entry.renewed_at = Some(now);
        }
    }

    /// Takes a token for a look-up of this name.
    ///
    /// # Errors
    /// The rate limit is reached: the time after which to try again.
    pub(super) fn admit(&mut self, name: &KeyName, now: DateTime<Utc>) -> Result<(), Duration> {
        if self.is_known(name) {
            self.known_limit.admit(now)
        } else {
            self.unknown_limit.admit(now)
        }
    }

    /// Stores the answer to a query that was sent at `now`, from which times to live count.
    pub(super) fn store(&mut self, name: &KeyName, answer: &Answer, now: DateTime<Utc>) {
        match answer {
            Answer::Keys(keys, ttl) => self.insert(name, keys, *ttl, now),
            Answer::Negative(ttl) => {
                self.negative_mut(name).insert(name, *ttl, now);
                self.positive.remove(name);
            }
            Answer::Failed => self.note_failure(name, now),
        }
    }

    fn insert(&mut self, name: &KeyName, keys: &Keys, ttl: Duration, now: DateTime<Utc>) {
        self.known_negative.remove(name);
        self.unknown_negative.remove(name);
        self.known_names.insert(name);
        let renewed_at = self.positive.get(name).and_then(|entry| entry.renewed_at);
        if !self.positive.contains_key(name) {
            make_room(&mut self.positive, MAX_KEY_NAMES, |entry| entry.last_use);
        }
        self.uses += 1;
        let ttl = ttl.clamp(MIN_KEY_TTL, MAX_KEY_TTL);
        let fresh = Period::starting_at(now, ttl);
        let entry = PositiveEntry {
            keys: keys.clone(),
            answered_at: now,
            fresh,
            due_at: after(now, ttl * REFRESH_PERCENT / 100),
            stale_until: after(fresh.end, self.stale),
            renewed_at,
            failure: None,
            last_use: self.uses,
        };
        self.positive.insert(name.clone(), entry);
    }

    /// Notes that DNS failed. Keys stay in use for a while, as long as stale ones may.
    fn note_failure(&mut self, name: &KeyName, now: DateTime<Utc>) {
        let Some(entry) = self.positive.get_mut(name) else {
            return self.negative_mut(name).insert_failure(name, now);
        };
        entry.failure = Some(Period::starting_at(now, FAILURE_TTL));
        entry.renewed_at = None;
        entry.due_at = after(now, STALE_TTL * REFRESH_PERCENT / 100);
        let end = after(now, STALE_TTL).min(entry.stale_until);
        if end > now && end > entry.fresh.end {
            entry.fresh = Period { start: now, end };
        }
    }

    /// Returns how many names are cached, with keys and without.
    #[cfg(test)]
    fn len(&self) -> (usize, usize) {
        (self.positive.len(), self.known_negative.len() + self.unknown_negative.len())
    }
}

#[cfg(test)]
mod tests;
