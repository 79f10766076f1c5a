//! Any body: never a panic, and what is accepted survives a queue and a sender.
#![no_main]

use libfuzzer_sys::fuzz_target;
use webhook_core::testing::{Encoder, InterestStyle};
use webhook_core::{CreateEvent, Format, Receiver};

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let format = if choice & 1 == 0 { Format::Form } else { Format::Json };
    let strict = Receiver::unverified();
    let receiver = if choice & 2 == 0 { strict.clone() } else { strict.clone().with_lossy_utf8() };
    let Ok(event) = receiver.decode::<CreateEvent>(format, body) else { return };

    let json = serde_json::to_string(&event).expect("an event is JSON");
    let back: CreateEvent = serde_json::from_str(&json).expect("an event's JSON is an event");
    assert_eq!(serde_json::to_string(&back).expect("still JSON"), json);

    // Names that brackets can't carry come out otherwise, but they come out.
    let body = Encoder::new().interests(InterestStyle::Map).encode(&event).expect("a form");
    let _ = strict.decode::<CreateEvent>(Format::Form, body.as_bytes());
});
