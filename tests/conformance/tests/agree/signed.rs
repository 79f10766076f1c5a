//! Signed calls, changed at random: nothing is accepted but what was signed.

use super::{
    config, four, is_hidden_from_warp, is_misread_by_actix, is_misread_by_axum, unanimous,
};
use conformance::{Case, Expect, Setup, cases};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;
use std::cell::RefCell;
use std::collections::BTreeMap;

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

/// Returns whether the libraries for HTTP let it through, in which requests are made here: that of
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
fn whatever_is_signed_all_answer_the_same() {
    // A store that remembers nothing: copies are the business of replay.rs.
    let setup = Setup::Forgetful;
    let runners = four(setup, &setup.receiver());
    let seeds = [Setup::Signed, Setup::SignedAny, Setup::Forgetful].map(cases::of).concat();
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
            // Nothing got through that was not signed. (A call that was wrong to begin
            // with may have been mended.)
            if answer.status == 200 && matches!(seed.expect, Expect::Event(_)) {
                prop_assert_eq!(&case.body, &seed.body);
                let path = |case: &Case| case.target.replacen("http://hooks.example.com", "", 1);
                prop_assert_eq!(path(&case), path(&seed));
            }
            let outcome = answer.code().unwrap_or_else(|| answer.status.to_string());
            *seen.borrow_mut().entry(outcome).or_default() += 1;
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));

    let seen = seen.into_inner();
    eprintln!("{seen:?}");
    // No 415: a Content-Type that is not signed refuses nothing.
    for outcome in ["200", "unauthenticated", "malformed_request"] {
        assert!(seen.get(outcome).is_some_and(|count| *count > 20), "{outcome} is rare: {seen:?}");
    }
}
