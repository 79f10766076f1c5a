//! What the examples have in common.

#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::path::Path;

#[test]
fn serve_is_the_same_file_in_every_example() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let file = |example: &str| fs::read_to_string(examples.join(example).join("src/serve.rs"));
    let first = file("axum").unwrap();
    for other in ["warp", "events", "inspect", "inbox-sqlite", "inbox-postgres"] {
        assert_eq!(file(other).unwrap(), first, "{other}");
    }
}

/// Each is copied with its tests, so each has a copy of its own.
#[test]
fn what_starts_the_program_is_the_same_file_in_the_three_examples() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let file = |example: &str| {
        fs::read_to_string(examples.join(example).join("tests/support/mod.rs")).unwrap()
    };
    for other in ["actix", "warp"] {
        assert_eq!(file(other), file("axum"), "{other}");
    }
}
