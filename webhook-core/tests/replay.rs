//! The memory of deliveries: one claim at a time, bounded, nothing forgotten early.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use chrono::{DateTime, Utc};
use futures_executor::block_on;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, Barrier};
use std::thread;
use webhook_core::limits::DEFAULT_REPLAY_ENTRIES;
use webhook_core::replay::{Begun, DeliveryId, MemoryStore, ReplayStore, StoreError, Token};

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_388_957_500 + second, 0).unwrap()
}

fn id(number: u8) -> DeliveryId {
    [number; 32].into()
}

fn begin(store: &dyn ReplayStore, number: u8, now: i64, until: i64) -> Result<Begun, StoreError> {
    block_on(store.begin(&id(number), at(now), at(until)))
}

fn commit(store: &dyn ReplayStore, number: u8, now: i64, until: i64) -> Result<(), StoreError> {
    block_on(store.commit(&id(number), at(now), at(until)))
}

fn fresh(begun: Result<Begun, StoreError>) -> Token {
    match begun {
        Ok(Begun::Fresh(token)) => token,
        other => panic!("not fresh: {other:?}"),
    }
}

#[test]
fn a_delivery_is_claimed_then_done() {
    let store = MemoryStore::new();
    fresh(begin(&store, 1, 0, 60));
    assert_eq!(begin(&store, 1, 1, 60).unwrap(), Begun::InFlight);
    fresh(begin(&store, 2, 1, 60));
    commit(&store, 1, 2, 60).unwrap();
    assert_eq!(begin(&store, 1, 3, 60).unwrap(), Begun::Done);
    assert_eq!(begin(&store, 2, 3, 60).unwrap(), Begun::InFlight);
}

#[test]
fn an_entry_lives_up_to_and_including_its_until() {
    for done in [false, true] {
        let store = MemoryStore::new();
        fresh(begin(&store, 1, 0, 60));
        if done {
            commit(&store, 1, 30, 60).unwrap();
        }
        let held = if done { Begun::Done } else { Begun::InFlight };
        assert_eq!(begin(&store, 1, 60, 60).unwrap(), held);
        fresh(begin(&store, 1, 61, 90));
        assert_eq!(begin(&store, 1, 90, 90).unwrap(), Begun::InFlight);
    }
}

#[test]
fn what_was_released_is_fresh() {
    let store = MemoryStore::new();
    let first = fresh(begin(&store, 1, 0, 60));
    store.release(&id(1), first);
    assert!(store.is_empty());
    let second = fresh(begin(&store, 1, 1, 60));
    assert_ne!(first, second);

    // Late, twice, made up, or another delivery's: frees nothing.
    for (number, token) in [(1, first), (1, 7.into()), (2, second), (1, Token::random().unwrap())] {
        store.release(&id(number), token);
        assert_eq!(begin(&store, 1, 1, 60).unwrap(), Begun::InFlight);
    }
    // What is done stays done.
    commit(&store, 1, 2, 60).unwrap();
    store.release(&id(1), second);
    assert_eq!(begin(&store, 1, 3, 60).unwrap(), Begun::Done);
}

#[test]
fn a_claim_that_expired_is_another_call_s() {
    let store = MemoryStore::new();
    let first = fresh(begin(&store, 1, 0, 60));
    let second = fresh(begin(&store, 1, 61, 120));
    store.release(&id(1), first);
    assert_eq!(begin(&store, 1, 62, 120).unwrap(), Begun::InFlight);
    store.release(&id(1), second);
    fresh(begin(&store, 1, 63, 120));
}

#[test]
fn what_was_handled_is_done_whatever_the_store_remembers() {
    let store = MemoryStore::bounded(2);
    // Forgotten meanwhile, or another call's.
    commit(&store, 1, 0, 60).unwrap();
    assert_eq!(begin(&store, 1, 1, 60).unwrap(), Begun::Done);
    fresh(begin(&store, 2, 1, 60));
    assert!(matches!(commit(&store, 3, 1, 60), Err(StoreError::Full)));
    commit(&store, 2, 1, 60).unwrap();
    // Its time is over: there is nothing to remember.
    commit(&store, 3, 61, 60).unwrap();
    assert!(store.is_empty());
}

