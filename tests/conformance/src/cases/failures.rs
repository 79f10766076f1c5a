//! Failures on our side and copies of calls; and what is refused before or after the proof.

use super::signature::{call, public};
use super::unproven::UNPROVEN_DETAIL;
use super::{PROFILE, refused};
use crate::case::{Case, Expect};
use crate::setup::Setup;
use crate::sign::{REQUIRED, sha256};
use webhook_core::limits::DEFAULT_BODY_BYTES;
use webhook_core::signature::Check;

type Change = fn(Case) -> Case;

pub(super) fn cases() -> Vec<Case> {
    let answer = |(name, status, code, detail, change): &Row| {
        let mut case = change(call(name));
        case.expect = refused(*status, code, detail);
        case
    };
    let mut cases: Vec<_> = ANSWERS.iter().map(answer).collect();
    let mut repeated = call("a copy of what was handled").to(Setup::Done).signed();
    repeated.expect = Expect::Repeated;
    cases.push(repeated);
    // The answer to a forgery reveals nothing of our failures, nor of what was handled.
    for (about, setup) in [
        ("without keys", Setup::KeysAway),
        ("by a full store", Setup::Full),
        ("without a store", Setup::StoreAway),
        ("of what is being handled", Setup::InFlight),
        ("of what was handled", Setup::Done),
    ] {
        for (name, check, change) in FORGED {
            // Whether it is a forgery, only the key decides, and it is looked up before the body.
            if setup == Setup::KeysAway && matches!(check, Check::Signature | Check::Digest) {
                continue;
            }
            let mut case = change(call(&format!("{name} {about}"))).to(setup).failing(*check);
            case.expect = refused(401, "unauthenticated", UNPROVEN_DETAIL);
            cases.push(case);
        }
    }
    cases
}

const FORGED: &[(&str, Check, Change)] = &[
    ("an unsigned call", Check::SignatureHeader, |case| case),
    ("an attacker's key", Check::KeyId, |case| {
        let template = crate::sign::PLAIN.replace("copernica.com", "example.com");
        case.signed_as(REQUIRED, &template)
    }),
    ("a forged body", Check::Digest, |case| {
        let mut case = case.signed();
        case.body.push(b'&');
        case
    }),
    ("a forged target", Check::Signature, |case| case.signed().target("/x")),
];

/// Name, status, code, detail.
type Row = (&'static str, u16, &'static str, &'static str, Change);

const ANSWERS: &[Row] = &[
    ("keys away", 503, "key_unavailable", "could not be looked up now", |case| {
        case.to(Setup::KeysAway).signed()
    }),
    ("a full store", 503, "replay_unavailable", "can't be written down now", |case| {
        case.to(Setup::Full).signed()
    }),
    (
        "a store that is unreachable",
        503,
        "replay_unavailable",
        "can't be written down now",
        |case| case.to(Setup::StoreAway).signed(),
    ),
    ("a copy of what is being handled", 503, "in_flight", "is being handled", |case| {
        case.to(Setup::InFlight).signed()
    }),
    // Before the proof: what needs none.
    ("an unsigned GET", 405, "method_not_allowed", "POST", |mut case| {
        case.body.clear();
        case.method("GET")
    }),
    ("a signed PUT", 405, "method_not_allowed", "POST", |case| case.method("PUT").signed()),
    ("a text whose label is not signed", 422, "unexpected_event", "no variable", |mut case| {
        case.body = b"hello".to_vec();
        redigested(case).header("Content-Type", "text/plain").signed()
    }),
    ("a signed text", 415, "unsupported_media_type", "Content-Type must be", |case| {
        let case = case.header("Content-Type", "text/plain");
        case.signed_over(&format!("{REQUIRED} content-type"))
    }),
    ("a signed charset", 415, "unsupported_media_type", "the charset latin1 is not", |case| {
        let case = case.header("Content-Type", "application/json;charset=latin1");
        case.signed_over(&format!("{REQUIRED} content-type"))
    }),
    ("a signed gzip", 415, "unsupported_media_type", "content coding", |case| {
        case.header("Content-Encoding", "gzip").signed()
    }),
    ("a signed body that is too large", 413, "body_too_large", "over the limit", |mut case| {
        case.body = super::limit::padded(DEFAULT_BODY_BYTES + 1).into();
        redigested(case).signed()
    }),
    ("two hosts, signed", 400, "malformed_request", "more than one Host", |case| {
        case.signed().and_header("Host", "hooks.example.com").in_process_only()
    }),
    ("two hosts and a public URL", 400, "malformed_request", "more than one Host", |case| {
        public(case).signed().and_header("Host", "hooks.example.com").in_process_only()
    }),
    (
        "a signed absolute target for another host",
        400,
        "malformed_request",
        "authority differ",
        |case| case.target("http://other.example/copernica").signed(),
    ),
    // After it: a call of Copernica's that is no event.
    ("a signed update", 422, "unexpected_event", "`update`", |mut case| {
        case.body = b"type=update&profile=123".to_vec();
        redigested(case).signed()
    }),
    ("a signed event without a profile", 422, "invalid_variable", "profile", |mut case| {
        case.body = PROFILE.replace("&profile=123", "").into();
        redigested(case).signed()
    }),
    ("a signed body that is not UTF-8", 400, "malformed_body", "", |mut case| {
        case.body = [PROFILE.as_bytes(), b"&fields[a]=%E9"].concat();
        redigested(case).signed()
    }),
    // The claim comes first: what can't be decoded is handed over with it.
    ("a signed update to a full store", 503, "replay_unavailable", "written down", |mut case| {
        case.body = b"type=update&profile=123".to_vec();
        redigested(case).to(Setup::Full).signed()
    }),
    ("a copy of a signed update", 503, "in_flight", "is being handled", |mut case| {
        case.body = b"type=update&profile=123".to_vec();
        redigested(case).to(Setup::InFlight).signed()
    }),
];

fn redigested(case: Case) -> Case {
    let digest = sha256(&case.body);
    case.header("Digest", digest)
}
