//! Every trigger, decoded from its fixture.
#![allow(missing_docs)]

use serde_json::Value;
use webhook_core::testing::{Encoder, InterestStyle, fixtures};
use webhook_core::{Event, Receiver};

#[test]
fn fixtures_are_the_events_that_stand_beside_them() {
    for fixture in fixtures::ALL {
        let event: Event = Receiver::unverified().decode(fixture.form.as_bytes()).unwrap();
        let written = serde_json::to_string(&event).unwrap();
        if std::env::var_os("WRITE_FIXTURES").is_some() {
            let path = format!("{}/fixtures/{}.json", env!("CARGO_MANIFEST_DIR"), fixture.kind);
            let pretty = serde_json::to_string_pretty(&event).unwrap();
            std::fs::write(path, pretty + "\n").unwrap();
            continue;
        }
        let expected: Value = serde_json::from_str(fixture.json).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), expected, "{}", fixture.kind);
        assert_eq!(serde_json::from_str::<Event>(fixture.json).unwrap(), event, "{}", fixture.kind);
        let body = Encoder::new().interests(InterestStyle::Map).encode(&event).unwrap();
        let again: Event = Receiver::unverified().decode(body.as_bytes()).unwrap();
        assert_eq!(again, event, "{}", fixture.kind);
    }
}
