//! The replay memory of one process.

use super::{Begun, DeliveryId, ReplayStore, StoreError, Token};
use crate::future::BoxFuture;
use crate::limits::{
    DEFAULT_BODY_TIME, DEFAULT_MAX_AGE, DEFAULT_MAX_AHEAD, DEFAULT_REPLAY_ENTRIES, REPLAY_MARGIN,
};
use crate::metrics;
use chrono::{DateTime, Utc};
use foldhash::quality::RandomState;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Remembers deliveries in memory: the default.
///
/// Clones share their memory, as the workers of a process must. Another process has a memory of
/// its own, and a restart forgets: then the date alone bounds how long a copy is good.
///
/// It is bounded, by [`DEFAULT_REPLAY_ENTRIES`](crate::limits::DEFAULT_REPLAY_ENTRIES) or as
/// [configured](Self::bounded): a delivery costs at most 192 bytes (by default 163 MiB when every
/// place is taken), and half of that more for the moment in which a table grows. Memory is taken as
/// deliveries come in, and what has expired makes room. When four fifths of the places are taken,
/// the log warns. When there is no room, calls are answered 503 until there is; no delivery is
/// forgotten early.
///
/// **A clock that is set back** makes calls fresh again that were forgotten when it was ahead. So
/// the memory keeps how far it has forgotten, and what may have been handled before that mark is
/// answered 503 ([`StoreError::ClockSetBack`]) until the clock has caught up. That takes no longer
/// than a delivery is remembered: a clock that is set back by more (it was an hour ahead, and is
/// right again) clears the mark, and the log warns.
///
/// ```
/// use webhook_core::replay::MemoryStore;
///
/// // Four million deliveries: 650 MiB.
/// let store = MemoryStore::bounded(1 << 22);
/// assert!(store.is_empty());
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    // One lock: it is held for a look-up and an insertion, never while anything waits.
    inner: Arc<Mutex<Inner>>,
    capacity: usize,
}

/// What is to be logged, once the lock is free.
enum Notice {
    /// The clock was set back by so many seconds, which is more than any delivery is remembered.
    ClockSetBack(i64),
    /// Four fifths of the places are taken: so many.
    Filling(usize),
}

struct Inner {
    entries: HashMap<DeliveryId, Held, RandomState>,
    /// The ids of `entries` by the second in which they expire: dates have whole seconds, so there are
    /// few of them, and one more delivery is one more in a row.
    expiry: BTreeMap<i64, Vec<DeliveryId>>,
    /// Claims so far: the next one's token.
    claims: u64,
    /// Deliveries that expire in this second or before it may have been forgotten.
    forgotten: Option<i64>,
    /// The longest time for which a delivery is remembered, in seconds: a clock that is set back by
    /// more makes no delivery fresh again that was forgotten.
    longest: i64,
    /// Four fifths of the places were taken, and not much fewer since: the log has it.
    is_filling: bool,
    notice: Option<Notice>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            entries: HashMap::default(),
            expiry: BTreeMap::new(),
            claims: 0,
            forgotten: None,
            longest: seconds(DEFAULT_MAX_AGE + DEFAULT_MAX_AHEAD + DEFAULT_BODY_TIME),
            is_filling: false,
            notice: None,
        }
    }
}

/// Returns whole seconds, and one more for what was cut off.
fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs())
        .unwrap_or(i64::MAX)
        .saturating_add(REPLAY_MARGIN.num_seconds() + 1)
}

#[derive(Clone, Copy)]
struct Held {
    until: DateTime<Utc>,
    /// The claim's number while it is being handled.
    claim: Option<u64>,
}

impl MemoryStore {
    /// Returns a memory of the default size.
    #[must_use]
    pub fn new() -> Self {
        Self::bounded(DEFAULT_REPLAY_ENTRIES)
    }

    /// Returns a memory of at most so many deliveries at a time.
    ///
    /// Each is kept while its date is fresh, and longer by
    /// [`Limits::body_time`](crate::Limits::body_time) and ten seconds: 340 s by default. Take the
    /// calls that come in during that time, twice.
    #[must_use]
    pub fn bounded(deliveries: usize) -> Self {
        Self { inner: Arc::default(), capacity: deliveries }
    }

    /// Returns how many deliveries it holds, perhaps with some that have expired.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// Reports whether it holds no delivery.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Locks the memory. A thread that panicked here left whole entries: nothing in between
    /// can panic.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something under the lock, and logs after it: a subscriber may be slow.
    fn locked<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        let mut inner = self.lock();
        let before = inner.entries.len();
        let done = work(&mut inner);
        let (notice, after) = (inner.notice.take(), inner.entries.len());
        drop(inner);
        if before != after {
            metrics::replay_entries(before, after);
        }
        match notice {
            None => {}
            Some(Notice::ClockSetBack(seconds)) => tracing::warn!(
                seconds,
                "the clock was set back by more than a delivery is remembered: copies of what was \
                 handled while it was ahead are not known any more"
            ),
            Some(Notice::Filling(deliveries)) => tracing::warn!(
                deliveries,
                capacity = self.capacity,
                "the replay memory is four fifths full; when it is full, calls are answered 503: \
                 give more places with MemoryStore::bounded"
            ),
        }
        done
    }
}

