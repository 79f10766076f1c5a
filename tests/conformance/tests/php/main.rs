//! Every event of the sender's as PHP's own encoder wrote it, through core and the three adapters:
//! equal to what the generator meant, and the same after a queue.
//!
//! The bodies and how they were made: `tests/php`.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod typed;

use conformance::runner::Kind;
use conformance::{Case, Expect, Setup};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use webhook_core::Event;

const FAMILY: &str = include_str!("../../../php/family.jsonl");

#[test]
fn every_body_is_the_event_that_php_meant_in_all_implementations() {
    let runners = [Setup::Any, Setup::Later]
        .map(|setup| Kind::ALL.map(|kind| (setup, kind, kind.in_process(setup, setup.receiver()))));
    let runners = runners.as_flattened();
    let mut checked = BTreeMap::<String, u32>::new();
    let mut read = 0;
    for (line, number) in FAMILY.lines().zip(1..).skip(1) {
        let case: Value = serde_json::from_str(line).unwrap();
        let [style, body] = ["style", "body"].map(|name| case[name].as_str().unwrap());
        let call = Case::form(style, body, Expect::Event(String::new()));
        for (setup, kind, runner) in runners {
            let answer = runner.call(&call);
            let at = format!("line {number} ({style}), {}, {setup:?}", kind.name());
            assert_eq!(answer.status, 200, "{at}: {answer:?}");
            let event: Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(as_text(event), case["meant"], "{at}");
            if *kind == Kind::Core {
                let event: Event = serde_json::from_slice(&answer.body).unwrap();
                assert_eq!(serde_json::to_vec(&event).unwrap(), answer.body, "{at}, after a queue");
                read += typed::verify(&event, &case["meant"], &at);
            }
        }
        *checked.entry(style.split('/').nth(4).unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(checked.values().sum::<u32>(), 2_000, "the corpus is whole");
    assert!(read > 2_000, "only {read} interests and tags");
    assert_eq!(checked.len(), 14, "each event and others: {checked:?}");
    assert!(checked.values().all(|count| *count > 100), "{checked:?}");
}

/// Turns each leaf into text, as the generator writes it; an event's JSON has numbers for ids.
fn as_text(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Array(items) => Value::Array(items.into_iter().map(as_text).collect()),
        Value::Object(map) => map
            .into_iter()
            .map(|(name, value)| (name, as_text(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}
