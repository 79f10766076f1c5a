//! Bodies of genuine calls that were refused once: each reaches a handler, and its JSON is as stated.

use serde_json::Value;
use webhook_core::{CreateEvent, Event, Receiver};

/// A body, and the JSON of its event, on each line.
const CASES: &str = include_str!("cases/genuine.tsv");

#[test]
fn genuine_bodies_are_events_and_survive_a_queue() {
    let cases = CASES.lines().filter(|line| !line.starts_with('#'));
    let mut count = 0;
    for (body, json) in cases.map(|line| line.split_once('\t').unwrap()) {
        let expected: Value = serde_json::from_str(json).unwrap();
        let event: CreateEvent = Receiver::unverified().decode(body.as_bytes()).unwrap();
        let written = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), expected, "{body}");
        let again: CreateEvent = serde_json::from_str(&written).unwrap();
        assert_eq!(again, event, "{body}");
        assert_eq!(serde_json::to_string(&again).unwrap(), written, "{body}");
        let any: Event = Receiver::unverified().decode(body.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&any).unwrap(), written, "{body}");
        count += 1;
    }
    assert_eq!(count, 16);
}