/// With the last clone of a memory its deliveries are gone.
impl Drop for Inner {
    fn drop(&mut self) {
        metrics::replay_entries(self.entries.len(), 0);
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

/// Expired deliveries that one call forgets at most. More than one, so that forgetting keeps up
/// with remembering; few, so that no call pays for a burst that was before it.
const REPLAY_SWEEP: usize = 16;

impl Inner {
    fn begin(
        &mut self,
        id: DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        capacity: usize,
    ) -> Result<Begun, StoreError> {
        self.check_clock(now);
        self.sweep(now);
        match self.entries.get(&id) {
            Some(Held { until, claim }) if *until >= now => Ok(match claim {
                Some(_) => Begun::InFlight,
                None => Begun::Done,
            }),
            _ if self.may_be_forgotten(now, until) => Err(StoreError::ClockSetBack),
            _ => {
                self.claims = self.claims.wrapping_add(1);
                let claim = self.claims;
                self.put(id, Held { until, claim: Some(claim) }, capacity)?;
                Ok(Begun::Fresh(Token::from(u128::from(claim))))
            }
        }
    }

    fn commit(
        &mut self,
        id: DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        capacity: usize,
    ) -> Result<(), StoreError> {
        self.check_clock(now);
        self.sweep(now);
        if until < now {
            self.forget_to(until.timestamp());
            return Ok(());
        }
        self.put(id, Held { until, claim: None }, capacity)
    }

    fn release(&mut self, id: DeliveryId, token: Token) {
        if let Entry::Occupied(entry) = self.entries.entry(id) {
            let Held { until, claim } = *entry.get();
            if claim.is_some_and(|claim| Token::from(u128::from(claim)) == token) {
                entry.remove();
                self.unlist(id, until);
            }
        }
    }

    fn put(&mut self, id: DeliveryId, held: Held, capacity: usize) -> Result<(), StoreError> {
        let used = self.entries.len();
        let second = held.until.timestamp();
        match self.entries.entry(id) {
            Entry::Occupied(mut entry) => {
                let old = entry.insert(held).until;
                // A commit, nearly always: it is where it belongs.
                if old.timestamp() == second {
                    return Ok(());
                }
                self.unlist(id, old);
            }
            Entry::Vacant(_) if used >= capacity => return Err(StoreError::Full),
            Entry::Vacant(entry) => {
                entry.insert(held);
            }
        }
        self.expiry.entry(second).or_default().push(id);
        self.warn_when_filling(capacity);
        Ok(())
    }

    /// Warns when four fifths of the places are taken, and again only after it was under two thirds.
    fn warn_when_filling(&mut self, capacity: usize) {
        let used = self.entries.len();
        if used < capacity - capacity / 3 {
            self.is_filling = false;
        } else if used >= capacity - capacity / 5 && !self.is_filling {
            self.is_filling = true;
            self.notice = Some(Notice::Filling(used));
        }
    }

    /// Takes a delivery out of its row. What failed came a moment ago: it is near the end of its
    /// row.
    fn unlist(&mut self, id: DeliveryId, until: DateTime<Utc>) {
        if let Some(row) = self.expiry.get_mut(&until.timestamp())
            && let Some(at) = row.iter().rposition(|listed| *listed == id)
        {
            row.swap_remove(at);
        }
    }

    /// Clears the mark when the clock is so far before it that it must have been wrong: otherwise
    /// every call would be refused until it has caught up, perhaps in years.
    fn check_clock(&mut self, now: DateTime<Utc>) {
        let Some(forgotten) = self.forgotten else { return };
        let back = forgotten.saturating_sub(now.timestamp());
        if back > self.longest {
            self.forgotten = None;
            self.notice = Some(Notice::ClockSetBack(back));
        }
    }

    /// Reports whether a delivery that is fresh until then may have been forgotten when the clock
    /// was ahead.
    fn may_be_forgotten(&self, now: DateTime<Utc>, until: DateTime<Utc>) -> bool {
        self.forgotten.is_some_and(|second| until.max(now).timestamp() <= second)
    }

    /// Moves the mark: what expires up to this second may be forgotten from here on.
    fn forget_to(&mut self, second: i64) {
        self.forgotten = self.forgotten.max(Some(second));
    }

    /// Forgets a few deliveries whose second is over.
    fn sweep(&mut self, now: DateTime<Utc>) {
        let mut left = REPLAY_SWEEP;
        let mut forgotten = self.forgotten;
        while let Some(mut row) = self.expiry.first_entry()
            && *row.key() < now.timestamp()
        {
            forgotten = forgotten.max(Some(*row.key()));
            let ids = row.get_mut();
            let kept = ids.len().saturating_sub(left);
            left -= ids.len() - kept;
            for id in ids.drain(kept..) {
                self.entries.remove(&id);
            }
            if !ids.is_empty() {
                break;
            }
            row.remove();
        }
        self.forgotten = forgotten;
    }
}

impl ReplayStore for MemoryStore {
    fn begin<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Begun, StoreError>> {
        // In the first poll or never: a future that is dropped leaves no claim.
        Box::pin(async move { self.locked(|inner| inner.begin(*id, now, until, self.capacity)) })
    }

    fn try_begin(
        &self,
        id: &DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Option<Result<Begun, StoreError>> {
        Some(self.locked(|inner| inner.begin(*id, now, until, self.capacity)))
    }

    fn commit<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(ready(self.locked(|inner| inner.commit(*id, now, until, self.capacity))))
    }

    fn try_commit(
        &self,
        id: &DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Option<Result<(), StoreError>> {
        Some(self.locked(|inner| inner.commit(*id, now, until, self.capacity)))
    }

    fn release(&self, id: &DeliveryId, token: Token) {
        self.locked(|inner| inner.release(*id, token));
    }

    fn remember_for(&self, longest: Duration) {
        let mut inner = self.lock();
        inner.longest = inner.longest.max(seconds(longest));
    }
}

/// Numbers only.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("deliveries", &self.len())
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}
