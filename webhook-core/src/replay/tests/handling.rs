//! What becomes of a handler's future that is dropped.

use super::super::permits::{Idle, Permits};
use super::super::{Detached, Handling};
use super::log::logs;
use super::*;
use std::cell::RefCell;
use std::future::{pending, poll_fn, ready};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

type Answer = BoxFuture<'static, ()>;

thread_local! {
    static MOVED: RefCell<Vec<Detached<Answer>>> = const { RefCell::new(Vec::new()) };
}

fn keep(handler: Detached<Answer>) {
    MOVED.with_borrow_mut(|moved| moved.push(handler));
}

fn moved() -> Vec<Detached<Answer>> {
    MOVED.take()
}

/// Drops a handler at once, as an adapter does without a runtime.
fn lose(handler: Detached<Answer>) {
    drop(handler);
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn is_idle(permits: &Arc<Permits>) -> bool {
    poll(&mut Idle::new(Some(Arc::clone(permits)))).is_ready()
}

/// A delivery whose handler is at work.
struct Proven {
    scene: Scene,
    settlement: Settlement,
    permits: Arc<Permits>,
}

impl Proven {
    fn new(max: usize) -> Self {
        let (scene, settlement) = (Scene::new(Commit::Works), Settlement::watched());
        let permits = Permits::new(max);
        settlement.prove(DeliveryId::from(ID), &permits);
        settlement.hold(scene.claim());
        scene.calls();
        Self { scene, settlement, permits }
    }

    /// Ends when `handler` does, and settles.
    fn handling(&self, handler: impl Future<Output = ()> + Send + 'static) -> Handling<Answer> {
        self.handling_by(handler, keep)
    }

    fn handling_by(
        &self,
        handler: impl Future<Output = ()> + Send + 'static,
        detach: fn(Detached<Answer>),
    ) -> Handling<Answer> {
        let outcome = self.settlement.clone();
        let answer: Answer = Box::pin(async move {
            handler.await;
            outcome.settle(true).await;
        });
        Handling::new(answer, Some(self.settlement.clone()), detach)
    }

    /// Returns what the store was called with, and what was logged, when `handling` was dropped and
    /// nothing else holds the delivery.
    fn dropping(self, handling: Handling<Answer>) -> (Vec<String>, String) {
        let Self { scene, settlement, .. } = self;
        drop(settlement);
        let logged = logs(|| drop(handling));
        (scene.calls(), logged)
    }
}

/// Returns a future that is ready when it is polled for the second time.
fn second_time() -> impl Future<Output = ()> + Send + 'static {
    let mut is_second = false;
    poll_fn(
        move |_| {
            if std::mem::replace(&mut is_second, true) { Poll::Ready(()) } else { Poll::Pending }
        },
    )
}

#[test]
fn a_handler_that_is_dropped_unfinished_is_moved_and_settles() {
    let delivery = Proven::new(1);
    let mut handling = delivery.handling(second_time());
    assert!(poll(&mut handling).is_pending());
    assert!(moved().is_empty() && is_idle(&delivery.permits), "nothing while the sender stays");
    let logged = logs(|| drop(handling));
    assert_eq!((logged.as_str(), delivery.scene.calls().len()), ("", 0));
    let [handler] = <[_; 1]>::try_from(moved()).unwrap();
    assert!(!is_idle(&delivery.permits));
    assert!(matches!(delivery.scene.begin(), Claimed::InFlight));
    block_on(handler.run(pending()));
    assert!(is_idle(&delivery.permits));
    assert!(matches!(delivery.scene.begin(), Claimed::Done));
}

/// As warp can: it is called with a delivery that is proven, and dropped at once.
#[test]
fn a_handler_that_was_never_polled_is_moved() {
    let delivery = Proven::new(1);
    drop(delivery.handling(ready(())));
    let [handler] = <[_; 1]>::try_from(moved()).unwrap();
    block_on(handler.run(pending()));
    assert!(matches!(delivery.scene.begin(), Claimed::Done));
}

#[test]
fn a_handler_that_committed_early_is_moved_too() {
    let delivery = Proven::new(1);
    let mut handling = delivery.handling(second_time());
    block_on(delivery.settlement.commit()).unwrap();
    assert!(poll(&mut handling).is_pending());
    drop(handling);
    assert_eq!(moved().len(), 1);
}

#[test]
fn what_is_not_proven_is_dropped_without_a_warning() {
    for settlement in [None, Some(Settlement::watched())] {
        let mut handling: Handling<Answer> = Handling::new(Box::pin(pending()), settlement, keep);
        assert!(poll(&mut handling).is_pending());
        assert_eq!(logs(|| drop(handling)), "");
        assert!(moved().is_empty());
    }
}