#[test]
fn a_full_memory_refuses_and_forgets_nothing() {
    let store = MemoryStore::bounded(3);
    let tokens: Vec<_> = (0..3).map(|number| fresh(begin(&store, number, 0, 60))).collect();
    commit(&store, 0, 0, 60).unwrap();
    for now in [0, 30, 60] {
        assert!(matches!(begin(&store, 9, now, 90), Err(StoreError::Full)));
        assert_eq!(begin(&store, 0, now, 60).unwrap(), Begun::Done);
        assert_eq!(begin(&store, 1, now, 60).unwrap(), Begun::InFlight);
        assert_eq!(store.len(), 3);
    }
    store.release(&id(1), tokens[1]);
    fresh(begin(&store, 9, 60, 90));
    assert!(matches!(begin(&store, 1, 60, 60), Err(StoreError::Full)));
    // What expired makes room.
    fresh(begin(&store, 1, 61, 90));
    assert_eq!(store.len(), 2);
    assert!(matches!(begin(&MemoryStore::bounded(0), 1, 0, 60), Err(StoreError::Full)));
}

#[test]
fn a_burst_is_forgotten_little_by_little_and_completely() {
    let store = MemoryStore::bounded(200);
    let fill = |numbers: std::ops::Range<u8>, now, until| {
        numbers.for_each(|number| assert!(begin(&store, number, now, until).is_ok()));
    };
    fill(0..200, 0, 60);
    // Expired entries that are still stored take no place and do not count.
    fresh(begin(&store, 250, 61, 120));
    assert!((2..200).contains(&store.len()), "{}", store.len());
    for forgotten_last_and_first in [0, 199] {
        fresh(begin(&store, forgotten_last_and_first, 61, 120));
    }
    fill(200..240, 61, 120);
    assert_eq!(store.len(), 43);
}

#[test]
fn of_a_thousand_at_once_one_is_fresh() {
    let (store, barrier) = (MemoryStore::new(), Arc::new(Barrier::new(1000)));
    let threads: Vec<_> = (0..1000)
        .map(|_| {
            let (store, barrier) = (store.clone(), Arc::clone(&barrier));
            let call = move || {
                barrier.wait();
                begin(&store, 1, 0, 60).unwrap()
            };
            thread::Builder::new().stack_size(64 << 10).spawn(call).unwrap()
        })
        .collect();
    let begun: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    let fresh = begun.iter().filter(|begun| matches!(begun, Begun::Fresh(_))).count();
    let busy = begun.iter().filter(|begun| matches!(begun, Begun::InFlight)).count();
    assert_eq!((fresh, busy), (1, 999));
}

#[test]
fn a_begin_that_is_dropped_leaves_nothing() {
    let store = MemoryStore::new();
    let id = id(1);
    drop(store.begin(&id, at(0), at(60)));
    assert!(store.is_empty());
}

#[test]
fn debug_output_shows_no_delivery() {
    let (store, id) = (MemoryStore::new(), id(0xab));
    fresh(block_on(store.begin(&id, at(0), at(60))).map_err(|_| StoreError::Full));
    let shown = format!("{store:?}");
    assert!(shown.contains("deliveries: 1") && !shown.contains("abab"), "{shown}");
    assert!(shown.contains(&DEFAULT_REPLAY_ENTRIES.to_string()));
    assert_eq!((id.to_string(), id.as_bytes()), ("ab".repeat(32), &[0xab; 32]));
    assert_eq!(Token::from(0xab).to_string(), format!("{:0>32}", "ab"));

    // What Display says, the source does not say again.
    let error = StoreError::unavailable("connection refused");
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(error.to_string(), "the replay store is not available");
    assert_eq!(source.to_string(), "connection refused");
    for error in [StoreError::Full, StoreError::ClockSetBack] {
        assert!(std::error::Error::source(&error).is_none());
    }
    assert!(StoreError::ClockSetBack.to_string().contains("clock"));
}

/// The rules, written down without a thought about cost.
#[derive(Default)]
struct Model {
    entries: BTreeMap<u8, (i64, Option<Token>)>,
}

