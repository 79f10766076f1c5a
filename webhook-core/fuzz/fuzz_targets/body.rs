//! Any body: never a panic, what is accepted survives a queue and a sender, and a byte order mark
//! before it changes nothing but offsets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use webhook_core::testing::{Brackets, Encoder, InterestStyle};
use webhook_core::decode::Format;
use webhook_core::{CreateEvent, Receiver};

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let format = if choice & 1 == 0 { Format::Form } else { Format::Json };
    let strict = Receiver::unverified();
    let receiver = if choice & 2 == 0 { strict.clone() } else { strict.clone().with_lossy_utf8() };
    let decoded = receiver.decode::<CreateEvent>(format, body);
    let mark = b"\xef\xbb\xbf";
    if !body.starts_with(mark)
        && !(format == Format::Json && body.trim_ascii_start().starts_with(mark))
    {
        let marked = receiver.decode::<CreateEvent>(format, &[&mark[..], body].concat());
        match (&decoded, marked) {
            (Ok(event), Ok(marked)) => assert_eq!(*event, marked),
            (Err(refused), Err(marked)) => {
                assert_eq!(refused.offset().map(|offset| offset + mark.len()), marked.offset());
                assert_eq!(refused.variable(), marked.variable());
            }
            _ => panic!("a byte order mark changed what a body is"),
        }
    }
    let Ok(event) = decoded else { return };

    let json = serde_json::to_string(&event).expect("an event is JSON");
    let back: CreateEvent = serde_json::from_str(&json).expect("an event's JSON is an event");
    assert_eq!(serde_json::to_string(&back).expect("still JSON"), json);

    // What brackets can carry comes back; other names come out otherwise, but they come out.
    let encoder = Encoder::new().interests(InterestStyle::Map);
    let encoder = if choice & 4 == 0 { encoder } else { encoder.brackets(Brackets::Raw) };
    let body = encoder.encode(&event).expect("a form");
    let decoded = strict.decode::<CreateEvent>(body.as_bytes());
    if carried(&serde_json::to_value(&event).expect("still JSON")) {
        assert_eq!(decoded.expect("a body of ours is accepted"), event);
    }
});

/// Whether a form can say it all: no names with a second reading, no empty lists or maps.
fn carried(event: &Value) -> bool {
    let Value::Object(variables) = event else { return false };
    variables.iter().all(|(name, value)| match (name.as_str(), value) {
        // Empty ones are not sent, and come back empty.
        ("parameters" | "fields" | "interests", Value::Object(map)) if map.is_empty() => true,
        ("interests", Value::Object(map)) => {
            // Called exactly 0…n-1, a form can't tell them from a list.
            let listed = |name: &String| name.parse().is_ok_and(|at: usize| at < map.len());
            map.keys().all(|name| segment(name)) && !map.keys().all(listed)
        }
        _ => !name.contains('[') && !name.is_empty() && nested(value),
    })
}

fn nested(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty() && items.iter().all(nested),
        Value::Object(map) => {
            !map.is_empty() && map.iter().all(|(name, value)| segment(name) && nested(value))
        }
        _ => true,
    }
}

fn segment(name: &str) -> bool {
    !name.is_empty() && !name.contains("][")
}
