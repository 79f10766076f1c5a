//! Calls about anything, changed at random: for every handler the same bytes are the same event.

use super::mutation::{apply, mutation};
use super::{
    Four, config, four, is_hidden_from_warp, is_misread_by_actix, is_misread_by_axum, limited,
    seeds, unanimous,
};
use conformance::{Alone, Answer, Case, Setup};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What a handler takes.
struct TestedEvent {
    setup: Setup,
    /// Calls that it takes as they are.
    taken: Vec<Case>,
    refusing: Four,
    ignoring: Four,
}

#[test]
fn every_handler_gets_the_same_event_or_none() {
    let receiver = limited().unverified();
    let ignoring = limited().ignore_unexpected().unverified();
    let [whole, later, raw] =
        [Setup::Any, Setup::Later, Setup::Raw].map(|setup| four(setup, &receiver));
    let alone = Alone::ALL.map(Setup::Alone).into_iter();
    let seeds = seeds();
    let set_up = |setup| {
        let refusing = four(setup, &receiver);
        let taken = seeds.iter().filter(|seed| refusing[0].1.call(seed).status == 200);
        let taken = taken.cloned().collect();
        TestedEvent { setup, taken, refusing, ignoring: four(setup, &ignoring) }
    };
    let alone: Vec<_> =
        alone.chain([Setup::Events, Setup::Profiles, Setup::Subprofiles]).map(set_up).collect();
    // Half of the calls are what is taken, before they are changed.
    let calls = (0..alone.len(), any::<Index>(), any::<bool>(), vec(mutation(), 0..4)).prop_map(
        |(at, seed, is_asked_for, mutations)| {
            let seeds = if is_asked_for { &alone[at].taken } else { &seeds };
            (mutations.iter().fold(seed.get(seeds).clone(), apply), at)
        },
    );
    let seen = RefCell::new(BTreeMap::<String, u32>::new());

    TestRunner::new(config())
        .run(&calls, |(case, at)| {
            prop_assume!(!is_hidden_from_warp(&case) && !is_misread_by_actix(&case));
            prop_assume!(!is_misread_by_axum(&case));
            let event = unanimous(&whole, &case)?;
            prop_assert_eq!(&unanimous(&later, &case)?, &event, "decoded later, it is another");
            // What is refused before it is decoded is refused whatever is taken.
            let raw = unanimous(&raw, &case)?;
            if raw.status != 200 {
                prop_assert_eq!(&raw, &event);
            }

            let tested = &alone[at];
            let one = unanimous(&tested.refusing, &case)?;
            let ignored = unanimous(&tested.ignoring, &case)?;
            let code = one.code();
            if code.as_deref() == Some("unexpected_event") {
                prop_assert!(raw.status == 200 && ignored.status == 204, "{:?}", ignored);
                prop_assert!(ignored.body.is_empty() && ignored.headers.is_empty());
            } else {
                prop_assert_eq!(&one, &ignored, "what is expected is never ignored");
                prop_assert_eq!(&one, &event, "{:?} alone is another", tested.setup);
            }
            let name = if one.status == 200 {
                format!("{:?}", tested.setup)
            } else {
                code.unwrap_or_else(|| one.status.to_string())
            };
            let mut seen = seen.borrow_mut();
            *seen.entry(name).or_default() += 1;
            *seen.entry(format!("any: {}", named(&event))).or_default() += 1;
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));

    // Each of them got what it takes, and each trigger came.
    let seen = seen.into_inner();
    eprintln!("{seen:?}");
    let least = config().cases / 200;
    let setups = alone.iter().map(|tested| format!("{:?}", tested.setup));
    for name in TRIGGERS.map(|trigger| format!("any: {trigger}")).into_iter().chain(setups) {
        assert!(seen.get(&name).is_some_and(|count| *count > least), "{name} is rare: {seen:?}");
    }
}

/// What must come, each of them.
const TRIGGERS: [&str; 10] = [
    "create",
    "update",
    "delete",
    "click",
    "open",
    "delivery",
    "bounce",
    "failure",
    "unsubscribe",
    "abuse",
];

/// Returns the type of an event that must come, the code of a refusal, or the status.
fn named(answer: &Answer) -> String {
    let event = serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap_or_default();
    let is_known = |name: &String| TRIGGERS.contains(&name.as_str());
    let trigger = || Some(event.get("type")?.as_str()?.to_owned()).filter(is_known);
    answer.code().or_else(trigger).unwrap_or_else(|| answer.status.to_string())
}
