//! Single flight: at most one look-up of a name is in flight, and every call that needs it joins
//! it.

use super::answer::Answer;
use super::cache::{Cache, CachedKeys, Decision};
use super::negative::FAILURE_TTL;
use crate::key::{KeyName, Keys, LookupError};
use crate::log_limit::limited;
use crate::metrics;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::watch;

/// Look-ups of unknown names in flight at a time. The rate limit bounds how many start, this how
/// many have not ended: time-outs may be long.
const MAX_UNKNOWN_LOOKUPS: usize = 128;

/// The error of a look-up that failed, where nothing better is known.
pub(super) const UNAVAILABLE: LookupError = LookupError::Unavailable { retry_after: FAILURE_TTL };

/// The outcome of a look-up, once there is one.
pub(super) type Outcome = Option<Result<Keys, LookupError>>;

/// What all calls share: the cache, and the look-ups in flight. The lock is never held across an
/// await.
#[derive(Debug)]
pub(super) struct Lookups(Mutex<Table>);

#[derive(Debug)]
struct Table {
    cache: Cache,
    in_flight: HashMap<KeyName, InFlight>,
    /// Look-ups that were ever started.
    started: u64,
}

#[derive(Debug)]
struct InFlight {
    id: u64,
    outcome: watch::Receiver<Outcome>,
    is_known: bool,
}

/// A look-up that is in the table and does not run yet.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) name: KeyName,
    /// Distinguishes it from a later look-up of the same name.
    pub(super) id: u64,
    /// The time of the call that started it. Times to live count from here: an answer expires a few
    /// seconds too early rather than too late.
    pub(super) now: DateTime<Utc>,
    pub(super) outcome: watch::Sender<Outcome>,
    pub(super) runtime: Handle,
}

/// What a call does next.
#[derive(Debug)]
pub(super) enum Step<T> {
    /// It has its result.
    Return(Result<T, LookupError>),
    /// It joins the look-up in flight.
    Join(watch::Receiver<Outcome>),
    /// It runs this look-up, and joins it.
    Start(Started),
}

impl Lookups {
    pub(super) fn new(cache: Cache) -> Self {
        Self(Mutex::new(Table { cache, in_flight: HashMap::new(), started: 0 }))
    }

    /// Locks the table, which is consistent after every statement, so it is usable after a panic
    /// too.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the keys that may be used now, and a look-up to run when they are due for a refresh.
    pub(super) fn cached(
        &self,
        name: &KeyName,
        now: DateTime<Utc>,
    ) -> Option<(Keys, Option<Started>)> {
        let mut table = self.lock();
        let Decision::Use(CachedKeys { keys, is_due }) = table.cache.find(name, now) else {
            return None;
        };
        let refresh = is_due && !table.in_flight.contains_key(name);
        let runtime = if refresh { Handle::try_current().ok() } else { None };
        Some((keys, runtime.map(|runtime| table.start(name, now, runtime))))
    }

    /// Decides for a call that names this key.
    pub(super) fn find(&self, name: &KeyName, now: DateTime<Utc>) -> Step<Keys> {
        let mut table = self.lock();
        match table.cache.find(name, now) {
            Decision::Use(cached) => Step::Return(Ok(cached.keys)),
            Decision::Refuse(error) => Step::Return(Err(error)),
            Decision::Query => table.join_or_start(name, now),
        }
    }

    /// Returns the keys that may still be used after DNS failed.
    pub(super) fn find_stale(
        &self,
        name: &KeyName,
        now: DateTime<Utc>,
    ) -> Result<Keys, LookupError> {
        match self.lock().cache.find(name, now) {
            Decision::Use(cached) => {
                limited!(WARN, key = %name, "DNS lookup failed: using a stale key");
                Ok(cached.keys)
            }
            Decision::Refuse(error) => Err(error),
            Decision::Query => Err(UNAVAILABLE),
        }
    }

