//! Claims and their outcome, which only a verified call has: from inside.

mod claim;
mod handling;
mod log;
mod permits;
mod settlement;

use super::claim::{Claim, Claimed, ClockedStore};
use super::{Begun, DeliveryId, MemoryStore, ReplayStore, Settlement, StoreError, Token};
use crate::clock::Clock;
use crate::future::BoxFuture;
use crate::limits::REPLAY_MARGIN;
use chrono::{DateTime, TimeDelta, Utc};
use futures_executor::block_on;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

const ID: [u8; 32] = [7; 32];

/// A fake clock, and a store that records what it is called with.
struct Scene {
    clock: Arc<dyn Clock>,
    seconds: Arc<AtomicI64>,
    store: Arc<ClockedStore>,
    calls: Arc<Mutex<Vec<String>>>,
}

/// What a commit comes to.
#[derive(Debug, Clone, Copy)]
enum Commit {
    Works,
    Fails,
    Hangs,
}

#[derive(Debug)]
struct RecordingStore {
    memory: MemoryStore,
    commit: Commit,
    calls: Arc<Mutex<Vec<String>>>,
}

impl ReplayStore for RecordingStore {
    fn begin<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Begun, StoreError>> {
        self.calls.lock().unwrap().push(format!("begin {}", seconds(until)));
        self.memory.begin(id, now, until)
    }

    fn commit<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.calls.lock().unwrap().push(format!("commit {} {}", seconds(now), seconds(until)));
        match self.commit {
            Commit::Works => self.memory.commit(id, now, until),
            Commit::Fails => Box::pin(async { Err(StoreError::unavailable("gone")) }),
            Commit::Hangs => Box::pin(std::future::pending()),
        }
    }

    fn release(&self, id: &DeliveryId, token: Token) {
        self.calls.lock().unwrap().push("release".to_owned());
        self.memory.release(id, token);
    }
}

/// Asserts that there is one warning, which names the delivery.
#[track_caller]
fn assert_warned(logged: &str, text: &str) {
    let delivery = format!("delivery: {}", DeliveryId::from(ID));
    assert!(logged.starts_with("WARN") && logged.matches("WARN").count() == 1, "{logged}");
    assert!(logged.contains(text) && logged.contains(&delivery), "{logged}");
}

fn seconds(time: DateTime<Utc>) -> i64 {
    time.timestamp()
}

impl Scene {
    fn new(commit: Commit) -> Self {
        let (seconds, calls) = (Arc::new(AtomicI64::new(0)), Arc::default());
        let hand = Arc::clone(&seconds);
        let clock = move || DateTime::UNIX_EPOCH + TimeDelta::seconds(hand.load(Ordering::Relaxed));
        let memory = MemoryStore::new();
        let store = Arc::new(RecordingStore { memory, commit, calls: Arc::clone(&calls) });
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let store = ClockedStore::new(store, Arc::clone(&clock));
        Self { clock, seconds, store, calls }
    }

    fn begin(&self) -> Claimed {
        let until = DateTime::UNIX_EPOCH + TimeDelta::seconds(60);
        let claim = self.store.claim(DeliveryId::from(ID), self.clock.now(), until);
        block_on(claim).unwrap()
    }

    fn claim(&self) -> Claim {
        match self.begin() {
            Claimed::Fresh(claim) => claim,
            other => panic!("not fresh: {other:?}"),
        }
    }

    fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.calls.lock().unwrap())
    }
}
