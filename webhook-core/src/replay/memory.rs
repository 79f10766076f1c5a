//! The replay memory of one process.

use super::{Begun, DeliveryId, ReplayStore, StoreError, Token};
use crate::BoxFuture;
use crate::limits::{DEFAULT_REPLAY_ENTRIES, REPLAY_SWEEP};
use chrono::{DateTime, Utc};
use foldhash::quality::RandomState;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Remembers deliveries in memory: the default.
///
/// Clones share their memory, as the workers of a process must. Another process has a memory of
/// its own, and a restart forgets: then the date alone bounds how long a copy is good.
///
/// It is bounded, by [`DEFAULT_REPLAY_ENTRIES`](crate::limits::DEFAULT_REPLAY_ENTRIES) or as
/// [configured](Self::bounded): a delivery costs at most 256 bytes (64 MiB by default), and a
/// quarter of that more while a table grows. Memory is taken as deliveries come in, and what has
/// expired makes room. When there is none, calls are answered 503 until there is;
/// no delivery is forgotten early.
///
/// ```
/// use webhook_core::replay::MemoryStore;
///
/// // A million deliveries.
/// let store = MemoryStore::bounded(1 << 20);
/// assert!(store.is_empty());
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    // One lock: it is held for a look-up and an insertion, never while anything waits.
    inner: Arc<Mutex<Inner>>,
    capacity: usize,
}

#[derive(Default)]
struct Inner {
    entries: HashMap<DeliveryId, Held, RandomState>,
    /// The same deliveries by the second in which they expire: dates have whole seconds, so there
    /// are few of them, and one more delivery is one more in a row.
    expiry: BTreeMap<i64, Vec<DeliveryId>>,
    /// Claims so far: the next one's token.
    claims: u64,
}

#[derive(Clone, Copy)]
struct Held {
    until: DateTime<Utc>,
    /// The claim's number while it is being handled.
    claim: Option<u64>,
}

impl MemoryStore {
    /// A memory of the default size.
    #[must_use]
    pub fn new() -> Self {
        Self::bounded(DEFAULT_REPLAY_ENTRIES)
    }

    /// A memory of at most so many deliveries at a time.
    ///
    /// Each is kept while its date is fresh and a few seconds more: take the calls that come in
    /// during that time, twice.
    #[must_use]
    pub fn bounded(deliveries: usize) -> Self {
        Self { inner: Arc::default(), capacity: deliveries }
    }

    /// How many deliveries it holds, perhaps with some that have expired.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A thread that panicked here left whole entries behind: nothing in between can panic.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Inner {
    fn begin(
        &mut self,
        id: DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        capacity: usize,
    ) -> Result<Begun, StoreError> {
        self.sweep(now);
        match self.entries.get(&id) {
            Some(Held { until, claim }) if *until >= now => Ok(match claim {
                Some(_) => Begun::InFlight,
                None => Begun::Done,
            }),
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
        self.sweep(now);
        if until < now {
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
        Ok(())
    }

    /// What failed came a moment ago: it is near the end of its row.
    fn unlist(&mut self, id: DeliveryId, until: DateTime<Utc>) {
        if let Some(row) = self.expiry.get_mut(&until.timestamp())
            && let Some(at) = row.iter().rposition(|listed| *listed == id)
        {
            row.swap_remove(at);
        }
    }

    /// Forgets a few deliveries whose second is over.
    fn sweep(&mut self, now: DateTime<Utc>) {
        let mut left = REPLAY_SWEEP;
        while let Some(mut row) = self.expiry.first_entry()
            && *row.key() < now.timestamp()
        {
            let ids = row.get_mut();
            let kept = ids.len().saturating_sub(left);
            left -= ids.len() - kept;
            for id in ids.drain(kept..) {
                self.entries.remove(&id);
            }
            if !ids.is_empty() {
                return;
            }
            row.remove();
        }
    }
}

impl ReplayStore for MemoryStore {
    fn begin<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Begun, StoreError>> {
        // In the first poll or never: a future that is dropped leaves nothing behind.
        Box::pin(async move { self.lock().begin(*id, now, until, self.capacity) })
    }

    fn commit<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(ready(self.lock().commit(*id, now, until, self.capacity)))
    }

    fn release(&self, id: &DeliveryId, token: Token) {
        self.lock().release(*id, token);
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
