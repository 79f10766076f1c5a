//! Calls for a handler of created profiles and subprofiles, changed at random.

use super::mutation::{apply, mutation};
use super::{
    config, four, is_hidden_from_warp, is_misread_by_actix, is_misread_by_axum, limited, seeds,
    unanimous,
};
use conformance::Setup;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use std::cell::RefCell;
use std::collections::BTreeMap;

#[test]
fn whatever_arrives_all_answer_the_same() {
    let runners = four(Setup::Events, &limited().unverified());
    let calls = (select(seeds()), vec(mutation(), 0..4))
        .prop_map(|(case, mutations)| mutations.iter().fold(case, apply));
    let seen = RefCell::new(BTreeMap::<String, u32>::new());

    TestRunner::new(config())
        .run(&calls, |case| {
            prop_assume!(!is_hidden_from_warp(&case) && !is_misread_by_actix(&case));
            prop_assume!(!is_misread_by_axum(&case));
            let answer = unanimous(&runners, &case)?;
            let outcome = answer.code().unwrap_or_else(|| answer.status.to_string());
            *seen.borrow_mut().entry(outcome).or_default() += 1;
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));

    // They agree about something: each answer that can come has come.
    let seen = seen.into_inner();
    eprintln!("{seen:?}");
    for outcome in [
        "200",
        "body_unreadable",
        "method_not_allowed",
        "unsupported_media_type",
        "body_too_large",
        "malformed_body",
        "malformed_request",
        "unexpected_event",
        "invalid_variable",
    ] {
        assert!(seen.get(outcome).is_some_and(|count| *count > 2), "{outcome} is rare: {seen:?}");
    }
    assert!(seen["200"] > seen.values().sum::<u32>() / 10, "few are accepted: {seen:?}");
}
