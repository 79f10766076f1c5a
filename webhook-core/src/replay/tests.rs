//! Claims and their outcome, which only a verified call has: from inside.

use super::claim::{Claim, Claimed};
use super::{Begun, DeliveryId, MemoryStore, ReplayStore, Settlement, StoreError, Token};
use crate::BoxFuture;
use crate::clock::Clock;
use crate::limits::REPLAY_MARGIN;
use chrono::{DateTime, TimeDelta, Utc};
use futures_executor::block_on;
use std::fmt::{Debug, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span;

const ID: &[u8] = b"(request-target): post /";

/// A store, a clock that is turned by hand, and everything that was asked.
struct Scene {
    clock: Arc<dyn Clock>,
    seconds: Arc<AtomicI64>,
    store: Arc<dyn ReplayStore>,
    asked: Arc<Mutex<Vec<String>>>,
}

/// What a commit comes to.
#[derive(Debug, Clone, Copy)]
enum Commit {
    Works,
    Fails,
    Hangs,
}

#[derive(Debug)]
struct Told {
    memory: MemoryStore,
    commit: Commit,
    asked: Arc<Mutex<Vec<String>>>,
}

impl ReplayStore for Told {
    fn begin<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Begun, StoreError>> {
        self.asked.lock().unwrap().push(format!("begin {}", seconds(until)));
        self.memory.begin(id, now, until)
    }

    fn commit<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.asked.lock().unwrap().push(format!("commit {} {}", seconds(now), seconds(until)));
        match self.commit {
            Commit::Works => self.memory.commit(id, now, until),
            Commit::Fails => Box::pin(async { Err(StoreError::unavailable("gone")) }),
            Commit::Hangs => Box::pin(std::future::pending()),
        }
    }

    fn release(&self, id: &DeliveryId, token: Token) {
        self.asked.lock().unwrap().push("release".to_owned());
        self.memory.release(id, token);
    }
}

fn seconds(time: DateTime<Utc>) -> i64 {
    time.timestamp()
}

impl Scene {
    fn new(commit: Commit) -> Self {
        let (seconds, asked) = (Arc::new(AtomicI64::new(0)), Arc::default());
        let hand = Arc::clone(&seconds);
        let clock = move || DateTime::UNIX_EPOCH + TimeDelta::seconds(hand.load(Ordering::Relaxed));
        let memory = MemoryStore::new();
        let store = Arc::new(Told { memory, commit, asked: Arc::clone(&asked) });
        Self { clock: Arc::new(clock), seconds, store, asked }
    }

    fn begin(&self) -> Claimed {
        let until = DateTime::UNIX_EPOCH + TimeDelta::seconds(60);
        block_on(Claim::begin(&self.store, &self.clock, DeliveryId::of(ID), until)).unwrap()
    }

