//! Whatever arrives, core and the three adapters say the same about it: calls that were valid,
//! mutated at random, in process; signed ones too, whose every byte is somebody's business.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stderr)]

use conformance::cases;
use conformance::runner::{Kind, Polled};
use conformance::{Answer, Case, Expect, FORM, JSON, Setup};
use http::uri::Authority;
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
    let corpus = include_str!("../../php/corpus.jsonl").lines().skip(1).step_by(20).map(|line| {
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
    absolute && hosts().any(|(_, value)| Authority::try_from(value.as_slice()).is_err())
}

/// What no server delivers: a length that is claimed and is not the body's. With `Upgrade` in the head
/// actix-http hands on all that follows, so its adapter goes by the claim (`sockets.rs` has real ones).
fn is_misread_by_actix(case: &Case) -> bool {
    let named = |wanted: &'static str| {
        case.headers.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(wanted))
    };
    let length = case.body.len().to_string();
    named("upgrade").next().is_some()
        && named("content-length").any(|(_, value)| value.trim_ascii() != length.as_bytes())
}

/// What no server delivers: a transfer coding over a body that is empty from the start. In process axum's
/// adapter takes that for a body that was consumed (`sockets.rs` has real ones).
fn is_misread_by_axum(case: &Case) -> bool {
    let mut names = case.headers.iter().map(|(name, _)| name);
    case.body.is_empty() && names.any(|name| name.eq_ignore_ascii_case("transfer-encoding"))
}

fn config() -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    Config { cases: cases.unwrap_or(CASES), failure_persistence: None, ..Config::default() }
}

