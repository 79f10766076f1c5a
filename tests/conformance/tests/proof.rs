//! Signed calls over real connections: chunks, HTTP/2, a proxy that rewrites them; and the test
//! kit's signer against all four.

#![allow(clippy::unwrap_used, clippy::panic)]

use bytes::Bytes;
use conformance::runner::{Kind, Runner, Server};
use conformance::sign::{self, PLAIN, REQUIRED};
use conformance::wire::{self, Connection};
use conformance::{Answer, Case, Expect, PUBLIC_URL, Setup, cases, h2, proxy};
use http::Request;
use webhook_core::RejectionKind;
use webhook_core::testing::Signer;

const LENGTH_COVERED: &str = "(request-target) host date digest x-copernica-id content-length";
const TARGET_ANSWER: &str = "/copernica?a=b";

fn servers(setup: Setup) -> [Server; 4] {
    Kind::ALL.map(|kind| Server::start(kind, setup, setup.receiver()))
}

/// Asserts that all servers answer each case as expected, and the same.
fn agree(setup: Setup, cases: &[Case], exchange: impl Fn(&Server, &Case) -> Answer) {
    let servers = servers(setup);
    for case in cases {
        let mut first = None;
        for server in &servers {
            let (name, answer) = (server.kind().name(), exchange(server, case));
            case.check(&answer).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
            let first = first.get_or_insert_with(|| answer.clone());
            assert_eq!(answer, *first, "{name}: {}", case.name);
        }
    }
}

/// Returns what servers take over any framing.
fn posts(setup: Setup) -> Vec<Case> {
    let posts = cases::of(setup).into_iter().filter(|case| case.on_sockets);
    posts.filter(|case| case.method == "POST").collect()
}

const PROVING: [Setup; 12] = [
    Setup::Signed,
    Setup::Nested,
    Setup::Hosts,
    Setup::LongKeys,
    Setup::Public,
    Setup::Patient,
    Setup::Forgetful,
    Setup::KeysAway,
    Setup::Full,
    Setup::StoreAway,
    Setup::InFlight,
    Setup::Done,
];

/// No length is announced: where it is covered, it is that of the body that was read.
#[test]
fn every_signed_post_in_chunks() {
    for setup in PROVING {
        let posts = posts(setup);
        if setup == Setup::Signed {
            assert!(posts.iter().any(covers_length));
        }
        agree(setup, &posts, |server, case| {
            let request = wire::chunked(case, 1 + case.body.len() / 5);
            wire::exchange(server.address(), &request, false).unwrap()
        });
    }
}

fn covers_length(case: &Case) -> bool {
    let signature = case.headers.iter().find(|(name, _)| name == "Signature");
    signature.is_some_and(|(_, value)| {
        let value = String::from_utf8_lossy(value).to_ascii_lowercase();
        matches!(case.expect, Expect::Event(_)) && value.contains("content-length")
    })
}

/// HTTP/2 has no Host: where it is covered, the authority was signed.
#[test]
fn every_signed_post_by_http2() {
    for setup in PROVING {
        let posts: Vec<_> =
            posts(setup).into_iter().filter(|case| case.target.starts_with('/')).collect();
        agree(setup, &posts, |server, case| by_http2(server, case, &[]));
    }
}

#[test]
fn http2_with_a_host_next_to_the_authority() {
    let same = cases::call("the same host and authority").signed();
    agree(Setup::Signed, &[same], |server, case| {
        by_http2(server, case, &[("host", "hooks.example.com")])
    });
    let mut other = cases::call("another host than the authority").signed();
    other.expect = Expect::Refused(400, "malformed_request", "authority differ".to_owned());
    agree(Setup::Signed, &[other], |server, case| {
        by_http2(server, case, &[("host", "other.example")])
    });
}

/// Neither a Host nor a length: both are covered all the same.
#[test]
fn http2_without_a_length() {
    let case = cases::call("HTTP/2 without a length").signed_over(LENGTH_COVERED);
    let case = case.delivered("/copernica", "hooks.example.com");
    let mut wrong = cases::call("HTTP/2 with another length than was signed")
        .header("Content-Length", "1000")
        .signed_over(LENGTH_COVERED)
        .without("Content-Length");
    wrong.expect = unproven();
    agree(Setup::Signed, &[case, wrong], |server, case| {
        h2::exchange_streamed(server.address(), case)
            .unwrap_or_else(|error| panic!("{}, {}: {error}", server.kind().name(), case.name))
    });
}

fn by_http2(server: &Server, case: &Case, extra: &[(&str, &str)]) -> Answer {
    h2::exchange(server.address(), case, extra)
        .unwrap_or_else(|error| panic!("{}, {}: {error}", server.kind().name(), case.name))
}

fn unproven() -> Expect {
    Expect::Refused(401, "unauthenticated", "does not prove".to_owned())
}

