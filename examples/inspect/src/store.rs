//! The calls that are kept, in memory and bounded.
//!
//! Proven calls and others have bounds of their own: forgeries never push genuine calls out. What an
//! unproven call costs is its own message, its checks and a fixed part, and all of it counts.

use crate::call::Call;
use std::collections::VecDeque;
use std::sync::Arc;

/// Proven calls that are kept.
const MAX_PROVEN: usize = 500;
/// Other calls that are kept.
const MAX_UNPROVEN: usize = 100;
/// Bytes of proven calls: with the others 64 MiB.
const PROVEN_BYTES: usize = 48 << 20;
/// Bytes of other calls.
const UNPROVEN_BYTES: usize = 16 << 20;

pub struct Store {
    proven: Ring,
    unproven: Ring,
    newest: u64,
    /// How many calls there were: proven, and others.
    pub seen: [u64; 2],
}

impl Default for Store {
    fn default() -> Self {
        Self {
            proven: Ring::new(MAX_PROVEN, PROVEN_BYTES),
            unproven: Ring::new(MAX_UNPROVEN, UNPROVEN_BYTES),
            newest: 0,
            seen: [0; 2],
        }
    }
}

impl Store {
    /// Keeps a call, at the price of the oldest of its kind; returns its number.
    pub fn insert(&mut self, mut call: Call) -> u64 {
        self.newest += 1;
        call.id = self.newest;
        let (ring, seen) = match (call.is_proven, &mut self.seen) {
            (true, [seen, _]) => (&mut self.proven, seen),
            (false, [_, seen]) => (&mut self.unproven, seen),
        };
        *seen += 1;
        ring.push(call);
        self.newest
    }

    pub fn get(&self, id: u64) -> Option<Arc<Call>> {
        self.all().find(|call| call.id == id).map(Arc::clone)
    }

    /// Returns the calls that are newer than this one, the oldest first.
    pub fn after(&self, id: u64) -> Vec<Arc<Call>> {
        let mut calls: Vec<_> = self.all().filter(|call| call.id > id).map(Arc::clone).collect();
        calls.sort_by_key(|call| call.id);
        calls
    }

    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// Returns the numbers of the oldest calls that are kept: proven, and others.
    pub fn oldest(&self) -> [u64; 2] {
        [&self.proven, &self.unproven].map(|ring| ring.calls.front().map_or(0, |call| call.id))
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Call>> {
        self.proven.calls.iter().chain(&self.unproven.calls)
    }
}

/// Calls of one kind.
struct Ring {
    calls: VecDeque<Arc<Call>>,
    bytes: usize,
    max_calls: usize,
    max_bytes: usize,
}

impl Ring {
    fn new(max_calls: usize, max_bytes: usize) -> Self {
        Self { calls: VecDeque::with_capacity(max_calls), bytes: 0, max_calls, max_bytes }
    }

    fn push(&mut self, mut call: Call) {
        if call.cost() > self.max_bytes {
            call.drop_body();
        }
        let cost = call.cost();
        while self.calls.len() >= self.max_calls || self.bytes.saturating_add(cost) > self.max_bytes
        {
            let Some(oldest) = self.calls.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(oldest.cost());
        }
        self.bytes = self.bytes.saturating_add(cost);
        self.calls.push_back(Arc::new(call));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(is_proven: bool, bytes: usize) -> Call {
        let mut call = Call::of_message(b"POST / HTTP/1.1\r\n\r\n", &vec![b'x'; bytes]);
        call.is_proven = is_proven;
        call
    }

    fn ids(ring: &Ring) -> (u64, usize) {
        (ring.calls.front().unwrap().id, ring.calls.len())
    }

    #[test]
    fn forgeries_push_no_proven_call_out() {
        let mut store = Store::default();
        for _ in 0..MAX_PROVEN {
            store.insert(call(true, 1));
        }
        for _ in 0..10_000 {
            store.insert(call(false, 1));
        }
        assert_eq!(ids(&store.proven), (1, MAX_PROVEN));
        assert_eq!(store.unproven.calls.len(), MAX_UNPROVEN);
        assert_eq!(store.seen, [500, 10_000]);
        store.insert(call(true, 1));
        assert_eq!(ids(&store.proven), (2, MAX_PROVEN));
        assert!(store.get(1).is_none() && store.get(2).is_some());
    }

    #[test]
    fn large_calls_of_either_kind_stay_within_its_bytes() {
        let mut store = Store::default();
        for _ in 0..200 {
            store.insert(call(false, 2 << 20));
            store.insert(call(true, 2 << 20));
        }
        assert!(store.unproven.bytes <= UNPROVEN_BYTES && store.proven.bytes <= PROVEN_BYTES);
        assert_eq!((store.unproven.calls.len(), store.proven.calls.len()), (7, 23));
        let counted = |ring: &Ring| ring.calls.iter().map(|call| call.cost()).sum::<usize>();
        assert_eq!(counted(&store.proven), store.proven.bytes);
        assert_eq!(counted(&store.unproven), store.unproven.bytes);
    }

    #[test]
    fn a_call_that_is_larger_than_all_bytes_is_kept_without_its_body() {
        let mut store = Store::default();
        store.insert(call(false, 1));
        store.insert(call(false, UNPROVEN_BYTES));
        assert_eq!(store.unproven.calls.len(), 2);
        let last = store.get(2).unwrap();
        assert!(last.body().is_none() && !last.head().is_empty());
    }
}
