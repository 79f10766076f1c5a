//! Whatever arrives, core and the three adapters say the same about it: calls that were valid,
//! mutated at random, in process; signed ones too, of which every byte may be changed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

mod created;
mod family;
mod mutation;
mod signed;

use conformance::runner::{Kind, Polled};
use conformance::{Answer, Case, Expect, Setup, cases};
use http::uri::Authority;
use proptest::test_runner::{Config, TestCaseError};
use webhook_core::{Limits, Receiver, ReceiverBuilder};

/// Unless `PROPTEST_CASES` says.
const CASES: u32 = 2_000;

/// Returns the builder of a receiver with small limits, which small mutations meet.
fn limited() -> ReceiverBuilder {
    Receiver::builder().limits(Limits::default().body(8000).pairs(60))
}

/// One receiver in all four.
type Four = [(Kind, Box<dyn Polled>); 4];

fn four(setup: Setup, receiver: &Receiver) -> Four {
    Kind::ALL.map(|kind| (kind, kind.in_process(setup, receiver.clone())))
}

/// Returns valid calls to begin with: the cases' own and some of what PHP wrote.
fn seeds() -> Vec<Case> {
    let corpus =
        include_str!("../../../php/corpus.jsonl").lines().skip(1).step_by(20).map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            Case::form("of PHP", line["body"].as_str().unwrap(), Expect::Event(String::new()))
        });
    let cases = [Setup::Events, Setup::Any, Setup::Raw].map(cases::of).concat();
    let cases = cases
        .into_iter()
        .filter(|case| matches!(case.expect, Expect::Event(_)) && case.body.len() < 5000);
    cases.chain(corpus).collect()
}

/// Returns whether warp hides what is wrong: next to a Host that is not a host it hides the authority.
fn is_hidden_from_warp(case: &Case) -> bool {
    let absolute = case.target.starts_with("http:");
    let hosts = || case.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("host"));
    absolute && hosts().any(|(_, value)| Authority::try_from(value.as_slice()).is_err())
}

/// Returns whether no server delivers the case: its claimed length is not the body's. With
/// `Upgrade` in the head actix-http hands on all that follows, so its adapter goes by the claim
/// (`sockets.rs` has real ones).
fn is_misread_by_actix(case: &Case) -> bool {
    let named = |wanted: &'static str| {
        case.headers.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(wanted))
    };
    let length = case.body.len().to_string();
    named("upgrade").next().is_some()
        && named("content-length").any(|(_, value)| value.trim_ascii() != length.as_bytes())
}

/// Returns whether no server delivers the case: a transfer coding over a body that is empty from
/// the start. In process axum's adapter takes that for a body that was consumed (`sockets.rs` has real
/// ones).
fn is_misread_by_axum(case: &Case) -> bool {
    let mut names = case.headers.iter().map(|(name, _)| name);
    case.body.is_empty() && names.any(|name| name.eq_ignore_ascii_case("transfer-encoding"))
}

fn config() -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    Config { cases: cases.unwrap_or(CASES), failure_persistence: None, ..Config::default() }
}

/// Returns what all of them answer, or which one does not.
fn unanimous(runners: &Four, case: &Case) -> Result<Answer, TestCaseError> {
    let [core, others @ ..] = runners.each_ref().map(|(kind, runner)| (kind, runner.call(case)));
    for (kind, answer) in others {
        if answer != core.1 {
            let (core, name) = (core.1, kind.name());
            let differ = format!("core answers {core:?} and {name} {answer:?}");
            return Err(TestCaseError::fail(differ));
        }
    }
    Ok(core.1)
}