    fn claim(&self) -> Claim {
        match self.begin() {
            Claimed::Fresh(claim) => claim,
            other => panic!("not fresh: {other:?}"),
        }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

#[test]
fn a_claim_is_committed_or_released() {
    let scene = Scene::new(Commit::Works);
    let claim = scene.claim();
    assert!(matches!(scene.begin(), Claimed::InFlight));
    drop(claim);
    let claim = scene.claim();
    block_on(claim.commit()).unwrap();
    assert!(matches!(scene.begin(), Claimed::Done));
    // The margin is on top of the signature's own time.
    let until = 60 + REPLAY_MARGIN.num_seconds();
    let begin = format!("begin {until}");
    let commit = format!("commit 0 {until}");
    let expected = [&begin, &begin, "release", &begin, &commit, &begin];
    assert_eq!(scene.asked(), expected);
}

#[test]
fn a_date_that_got_too_old_meanwhile_claims_nothing() {
    let scene = Scene::new(Commit::Works);
    scene.seconds.store(60, Ordering::Relaxed);
    drop(scene.claim());
    // The store would remember for the margin more, but a copy after that would be fresh again.
    for now in [61, 69, 71, 1000] {
        scene.seconds.store(now, Ordering::Relaxed);
        assert!(matches!(scene.begin(), Claimed::Expired), "{now}");
    }
}

#[test]
fn a_handler_may_take_longer_than_the_claim_lives() {
    let scene = Scene::new(Commit::Works);
    let (first, second) = (scene.claim(), scene.begin());
    assert!(matches!(second, Claimed::InFlight));
    scene.seconds.store(3600, Ordering::Relaxed);
    assert!(matches!(scene.begin(), Claimed::Expired));
    block_on(first.commit()).unwrap();
    assert!(matches!(scene.begin(), Claimed::Expired));
}

#[test]
fn a_commit_that_is_interrupted_releases_nothing() {
    for polled in [false, true] {
        let scene = Scene::new(Commit::Hangs);
        let settlement = Settlement::default();
        settlement.hold(scene.claim());
        let mut commit = Box::pin(settlement.commit());
        if polled {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(commit.as_mut().poll(&mut context).is_pending());
        }
        drop((commit, settlement));
        assert!(!scene.asked().contains(&"release".to_owned()), "polled: {polled}");
        assert!(matches!(scene.begin(), Claimed::InFlight));
    }
}

#[test]
fn whoever_comes_first_settles() {
    type Act = fn(&Settlement);
    let commit: Act = |settlement| block_on(settlement.commit()).unwrap();
    let success: Act = |settlement| block_on(settlement.settle(true));
    let failure: Act = |settlement| block_on(settlement.settle(false));
    let unpolled: Act = |settlement| drop(settlement.settle(false));
    let cases: [(&[Act], &str); 7] = [
        (&[success], "commit"),
        (&[commit], "commit"),
        (&[failure], "release"),
        (&[unpolled, commit], "release"),
        (&[commit, failure], "commit"),
        (&[failure, commit, success], "release"),
        (&[success, success, failure], "commit"),
    ];
    for (at, (acts, expected)) in cases.into_iter().enumerate() {
        let scene = Scene::new(Commit::Works);
        let settlement = Settlement::watched();
        settlement.hold(scene.claim());
        // Any clone will do, and it counts at once, not when the last is gone.
        for act in acts {
            act(&settlement.clone());
        }
        let asked = scene.asked();
        assert_eq!(asked.len(), 2, "{at}: {asked:?}");
        assert!(asked[1].starts_with(expected), "{at}: {asked:?}");
        drop(settlement);
        assert!(scene.asked().is_empty(), "{at}");
    }
}

#[test]
fn without_a_claim_there_is_nothing_to_settle() {
    let logged = logs(|| {
        let settlement = Settlement::default();
        block_on(settlement.settle(false));
        block_on(settlement.settle(true));
        assert!(block_on(settlement.commit()).is_ok());
    });
    assert_eq!(logged, "");
}

#[test]
fn a_second_claim_releases_the_first() {
    let (one, two) = (Scene::new(Commit::Works), Scene::new(Commit::Works));
    let settlement = Settlement::default();
    settlement.hold(one.claim());
    settlement.hold(two.claim());
    assert_eq!(one.asked().pop().unwrap(), "release");
    assert_eq!(two.asked().len(), 1);
}

#[test]
fn what_nobody_settled_is_released_and_told() {
    let cases = [
        (Settlement::default as fn() -> Settlement, "WARN", "Wrap the handler in `once`"),
        (Settlement::watched, "DEBUG", "cancelled"),
    ];
    for (make, level, text) in cases {
        let scene = Scene::new(Commit::Works);
        let settlement = make();
        settlement.hold(scene.claim());
        let clone = settlement.clone();
        let logged = logs(|| {
            drop(settlement);
            assert_eq!(scene.asked().len(), 1, "a clone is left");
            drop(clone);
        });
        assert_eq!(scene.asked(), ["release"]);
        assert!(logged.starts_with(level) && logged.contains(text), "{logged}");
        drop(scene.claim());
    }
}

#[test]
fn a_panic_releases_without_a_word() {
    let scene = Scene::new(Commit::Works);
    let settlement = Settlement::default();
    settlement.hold(scene.claim());
    let logged = logs(|| {
        let handler = move || {
            let _held = settlement;
            std::panic::resume_unwind(Box::new("handler"))
        };
        let ended: Result<(), _> = catch_unwind(AssertUnwindSafe(handler));
        assert!(ended.is_err());
    });
    assert_eq!(logged, "");
    assert_eq!(scene.asked().pop().unwrap(), "release");
    drop(scene.claim());
}

#[test]
fn a_store_that_fails_at_the_end_changes_no_answer_and_frees_nothing() {
    let scene = Scene::new(Commit::Fails);
    let settlement = Settlement::watched();
    settlement.hold(scene.claim());
    let logged = logs(|| block_on(settlement.settle(true)));
    assert!(logged.starts_with("ERROR") && logged.contains("not written down"), "{logged}");
    assert!(!logged.contains(&DeliveryId::of(ID).to_string()));
    assert!(block_on(settlement.commit()).is_ok());
    drop(settlement);
    assert!(matches!(scene.begin(), Claimed::InFlight));

    let scene = Scene::new(Commit::Fails);
    let settlement = Settlement::default();
    settlement.hold(scene.claim());
    assert!(matches!(block_on(settlement.commit()), Err(StoreError::Unavailable(_))));
}

#[test]
fn they_cross_threads() {
    fn check<T: Send + Sync + Clone + 'static>(_: &T) {}
    fn future<T: Send + 'static>(_: &T) {}
    let settlement = Settlement::default();
    check(&settlement);
    future(&settlement.commit());
    future(&settlement.settle(true));
    assert_eq!(format!("{settlement:?}"), "Settlement { open: false, .. }");
}

/// What `act` tells the log.
fn logs(act: impl FnOnce()) -> String {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), act);
    let text = log.0.lock().unwrap();
    text.clone()
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut text = self.0.lock().unwrap();
        writeln!(text, "{}", event.metadata().level()).unwrap();
        event.record(&mut Fields(&mut text));
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0, "{}: {value:?}", field.name()).unwrap();
    }
}
