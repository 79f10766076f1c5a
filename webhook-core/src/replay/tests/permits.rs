//! How many handlers outlive their connections, and when none does.

use super::super::permits::{Idle, Permits};
use super::*;
use std::pin::Pin;
use std::task::{Context, Poll, Wake, Waker};

#[derive(Default)]
struct Woken(AtomicI64);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Woken {
    fn times(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

fn poll(idle: &mut Idle, waker: &Arc<Woken>) -> Poll<()> {
    let waker = Waker::from(Arc::clone(waker));
    Pin::new(idle).poll(&mut Context::from_waker(&waker))
}

fn idle(permits: &Arc<Permits>) -> Idle {
    Idle::new(Some(Arc::clone(permits)))
}

#[test]
fn permits_are_bounded_and_come_back() {
    for max in [0, 1, 3] {
        let permits = Permits::new(max);
        for _ in 0..2 {
            let taken: Vec<_> = (0..max).map(|_| permits.take().unwrap()).collect();
            assert!(permits.take().is_none(), "{max}");
            drop(taken);
        }
    }
}

#[test]
fn without_permits_or_with_none_out_it_is_idle_at_once() {
    block_on(Idle::new(None));
    let permits = Permits::new(1);
    block_on(idle(&permits));
    drop(permits.take());
    block_on(idle(&permits));
}

#[test]
fn the_last_permit_wakes_everything_that_waits() {
    let permits = Permits::new(2);
    let (one, two) = (permits.take(), permits.take());
    let (first, second) = (Arc::<Woken>::default(), Arc::<Woken>::default());
    let (mut early, mut late) = (idle(&permits), idle(&permits));
    assert!(poll(&mut early, &first).is_pending() && poll(&mut late, &second).is_pending());
    drop(one);
    assert_eq!([first.times(), second.times()], [0, 0]);
    assert!(poll(&mut early, &first).is_pending());
    drop(two);
    assert_eq!([first.times(), second.times()], [1, 1]);
    // Another one before it looks: it waits for that too, and is woken.
    let three = permits.take();
    assert!(poll(&mut late, &second).is_pending());
    drop(three);
    assert_eq!([first.times(), second.times()], [1, 2]);
    assert!(poll(&mut early, &first).is_ready() && poll(&mut late, &second).is_ready());
}

#[test]
fn the_waker_of_the_last_poll_counts_and_a_dropped_future_leaves_none() {
    let permits = Permits::new(1);
    let permit = permits.take();
    let [old, new, gone] = [(); 3].map(|()| Arc::<Woken>::default());
    let (mut kept, mut dropped) = (idle(&permits), idle(&permits));
    assert!(poll(&mut dropped, &gone).is_pending());
    assert!(poll(&mut kept, &old).is_pending() && poll(&mut kept, &new).is_pending());
    drop(dropped);
    assert_eq!(Arc::strong_count(&gone), 1);
    drop(permit);
    assert_eq!([old.times(), new.times(), gone.times()], [0, 1, 0]);
    assert_eq!(Arc::strong_count(&new), 1);
}

#[test]
fn no_wake_up_is_lost_between_threads() {
    let permits = Permits::new(4);
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let permits = Arc::clone(&permits);
            std::thread::spawn(move || {
                for _ in 0..500 {
                    let permit = permits.take();
                    std::thread::yield_now();
                    drop(permit);
                    block_on(idle(&permits));
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    block_on(idle(&permits));
}