/// The status is 400 everywhere, whichever of the two was signed. actix-http refuses by itself,
/// with an empty body.
#[test]
fn two_signed_hosts_are_refused() {
    let first = cases::call("the first of two hosts").signed();
    let first = first.and_header("Host", "other.example");
    let second = cases::call("the second of two hosts").signed().without("Host");
    let second = second.and_header("Host", "other.example").and_header("Host", "hooks.example.com");
    let joined = cases::call("two hosts, joined as headers are");
    let joined = joined.and_header("Host", "other.example").signed();
    for server in servers(Setup::Signed) {
        for case in [&first, &second, &joined] {
            let answer = server.call(case);
            let code = (server.kind() != Kind::Actix).then_some("malformed_request");
            assert_eq!((answer.status, answer.code().as_deref()), (400, code), "{}", case.name);
        }
    }
}

/// A real proxy, which rewrites path and host: with the public URL the call is proven, without it
/// the signature is not what this machine sees.
#[test]
fn behind_a_proxy_the_public_url_proves_a_call() {
    let (host, path) = PUBLIC_URL["https://".len()..].split_once('/').unwrap();
    let case = |name: &str, query: &str| {
        let case = cases::call(name).header("Host", host);
        case.target(&format!("/{path}{query}")).signed()
    };
    for (setup, accepted) in [(Setup::Public, true), (Setup::Signed, false)] {
        for server in servers(setup) {
            let proxy = proxy::start(server.address(), "/public/", "/inner/");
            for (name, query) in
                [("a proxy", ""), ("a proxy and a query", "?a=b&c"), ("a proxy, no query", "?")]
            {
                let mut case = case(name, query);
                if accepted {
                    let target = format!("/inner/copernica{query}");
                    case = case.delivered(&target, &server.address().to_string());
                } else {
                    case.expect = unproven();
                }
                let answer = wire::exchange(proxy, &wire::request(&case), false).unwrap();
                let kind = server.kind().name();
                case.check(&answer).unwrap_or_else(|wrong| panic!("{kind}: {wrong}"));
            }
            // Signed for what is after it: Copernica never called that.
            let mut inner = cases::call("signed for the inner path").header("Host", host);
            inner = inner.target("/inner/copernica").signed();
            if setup == Setup::Public {
                inner.expect = unproven();
                inner.check(&server.call(&inner)).unwrap();
            }
        }
    }
}

/// The key was at hand, so a forgery is refused while its body is still to come.
#[test]
fn forgeries_are_refused_by_their_head() {
    let mut forged = cases::call("forged by its head").signed().target("/copernica?x");
    forged.expect = unproven();
    for server in servers(Setup::Signed) {
        let mut connection = Connection::open(server.address()).unwrap();
        connection.send(&wire::head(&forged, "Content-Length: 1000000\r\n")).unwrap();
        let answer = connection.answer(false).unwrap();
        forged.check(&answer).unwrap_or_else(|wrong| panic!("{}: {wrong}", server.kind().name()));
    }
}

/// What the test kit signs, all four accept; and it is, bit by bit, what is signed here.
#[test]
fn what_the_kit_signs_is_accepted() {
    let signer = Signer::from_pem(sign::PRIVATE_PEM).unwrap().key_name(sign::KEY).date(sign::now());
    let url = "https://hooks.example.com/copernica?a=b";
    let signers = [
        ("the kit's signer", signer.clone()),
        ("the kit's signer, no nonce", signer.clone().without_nonce()),
        ("the kit's signer, little covered", signer.without_nonce().covering(REQUIRED)),
    ];
    for (name, signer) in signers {
        let called = cases::call(name);
        let call = signer.sign(url, called.body.clone()).unwrap();
        let case = Case { headers: headers(&call), ..called }.target(TARGET_ANSWER);
        let case = case.without("content-length").delivered(TARGET_ANSWER, "hooks.example.com");
        agree(Setup::Signed, std::slice::from_ref(&case), Runner::call);
        if name.contains("little") {
            let again = case.clone().signed_as(REQUIRED, PLAIN);
            let signature = |case: &Case| {
                let mut headers = case.headers.iter();
                let header = headers.find(|(name, _)| name.eq_ignore_ascii_case("signature"));
                let text = String::from_utf8(header.unwrap().1.clone()).unwrap();
                text.rsplit_once("signature=").unwrap().1.to_owned()
            };
            assert_eq!(signature(&case), signature(&again));
        }
    }
}

fn headers(call: &Request<Bytes>) -> Vec<(String, Vec<u8>)> {
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        (name.to_string(), value.as_bytes().to_vec())
    };
    call.headers().iter().map(header).collect()
}

/// Every refusal of the table that a call can come to has a case.
#[test]
fn every_refusal_has_a_case() {
    let mut missing: Vec<_> = RejectionKind::ALL.iter().map(|kind| kind.code()).collect();
    for case in Setup::all().into_iter().flat_map(cases::of) {
        match case.expect {
            Expect::Refused(_, code, _) => missing.retain(|other| *other != code),
            Expect::Repeated => missing.retain(|other| *other != "already_handled"),
            Expect::Ignored => missing.retain(|other| *other != "ignored"),
            Expect::Event(_) | Expect::Json(_) | Expect::Handled(_) => {}
        }
    }
    // That of a stream that breaks is in sockets.rs, those of slow bodies are in patience.rs.
    assert_eq!(missing, ["body_timeout", "body_unreadable", "overloaded"]);
}
