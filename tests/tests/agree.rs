//! Whatever arrives, core and the three adapters say the same about it: calls that were valid,
//! mutated at random, in process.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

use conformance::cases;
use conformance::runner::Kind;
use conformance::{Case, Expect, FORM, JSON, Setup};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeMap;
use webhook_core::{Limits, Receiver};

/// Unless `PROPTEST_CASES` says.
const CASES: u32 = 2_000;

/// Pieces that mean something to the decoder.
const TOKENS: &[&str] = &[
    "%",
    "%E9",
    "%5B",
    "%5d",
    "%00",
    "%C3%A9",
    "é",
    "[",
    "]",
    "][",
    "[]",
    "&",
    "=",
    "+",
    ";",
    "\"",
    "{",
    "}",
    ",",
    ":",
    "\\",
    "&type=update",
    "&subprofile=7",
    "&collection=x",
    "&fields=x",
    "&fields[a][b]=1",
    "&fields[a]=2",
    "&interests[x]=2",
    "&time=-9999999999999999999",
    "&created=",
    "&parameters[][][][][][][][][][][][][][][][][]=deep",
];

const HEADERS: &[(&str, &[u8])] = &[
    ("Content-Type", FORM.as_bytes()),
    ("Content-Type", JSON.as_bytes()),
    ("Content-Type", b"text/plain"),
    ("Content-Type", b"application/json; charset=\xff"),
    ("Content-Type", b""),
    ("Content-Encoding", b"gzip"),
    ("Content-Encoding", b"identity"),
    ("Content-Encoding", b"\xff"),
    ("Host", b"other.example"),
    ("Host", b"EXAMPLE.com"),
    ("Host", b"\xff"),
    ("Host", b""),
    ("Host", b"a b"),
    ("Transfer-Encoding", b"identity"),
    ("Content-Length", b"0"),
    ("Content-Length", b"x"),
    ("Content-Length", b"99999999999"),
    ("Expect", b"100-continue"),
    ("Upgrade", b"websocket"),
    ("X-Forwarded-Host", b"evil.example"),
];

#[derive(Debug, Clone)]
enum Mutation {
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Token(Index, &'static str),
    Delete(Index, usize),
    Cut(Index),
    Repeat(Index, usize),
    Method(&'static str),
    Target(&'static str),
    Add((&'static str, &'static [u8])),
    Replace((&'static str, &'static [u8])),
    Drop(Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<Index>;
    prop_oneof![
        4 => (at(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        3 => (at(), vec(any::<u8>(), 1..5)).prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        8 => (at(), select(TOKENS)).prop_map(|(at, token)| Mutation::Token(at, token)),
        3 => (at(), 1..6_usize).prop_map(|(at, count)| Mutation::Delete(at, count)),
        1 => at().prop_map(Mutation::Cut),
        1 => (at(), 2..40_usize).prop_map(|(at, times)| Mutation::Repeat(at, times)),
        1 => select(&["GET", "PUT", "HEAD", "OPTIONS", "BREW"][..]).prop_map(Mutation::Method),
        2 => select(&["/", "/a/b?c", "//x", "/copernica?%", "http://example.com/copernica",
            "http://other.example:8080/?x", "*"][..]).prop_map(Mutation::Target),
        2 => select(HEADERS).prop_map(Mutation::Add),
        2 => select(HEADERS).prop_map(Mutation::Replace),
        1 => at().prop_map(Mutation::Drop),
    ]
}

fn apply(mut case: Case, mutation: &Mutation) -> Case {
    let body = &mut case.body;
    let place = |at: &Index, len: usize| at.index(len + 1);
    match mutation {
        Mutation::Flip(at, bit) if !body.is_empty() => {
            let at = at.index(body.len());
            body[at] ^= 1 << bit;
        }
        Mutation::Insert(at, bytes) => {
            let at = place(at, body.len());
            body.splice(at..at, bytes.iter().copied());
        }
        Mutation::Token(at, token) => {
            let at = place(at, body.len());
            body.splice(at..at, token.bytes());
        }
        Mutation::Delete(at, count) => {
            let at = place(at, body.len());
            body.drain(at..(at + count).min(body.len()));
        }
        Mutation::Cut(at) => body.truncate(place(at, body.len())),
        Mutation::Repeat(at, times) => {
            let at = place(at, body.len());
            let tail = body[at..].repeat(*times);
            body.extend_from_slice(&tail);
        }
        Mutation::Method(method) => return case.method(method),
        Mutation::Target(target) => return case.target(target),
        Mutation::Add((name, value)) => return case.and_header(name, *value),
        Mutation::Replace((name, value)) => return case.header(name, *value),
        Mutation::Drop(at) if !case.headers.is_empty() => {
            case.headers.remove(at.index(case.headers.len()));
        }
        Mutation::Flip(..) | Mutation::Drop(_) => {}
    }
    case
}

/// Valid calls to begin with: the cases' own and some of what PHP wrote.
fn seeds() -> Vec<Case> {
    let corpus = include_str!("../php/corpus.jsonl").lines().skip(1).step_by(20).map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        Case::form("of PHP", line["body"].as_str().unwrap(), Expect::Event(String::new()))
    });
    let cases = cases::of(Setup::Events)
        .into_iter()
        .filter(|case| matches!(case.expect, Expect::Event(_)) && case.body.len() < 5000);
    cases.chain(corpus).collect()
}

/// What an adapter can't see: beside a Host that is no host, warp hides the authority.
fn is_hidden_from_warp(case: &Case) -> bool {
    let absolute = case.target.starts_with("http:");
    let hosts = || case.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("host"));
    absolute && hosts().any(|(_, value)| matches!(value.as_slice(), b"\xff" | b"" | b"a b"))
}

#[test]
fn whatever_arrives() {
    // Small limits are met by small mutations.
    let limits = Limits::default().body(8000).pairs(60);
    let runners = Kind::ALL.map(|kind| {
        (kind, kind.in_process(Setup::Events, Receiver::unverified().with_limits(limits)))
    });
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let config =
        Config { cases: cases.unwrap_or(CASES), failure_persistence: None, ..Config::default() };
    let calls = (select(seeds()), vec(mutation(), 0..4))
        .prop_map(|(case, mutations)| mutations.iter().fold(case, apply));
    let seen = RefCell::new(BTreeMap::<String, u32>::new());

    TestRunner::new(config)
        .run(&calls, |case| {
            prop_assume!(!is_hidden_from_warp(&case));
            let answers = runners.each_ref().map(|(_, runner)| runner.call(&case));
            for ((kind, _), answer) in runners.iter().zip(&answers) {
                if *answer != answers[0] {
                    return Err(TestCaseError::fail(format!(
                        "core answers {:?} and {} {answer:?}",
                        answers[0],
                        kind.name()
                    )));
                }
            }
            let said = answers[0].code().unwrap_or_else(|| answers[0].status.to_string());
            *seen.borrow_mut().entry(said).or_default() += 1;
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));

    // They agree about something: each answer that can come has come.
    let seen = seen.into_inner();
    eprintln!("{seen:?}");
    for said in [
        "200",
        "body_unreadable",
        "method_not_allowed",
        "unsupported_media_type",
        "body_too_large",
        "malformed_body",
        "malformed_request",
        "not_a_create_event",
        "invalid_variable",
    ] {
        assert!(seen.get(said).is_some_and(|count| *count > 2), "{said} is rare: {seen:?}");
    }
    assert!(seen["200"] > seen.values().sum::<u32>() / 10, "few are accepted: {seen:?}");
}
