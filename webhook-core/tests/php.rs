//! What PHP's own encoder wrote, decoded: equal to what the generator meant. And what PHP's own
//! parser counts on from.
//!
//! The corpora and how they were made: `tests/php` at the root of the project.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use serde_json::{Map, Value};
use webhook_core::{CreateEvent, Receiver};

const CORPUS: &str = include_str!("../../tests/php/corpus.jsonl");
const COUNTS: &str = include_str!("../../tests/php/counts.jsonl");

#[test]
fn every_body_decodes_to_what_was_meant() {
    let receiver = Receiver::unverified();
    let mut checked = 0;
    for (line, case) in CORPUS.split('\n').enumerate().skip(1).filter(|(_, case)| !case.is_empty())
    {
        let case: Value = serde_json::from_str(case).unwrap();
        let body = case["body"].as_str().unwrap();
        let event: CreateEvent = receiver
            .decode(body.as_bytes())
            .unwrap_or_else(|refused| panic!("line {}: {refused}", line + 1));
        let decoded = as_text(serde_json::to_value(&event).unwrap());
        let meant = without_unset(case["meant"].clone());
        assert_eq!(decoded, meant, "line {} ({})", line + 1, case["style"]);
        checked += 1;
    }
    assert_eq!(checked, 2_400, "the corpus is whole");
}

/// Turns each leaf into text, as the generator writes it; the event's JSON has numbers for ids.
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

/// Dates that are not set and optional numbers that are empty are absent in an event.
fn without_unset(mut meant: Value) -> Value {
    let variables = meant.as_object_mut().unwrap();
    for name in ["created", "modified", "id", "time"] {
        let unset = ["", "0000-00-00", "0000-00-00 00:00:00"];
        if variables.get(name).and_then(Value::as_str).is_some_and(|text| unset.contains(&text)) {
            variables.remove(name);
        }
    }
    meant
}

#[test]
fn an_empty_bracket_counts_on_as_in_php() {
    let receiver = Receiver::unverified();
    let mut checked = 0;
    for (line, case) in COUNTS.lines().enumerate().skip(1) {
        let case: Value = serde_json::from_str(case).unwrap();
        let body = format!(
            "type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23&{}",
            case["body"].as_str().unwrap()
        );
        let event: CreateEvent = receiver
            .decode(body.as_bytes())
            .unwrap_or_else(|refused| panic!("line {}: {refused}", line + 1));
        let decoded = as_object(&serde_json::to_value(&event).unwrap()["x"]);
        assert_eq!(decoded, case["read"], "line {}", line + 1);
        checked += 1;
    }
    assert_eq!(checked, 600, "the corpus is whole");
}

/// Returns a list as PHP has it: a map of positions.
fn as_object(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, item)| (at.to_string(), item.clone())).collect()
        }
        other => other.clone(),
    }
}
