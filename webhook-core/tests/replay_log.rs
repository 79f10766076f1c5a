//! What the log says of a replay memory. A process of its own: whether a subscriber listens is decided
//! for a whole process when a line is first reached.
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use chrono::{DateTime, Utc};
use futures_executor::block_on;
use support::log::Log;
use webhook_core::replay::{Begun, MemoryStore, ReplayStore};

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_388_957_500 + second, 0).unwrap()
}

fn begin(store: &MemoryStore, number: u8, now: i64, until: i64) -> Option<Begun> {
    block_on(store.begin(&[number; 32].into(), at(now), at(until))).ok()
}

#[test]
fn the_log_says_when_the_memory_fills_and_when_the_clock_was_wrong() {
    let log = Log::default();
    let _listening = log.listen();
    let store = MemoryStore::bounded(100);
    for number in 0..79 {
        begin(&store, number, 0, 60);
    }
    assert_eq!(log.lines(), [""; 0], "under four fifths");
    // Full, and more.
    for number in 79..110 {
        begin(&store, number, 0, 60);
    }
    let filling = |deliveries: usize| {
        format!(
            "WARN deliveries={deliveries} capacity=100 the replay memory is four fifths full; when \
             it is full, calls are answered 503: give more places with MemoryStore::bounded"
        )
    };
    assert_eq!(log.lines(), [filling(80)], "once, not for every call");
    // They expire, and it fills again.
    for number in 0..10 {
        begin(&store, number, 61, 120);
    }
    for number in 10..100 {
        begin(&store, number, 62, 120);
    }
    assert_eq!(log.lines(), [filling(80), filling(80)]);

    // The clock was a day ahead, and is right again.
    begin(&store, 200, 86_400, 86_500);
    begin(&store, 201, 70, 130);
    begin(&store, 202, 70, 130);
    let lines = log.lines();
    assert_eq!(lines.len(), 2, "what it forgot when it was ahead is not in the future: {lines:?}");
    let far = MemoryStore::new();
    begin(&far, 1, 86_400, 86_460);
    begin(&far, 2, 86_500, 86_560);
    begin(&far, 3, 0, 60);
    begin(&far, 4, 0, 60);
    let expected = "WARN seconds=86460 the clock was set back by more than a delivery is remembered: \
                    copies of what was handled while it was ahead are not known any more";
    assert_eq!(log.lines()[2..], [expected]);
}