#[test]
fn what_is_at_its_end_is_not_moved() {
    let delivery = Proven::new(1);
    let mut handling = delivery.handling(ready(()));
    assert!(poll(&mut handling).is_ready());
    let (calls, logged) = delivery.dropping(handling);
    assert!(calls[0].starts_with("commit") && calls.len() == 1, "{calls:?}");
    assert_eq!((logged.as_str(), moved().len()), ("", 0));
}

#[test]
fn what_panicked_is_not_moved_and_is_a_warning() {
    let delivery = Proven::new(1);
    let mut handling = delivery.handling(async { std::panic::resume_unwind(Box::new("handler")) });
    let Proven { scene, settlement, .. } = delivery;
    drop(settlement);
    let logged = logs(|| {
        let polled = catch_unwind(AssertUnwindSafe(|| poll(&mut handling)));
        assert!(polled.is_err());
        assert_eq!(scene.calls(), ["release"], "before the connection ends");
        drop(handling);
    });
    assert_warned(&logged, "a panic ended its handler");
    assert!(moved().is_empty());
}

#[test]
fn what_panics_after_it_was_moved_is_a_warning_and_gives_its_place_back() {
    let delivery = Proven::new(1);
    let panics = async { std::panic::resume_unwind(Box::new("handler")) };
    drop(delivery.handling(panics));
    let [handler] = <[_; 1]>::try_from(moved()).unwrap();
    let Proven { scene, settlement, permits } = delivery;
    drop(settlement);
    let logged = logs(|| {
        let ran = catch_unwind(AssertUnwindSafe(|| block_on(handler.run(pending()))));
        assert!(ran.is_err());
    });
    assert_warned(&logged, "a panic ended its handler");
    assert_eq!(scene.calls(), ["release"]);
    assert!(is_idle(&permits));
}

#[test]
fn past_the_limit_it_is_dropped_with_a_warning() {
    let delivery = Proven::new(0);
    let handling = delivery.handling(pending());
    let (calls, logged) = delivery.dropping(handling);
    assert_eq!(calls, ["release"]);
    assert_warned(&logged, "max_detached");
    assert!(moved().is_empty());

    // The place of one that ended is free for the next.
    let delivery = Proven::new(1);
    for _ in 0..3 {
        drop(delivery.handling(ready(())));
        let handling = delivery.handling(pending());
        let logged = logs(|| drop(handling));
        assert_warned(&logged, "max_detached");
        let [handler] = <[_; 1]>::try_from(moved()).unwrap();
        block_on(handler.run(pending()));
    }
}

#[test]
fn past_its_time_it_is_dropped_with_a_warning() {
    let delivery = Proven::new(1);
    drop(delivery.handling(pending()));
    let [handler] = <[_; 1]>::try_from(moved()).unwrap();
    let Proven { scene, settlement, permits } = delivery;
    drop(settlement);
    let logged = logs(|| block_on(handler.run(ready(()))));
    assert_warned(&logged, "took too long");
    assert_eq!(scene.calls(), ["release"]);
    assert!(is_idle(&permits));
}

#[test]
fn without_a_runtime_it_is_dropped_with_a_warning() {
    let delivery = Proven::new(1);
    let permits = Arc::clone(&delivery.permits);
    let handling = delivery.handling_by(pending(), lose);
    let (calls, logged) = delivery.dropping(handling);
    assert_eq!(calls, ["release"]);
    assert_warned(&logged, "no runtime");
    assert!(is_idle(&permits));
}

/// The effect may have happened: the store keeps the commit, and the log says which one was cut off.
#[test]
fn what_committed_and_is_dropped_past_the_limit_stays_committed_with_a_warning() {
    let delivery = Proven::new(0);
    block_on(delivery.settlement.commit()).unwrap();
    delivery.scene.calls();
    let handling = delivery.handling(pending());
    let (calls, logged) = delivery.dropping(handling);
    assert!(calls.is_empty(), "{calls:?}");
    assert_warned(&logged, "max_detached");
}

/// A task of the handler's own may still commit what the handler was dropped with.
#[test]
fn a_claim_that_is_held_elsewhere_stays() {
    let delivery = Proven::new(0);
    let logged = logs(|| drop(delivery.handling(pending())));
    assert_warned(&logged, "max_detached");
    assert!(matches!(delivery.scene.begin(), Claimed::InFlight));
    block_on(delivery.settlement.commit()).unwrap();
    assert!(matches!(delivery.scene.begin(), Claimed::Done));
}