/// What all of them answer, or who does not.
fn unanimous(runners: &[(Kind, Box<dyn Polled>); 4], case: &Case) -> Result<Answer, TestCaseError> {
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

#[test]
fn whatever_arrives() {
    // Small limits are met by small mutations.
    let limits = Limits::default().body(8000).pairs(60);
    let runners = Kind::ALL.map(|kind| {
        (kind, kind.in_process(Setup::Events, Receiver::builder().limits(limits).unverified()))
    });
    let calls = (select(seeds()), vec(mutation(), 0..4))
        .prop_map(|(case, mutations)| mutations.iter().fold(case, apply));
    let seen = RefCell::new(BTreeMap::<String, u32>::new());

    TestRunner::new(config())
        .run(&calls, |case| {
            prop_assume!(!is_hidden_from_warp(&case) && !is_misread_by_actix(&case));
            prop_assume!(!is_misread_by_axum(&case));
            let answer = unanimous(&runners, &case)?;
            let said = answer.code().unwrap_or_else(|| answer.status.to_string());
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
        "unexpected_event",
        "invalid_variable",
    ] {
        assert!(seen.get(said).is_some_and(|count| *count > 2), "{said} is rare: {seen:?}");
    }
    assert!(seen["200"] > seen.values().sum::<u32>() / 10, "few are accepted: {seen:?}");
}

/// What happens to a signed call on its way, or is tried with it.
#[derive(Debug, Clone)]
enum Forgery {
    FlipHeader(Index, Index, u8),
    FlipTarget(Index, u8),
    FlipBody(Index, u8),
    Drop(Index),
    Twice(Index, Index),
    Swap(Index, Index),
    /// The value of one header as that of another.
    Transplant(Index, Index),
    Cut(Index, Index),
    Capitals(Index),
    Query,
}

fn forgery() -> impl Strategy<Value = Forgery> {
    let at = any::<Index>;
    prop_oneof![
        6 => (at(), at(), 0..8_u8).prop_map(|(which, at, bit)| Forgery::FlipHeader(which, at, bit)),
        1 => (at(), 0..8_u8).prop_map(|(at, bit)| Forgery::FlipTarget(at, bit)),
        1 => (at(), 0..8_u8).prop_map(|(at, bit)| Forgery::FlipBody(at, bit)),
        2 => at().prop_map(Forgery::Drop),
        2 => (at(), at()).prop_map(|(which, to)| Forgery::Twice(which, to)),
        4 => (at(), at()).prop_map(|(this, that)| Forgery::Swap(this, that)),
        1 => (at(), at()).prop_map(|(from, to)| Forgery::Transplant(from, to)),
        2 => (at(), at()).prop_map(|(which, at)| Forgery::Cut(which, at)),
        2 => at().prop_map(Forgery::Capitals),
        1 => Just(Forgery::Query),
    ]
}

fn forge(mut case: Case, forgery: &Forgery) -> Case {
    let headers = &mut case.headers;
    let count = headers.len();
    match forgery {
        Forgery::FlipHeader(which, at, bit) if count > 0 => {
            let value = &mut headers[which.index(count)].1;
            if !value.is_empty() {
                let at = at.index(value.len());
                value[at] ^= 1 << bit;
            }
        }
        Forgery::FlipTarget(at, bit) => {
            let mut target = std::mem::take(&mut case.target).into_bytes();
            let at = at.index(target.len());
            target[at] ^= 1 << bit;
            case.target = String::from_utf8_lossy(&target).into_owned();
        }
        Forgery::FlipBody(at, bit) if !case.body.is_empty() => {
            let at = at.index(case.body.len());
            case.body[at] ^= 1 << bit;
        }
        Forgery::Drop(which) if count > 0 => drop(headers.remove(which.index(count))),
        Forgery::Twice(which, to) if count > 0 => {
            let header = headers[which.index(count)].clone();
            headers.insert(to.index(count + 1), header);
        }
        Forgery::Swap(this, that) if count > 0 => {
            headers.swap(this.index(count), that.index(count));
        }
        Forgery::Transplant(from, to) if count > 0 => {
            let value = headers[from.index(count)].1.clone();
            headers[to.index(count)].1 = value;
        }
        Forgery::Cut(which, at) if count > 0 => {
            let value = &mut headers[which.index(count)].1;
            value.truncate(at.index(value.len() + 1));
        }
        Forgery::Capitals(which) if count > 0 => {
            headers[which.index(count)].1.make_ascii_uppercase();
        }
        Forgery::Query => case.target.push('?'),
        _ => {}
    }
    case
}

/// Whether the libraries for HTTP let it through, in which requests are made here: that of
/// actix-web is an older one.
fn is_http(case: &Case) -> bool {
    let value = |value: &[u8]| {
        http::HeaderValue::from_bytes(value).is_ok()
            && actix_web::http::header::HeaderValue::from_bytes(value).is_ok()
    };
    // Another scheme or none at all is not what a server is called by.
    let origin = case.target.starts_with('/') || case.target.starts_with("http://");
    origin
        && case.target.parse::<http::Uri>().is_ok()
        && case.target.parse::<actix_web::http::Uri>().is_ok()
        && case.headers.iter().all(|(_, bytes)| value(bytes))
}

#[test]
fn whatever_is_signed() {
    // A store that remembers nothing: copies are the business of replay.rs.
    let setup = Setup::Forgetful;
    let runners = Kind::ALL.map(|kind| (kind, kind.in_process(setup, setup.receiver())));
    let seeds = [Setup::Signed, Setup::Forgetful].map(cases::of).concat();
    let seeds: Vec<_> = seeds
        .into_iter()
        .filter(|case| matches!(case.expect, Expect::Event(_)) || case.fails.is_some())
        .collect();
    assert!(seeds.len() > 200);
    let calls = (select(seeds), vec(forgery(), 0..3)).prop_map(|(seed, forgeries)| {
        let forged = forgeries.iter().fold(seed.clone(), forge);
        (seed, forged)
    });
    let seen = RefCell::new(BTreeMap::<String, u32>::new());
    TestRunner::new(config())
        .run(&calls, |(seed, case)| {
            prop_assume!(is_http(&case) && !is_hidden_from_warp(&case));
            prop_assume!(!is_misread_by_actix(&case) && !is_misread_by_axum(&case));
            let answer = unanimous(&runners, &case)?;
            // Nobody got anything through that was not signed. (A call that was wrong to begin
            // with may have been mended.)
            if answer.status == 200 && matches!(seed.expect, Expect::Event(_)) {
                prop_assert_eq!(&case.body, &seed.body);
                let path = |case: &Case| case.target.replacen("http://hooks.example.com", "", 1);
                prop_assert_eq!(path(&case), path(&seed));
            }
            let said = answer.code().unwrap_or_else(|| answer.status.to_string());
            *seen.borrow_mut().entry(said).or_default() += 1;
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));

    let seen = seen.into_inner();
    eprintln!("{seen:?}");
    // No 415: a Content-Type that is not signed refuses nothing.
    for said in ["200", "unauthenticated", "malformed_request"] {
        assert!(seen.get(said).is_some_and(|count| *count > 20), "{said} is rare: {seen:?}");
    }
}
