//! Every packed input, through the function of its target.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::panic::catch_unwind;
use webhook_core::testing::fixtures;
use webhook_core_fuzz as targets;

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 10] = [
    ("body", targets::body),
    ("date", targets::date),
    ("digest", targets::digest),
    ("event", targets::event),
    ("key_record", targets::key_record),
    ("raw", targets::raw),
    ("request", targets::request),
    ("shapes", targets::shapes),
    ("signature_header", targets::signature_header),
    ("typed", targets::typed),
];

const PACKAGE: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn every_packed_input_keeps_the_laws() {
    let mut broken = Vec::new();
    for (name, target) in TARGETS {
        let file = format!("corpus/{name}.txt");
        let packed = fs::read_to_string(format!("{PACKAGE}/{file}")).unwrap();
        assert!(!packed.is_empty(), "{file} has no inputs");
        for (line, number) in packed.lines().zip(1..) {
            let input = STANDARD.decode(line).unwrap();
            // The message of the panic stands before: the test goes on to name all of them.
            if catch_unwind(|| target(&input)).is_err() {
                broken.push(format!("{file}:{number}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join(" "));
}

/// They are inputs as they stand: `run` gives them to the fuzzer too.
#[test]
fn every_fixture_keeps_the_laws() {
    for fixture in fixtures::ALL {
        for body in [fixture.form, fixture.json] {
            for choice in 0..4 {
                targets::event(&[&[choice], body.as_bytes()].concat());
                targets::body(&[&[choice], body.as_bytes()].concat());
            }
            for choice in 0..32 {
                targets::raw(&[&[choice], &b"application/json\n"[..], body.as_bytes()].concat());
            }
        }
    }
}

#[test]
fn every_target_and_every_corpus_is_replayed() {
    for (folder, ending) in [("corpus", ".txt"), ("fuzz_targets", ".rs")] {
        let files = fs::read_dir(format!("{PACKAGE}/{folder}")).unwrap();
        let mut files: Vec<_> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        assert_eq!(files, TARGETS.map(|(name, _)| format!("{name}{ending}")), "{folder}");
    }
}
