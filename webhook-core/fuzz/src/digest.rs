//! Any `Digest` header: never a panic, and none that is accepted for two bodies.

use webhook_core::signature::fuzzing;

/// What the seeds are the digests of.
const BODY: &[u8] = br#"{"hello": "world"}"#;

/// Checks a `Digest` header.
pub fn digest(data: &[u8]) {
    let accepted = fuzzing::digest(data, BODY) == Some(true);
    assert!(!(accepted && fuzzing::digest(data, b"") == Some(true)));
    // What is not known changes nothing; what is wrong does.
    let with = |more: &str| fuzzing::digest(&[data, more.as_bytes()].concat(), BODY) == Some(true);
    assert_eq!(with(",md5=x"), accepted);
    assert!(!with(",sha-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="));
}