    /// Returns whether [`renew`](Self::renew) could return other keys.
    pub(super) fn may_renew(&self, name: &KeyName, failed: &Keys, now: DateTime<Utc>) -> bool {
        let table = self.lock();
        table.in_flight.contains_key(name)
            || table.cache.renew(name, failed, now) != Decision::Use(None)
    }

    /// Decides for a call whose signature failed under `failed`: `None` where the failure stands.
    pub(super) fn renew(
        &self,
        name: &KeyName,
        failed: &Keys,
        now: DateTime<Utc>,
    ) -> Step<Option<Keys>> {
        let mut table = self.lock();
        match table.cache.renew(name, failed, now) {
            Decision::Use(Some(keys)) => return Step::Return(Ok(Some(keys))),
            // Whatever a look-up in flight returns is newer than the keys that failed.
            _ if table.in_flight.contains_key(name) => {}
            Decision::Use(None) => return Step::Return(Ok(None)),
            Decision::Refuse(error) => return Step::Return(Err(error)),
            Decision::Query => table.cache.note_renewal(name, now),
        }
        table.join_or_start(name, now)
    }

    /// Ends a look-up that was started at `now` with its answer, and returns its outcome.
    ///
    /// # Errors
    /// The name has no key, or DNS failed; stale keys may be used then, as
    /// [`find_stale`](Self::find_stale) decides by the time of each call.
    pub(super) fn complete(
        &self,
        name: &KeyName,
        answer: Answer,
        now: DateTime<Utc>,
    ) -> Result<Keys, LookupError> {
        let mut table = self.lock();
        table.in_flight.remove(name);
        let is_known = table.cache.is_known(name);
        table.cache.store(name, &answer, now);
        drop(table);
        let error = match answer {
            Answer::Keys(keys, _) => return Ok(keys),
            Answer::Negative(_) => LookupError::NotFound,
            Answer::Failed => UNAVAILABLE,
        };
        if is_known {
            // A line of its own: the limit on lines about any name may have left this one out.
            limited!(WARN, key = %name, "DNS returned no key for a name that is in use");
        }
        Err(error)
    }

    /// Ends a look-up that will never have an answer, unless it was completed.
    pub(super) fn abandon(&self, name: &KeyName, id: u64) {
        let mut table = self.lock();
        if table.in_flight.get(name).is_some_and(|lookup| lookup.id == id) {
            table.in_flight.remove(name);
        }
    }
}

impl Table {
    fn join_or_start<T>(&mut self, name: &KeyName, now: DateTime<Utc>) -> Step<T> {
        if let Some(lookup) = self.in_flight.get(name) {
            return Step::Join(lookup.outcome.clone());
        }
        let Ok(runtime) = Handle::try_current() else {
            limited!(ERROR,
                key = %name,
                "keys from DNS need a tokio runtime, and this thread has no runtime"
            );
            return Step::Return(Err(UNAVAILABLE));
        };
        if let Err(retry_after) = self.cache.admit(name, now) {
            limited!(WARN, key = %name, "not looked up: rate limit reached");
            metrics::dns_lookup("limited");
            return Step::Return(Err(LookupError::Unavailable { retry_after }));
        }
        if !self.cache.is_known(name) && self.unknown_in_flight() >= MAX_UNKNOWN_LOOKUPS {
            limited!(WARN,
                key = %name,
                "not looked up: too many look-ups of unknown names in flight"
            );
            metrics::dns_lookup("limited");
            return Step::Return(Err(UNAVAILABLE));
        }
        Step::Start(self.start(name, now, runtime))
    }

    /// Counts the look-ups of unknown names, which are few.
    fn unknown_in_flight(&self) -> usize {
        self.in_flight.values().filter(|lookup| !lookup.is_known).count()
    }

    fn start(&mut self, name: &KeyName, now: DateTime<Utc>, runtime: Handle) -> Started {
        self.started += 1;
        let (id, is_known) = (self.started, self.cache.is_known(name));
        let (sender, outcome) = watch::channel(None);
        self.in_flight.insert(name.clone(), InFlight { id, outcome, is_known });
        Started { name: name.clone(), id, now, outcome: sender, runtime }
    }
}

#[cfg(test)]
mod tests;
