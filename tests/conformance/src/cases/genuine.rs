//! Bodies of genuine calls that were refused once: each is an event, whatever else is in it.

use crate::case::{Case, Expect};
use crate::setup::Setup;

/// A body, and the JSON of its event, on each line.
const CASES: &str = include_str!("../../../../webhook-core/tests/cases/genuine.tsv");

/// Returns each body with the JSON of its event, in which the order of names means nothing.
pub fn bodies() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = CASES.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once('\t').unwrap())
}

pub(super) fn cases() -> Vec<Case> {
    let for_all = bodies().zip(1..).flat_map(|((body, json), number)| {
        [Setup::Events, Setup::Any, Setup::Later].map(|setup| {
            let name = format!("genuine {number}, {setup:?}");
            Case::form(&name, body, Expect::Json(json.to_owned())).keyed(KEY).to(setup)
        })
    });
    for_all.collect()
}

/// All of them are about one profile.
const KEY: &str = "create:profile:1:123";
