//! What a receiver is not built from: a setting that is missing or wrong is said at the start.

use super::support::*;
use std::error::Error;
use webhook_core::limits::MAX_KEY_BITS;
use webhook_core::{BuildError, Receiver, ReceiverBuilder};

type Is = fn(&BuildError) -> bool;

#[test]
fn what_is_missing_or_contradicts_itself_builds_nothing() {
    let nobody = || Receiver::builder().keys(signer().keys());
    let public = |url| builder().public_url(url);
    let cases: [(&str, ReceiverBuilder, Is); 5] = [
        ("nobody's calls", nobody(), |error| matches!(error, BuildError::NoAccount)),
        ("no URL", public("hooks.example.com"), |error| {
            matches!(error, BuildError::PublicUrl(_)) && error.source().is_some()
        }),
        ("no URL of HTTP", public("ftp://hooks.example.com/"), |error| {
            matches!(error, BuildError::PublicUrl(_))
        }),
        ("a URL of another host", public("https://other.example/"), |error| {
            matches!(error, BuildError::HostOfPublicUrl)
        }),
        ("no key is so long", builder().min_key_bits(MAX_KEY_BITS + 1), |error| {
            matches!(error, BuildError::KeyBits)
        }),
    ];
    for (what, builder, is) in cases {
        let error = builder.build().expect_err(what);
        assert!(is(&error), "{what}: {error}");
        assert!(!error.to_string().is_empty());
    }
    for builds in [
        nobody().account(1234),
        public("https://hooks.example.com/x"),
        public("https://other.example/").host("other.example"),
        nobody().account(1234).public_url("https://other.example/"),
        builder().min_key_bits(MAX_KEY_BITS),
    ] {
        drop(builds.build().unwrap());
    }
}
