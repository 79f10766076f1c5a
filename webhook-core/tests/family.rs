//! Every trigger: each documented variable, each contradiction of the sender's pages, and what is refused.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use serde_json::Value;
use webhook_core::testing::{Encoder, InterestStyle, fixtures};
use webhook_core::{Event, Receiver};

/// A body, and the JSON of its event, on each line.
const CASES: &str = include_str!("cases/family.tsv");
/// A body, the code that refuses it, and a part of the detail.
const REFUSED: &str = include_str!("cases/family_refused.tsv");

fn cases(file: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    file.lines().filter(|line| !line.starts_with("# ")).map(|line| line.split('\t').collect())
}

fn decode(body: &[u8]) -> Event {
    Receiver::unverified().decode(body).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn each_documented_variable_is_read_and_survives_a_queue() {
    let mut count = 0;
    for case in cases(CASES) {
        let [body, expected] = case[..] else { panic!("two columns: {case:?}") };
        let event = decode(body.as_bytes());
        let written = serde_json::to_string(&event).unwrap();
        assert_eq!(json(&written), json(expected), "{body}");
        let again: Event = serde_json::from_str(&written).unwrap();
        assert_eq!(again, event, "{body}");
        assert_eq!(serde_json::to_string(&again).unwrap(), written, "{body}");
        count += 1;
    }
    assert!(count > 60, "{count}");
}

#[test]
fn what_names_an_event_is_required_and_nothing_else() {
    for case in cases(REFUSED) {
        let [body, code, detail] = case[..] else { panic!("three columns: {case:?}") };
        let refused = Receiver::unverified().decode::<Event>(body.as_bytes()).unwrap_err();
        assert_eq!(refused.code(), code, "{body}");
        assert!(refused.detail().contains(detail), "{body}: {}", refused.detail());
    }
}

#[test]
fn fixtures_are_the_events_that_stand_next_to_them() {
    for fixture in fixtures::ALL {
        let event = decode(fixture.form.as_bytes());
        let written = serde_json::to_string(&event).unwrap();
        if std::env::var_os("WRITE_FIXTURES").is_some() {
            let path = format!("{}/fixtures/{}.json", env!("CARGO_MANIFEST_DIR"), fixture.kind);
            let pretty = serde_json::to_string_pretty(&event).unwrap();
            std::fs::write(path, pretty + "\n").unwrap();
            continue;
        }
        assert_eq!(json(&written), json(fixture.json), "{}", fixture.kind);
        assert_eq!(serde_json::from_str::<Event>(fixture.json).unwrap(), event, "{}", fixture.kind);
        let body = Encoder::new().interests(InterestStyle::Map).encode(&event).unwrap();
        assert_eq!(decode(body.as_bytes()), event, "{}", fixture.kind);
    }
}