impl Model {
    fn live(&mut self, now: i64) {
        self.entries.retain(|_, (until, _)| *until >= now);
    }
}

#[derive(Debug, Clone)]
enum Step {
    Begin {
        number: u8,
        lives: i64,
    },
    Commit {
        number: u8,
        lives: i64,
    },
    /// Any token that was ever given out.
    Release {
        number: u8,
        token: prop::sample::Index,
    },
    Wait {
        seconds: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let number = 0..12u8;
    prop_oneof![
        4 => (number.clone(), -2..40i64).prop_map(|(number, lives)| Step::Begin { number, lives }),
        2 => (number.clone(), -2..40i64).prop_map(|(number, lives)| Step::Commit { number, lives }),
        3 => (number, any::<prop::sample::Index>())
            .prop_map(|(number, token)| Step::Release { number, token }),
        1 => (0..15i64).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

proptest! {
    #[test]
    fn it_agrees_with_the_rules(
        capacity in 0..10usize,
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let (store, mut model) = (MemoryStore::bounded(capacity), Model::default());
        let (mut now, mut tokens) = (0, vec![Token::from(0)]);
        for step in steps {
            model.live(now);
            match step {
                Step::Wait { seconds } => now += seconds,
                Step::Begin { number, lives } => {
                    let begun = begin(&store, number, now, now + lives);
                    match model.entries.get(&number) {
                        Some((_, Some(_))) => prop_assert_eq!(begun.unwrap(), Begun::InFlight),
                        Some((_, None)) => prop_assert_eq!(begun.unwrap(), Begun::Done),
                        None if model.entries.len() == capacity => {
                            prop_assert!(matches!(begun, Err(StoreError::Full)));
                        }
                        None => {
                            let token = fresh(begun);
                            prop_assert!(!tokens.contains(&token));
                            tokens.push(token);
                            model.entries.insert(number, (now + lives, Some(token)));
                        }
                    }
                }
                Step::Commit { number, lives } => {
                    let full = model.entries.len() == capacity;
                    let done = commit(&store, number, now, now + lives);
                    if lives < 0 {
                        prop_assert!(done.is_ok());
                    } else if full && !model.entries.contains_key(&number) {
                        prop_assert!(matches!(done, Err(StoreError::Full)));
                    } else {
                        prop_assert!(done.is_ok());
                        model.entries.insert(number, (now + lives, None));
                    }
                }
                Step::Release { number, token } => {
                    let token = *token.get(&tokens);
                    store.release(&id(number), token);
                    if model.entries.get(&number).is_some_and(|held| held.1 == Some(token)) {
                        model.entries.remove(&number);
                    }
                }
            }
            prop_assert!(store.len() <= capacity);
            prop_assert!(store.len() >= model.entries.len());
        }
    }
}

/// Without any receiver, a delivery is remembered for at most so many seconds: the default freshness
/// of dates, the time for a body, and the margin.
const LONGEST: i64 = 300 + 60 + 30 + 10 + 1;

fn handle(store: &MemoryStore, number: u8, now: i64, until: i64) {
    fresh(begin(store, number, now, until));
    commit(store, number, now, until).unwrap();
}

fn is_clock_set_back(begun: &Result<Begun, StoreError>) -> bool {
    matches!(begun, Err(StoreError::ClockSetBack))
}

#[test]
fn a_clock_that_is_set_back_after_a_sweep_handles_nothing_twice() {
    for back in [1, 11, 60, LONGEST - 1] {
        let store = MemoryStore::new();
        handle(&store, 1, 0, 350);
        // A later call makes it forget the first one.
        handle(&store, 2, 351, 700);
        assert_eq!(store.len(), 1);
        let now = 351 - back;
        let copy = begin(&store, 1, now, 350);
        assert!(is_clock_set_back(&copy), "{back}: {copy:?}");
        // What is remembered is answered as ever, and what is new is taken.
        assert_eq!(begin(&store, 2, now, 700).unwrap(), Begun::Done);
        handle(&store, 3, now, 351);
        // So is a copy when the clock has caught up, where its date is fresh at all.
        assert!(is_clock_set_back(&begin(&store, 4, 350, 350)));
    }
}

#[test]
fn a_commit_that_came_too_late_to_be_remembered_is_not_handled_twice() {
    let store = MemoryStore::new();
    commit(&store, 1, 100, 50).unwrap();
    assert!(is_clock_set_back(&begin(&store, 1, 40, 50)));
}

#[test]
fn a_clock_that_was_far_ahead_and_is_right_again_locks_nothing_out() {
    for ahead in [LONGEST + 1, 3600, 100 * 365 * 86_400] {
        let store = MemoryStore::new();
        handle(&store, 1, ahead - 100, ahead - 1);
        handle(&store, 2, ahead, ahead + 300);
        handle(&store, 3, -2, 340);
        handle(&store, 4, -1, 3);
    }
}

#[test]
fn a_receiver_s_own_freshness_is_how_far_a_clock_may_be_set_back() {
    let store = MemoryStore::new();
    store.remember_for(std::time::Duration::from_secs(3600));
    handle(&store, 1, 0, 3600);
    handle(&store, 2, 3601, 7200);
    assert!(is_clock_set_back(&begin(&store, 1, 1, 3600)));
    fresh(begin(&store, 1, -12, 3600));
}

/// What a clock does, and a call at that time.
#[derive(Debug, Clone)]
struct Turn {
    number: u8,
    /// Where the clock goes, as a part of the way that it may go.
    to: f64,
    forward: bool,
    succeeds: bool,
}

fn turn() -> impl Strategy<Value = Turn> {
    (0..40u8, 0.0..1.0, prop::bool::weighted(0.6), prop::bool::weighted(0.8))
        .prop_map(|(number, to, forward, succeeds)| Turn { number, to, forward, succeeds })
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
fn part(of: i64, to: f64) -> i64 {
    (of as f64 * to) as i64
}

proptest! {
    /// The clock goes back and forth, but never back by more than a delivery is remembered: a naive
    /// list of all that was ever handled agrees.
    #[test]
    fn nothing_is_handled_twice_while_the_clock_moves_within_the_freshness(
        freshness in prop_oneof![Just(LONGEST - 1), LONGEST..5_000],
        turns in prop::collection::vec(turn(), 1..300),
    ) {
        let store = MemoryStore::new();
        store.remember_for(std::time::Duration::from_secs(freshness.unsigned_abs() - 10));
        let (mut now, mut latest) = (0, 0);
        // Each is dated once, some way from each other.
        let until = |number: u8| i64::from(number) * freshness / 4;
        let mut handled = std::collections::BTreeSet::new();
        for Turn { number, to, forward, succeeds } in turns {
            now = if forward { now + part(freshness / 2, to) } else { latest - part(freshness, to) };
            latest = latest.max(now);
            let until = until(number);
            // Another time, its date is refused.
            if now > until || until - now > freshness {
                continue;
            }
            match begin(&store, number, now, until) {
                Ok(Begun::Fresh(token)) => {
                    prop_assert!(!handled.contains(&number), "{} twice", number);
                    if succeeds {
                        commit(&store, number, now, until).unwrap();
                        handled.insert(number);
                    } else {
                        store.release(&id(number), token);
                    }
                }
                Ok(Begun::Done) => prop_assert!(handled.contains(&number)),
                other => prop_assert!(is_clock_set_back(&other), "{:?}", other),
            }
        }
    }

    /// Wherever the clock goes: a call that is dated now is taken, at the latest when the clock has
    /// run for as long as a delivery is remembered.
    #[test]
    fn nothing_is_locked_out_for_ever(
        moments in prop::collection::vec(-1_000_000_000..1_000_000_000_i64, 1..40),
    ) {
        let store = MemoryStore::new();
        let mut last = 0;
        for (number, now) in (0..).zip(moments) {
            let _ = begin(&store, number, now, now + LONGEST - 1);
            let _ = commit(&store, number, now, now - 1);
            last = now;
        }
        prop_assert!(begin(&store, 100, last + LONGEST, last + 2 * LONGEST - 1).is_ok());
    }
}
