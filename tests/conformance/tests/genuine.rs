//! Genuine calls that were refused once, at the example programs as they are built: signed, over a
//! socket, each is a 2xx and one line of JSON.
//!
//! A program that is missing is skipped, and says so.

#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used)]

mod support;

use conformance::cases::genuine;
use serde_json::Value;
use support::Program;

#[test]
fn every_example_takes_genuine_calls_and_writes_their_events() {
    for name in ["example-axum", "example-actix", "example-warp"] {
        let Some(program) = Program::start(name, None) else { continue };
        let mut count = 0;
        for (body, json) in genuine::bodies() {
            program.call(body);
            count += 1;
            let output = program.output();
            let lines: Vec<_> = output.lines().collect();
            assert_eq!(lines.len(), count, "{name}, {body}");
            let [written, expected] =
                [lines.last().unwrap(), json].map(serde_json::from_str::<Value>);
            assert_eq!(written.unwrap(), expected.unwrap(), "{name}, {body}");
        }
        assert_eq!(count, 16);
    }
}
