//! Behind a real nginx, set up as the guide says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod server;

use conformance::runner::{Kind, Server};
use conformance::{Case, Expect, Setup, cases, wire};
use server::{Nginx, replaced};

/// As Copernica calls, with all that a proxy may be tempted to make nicer.
fn calls() -> Vec<Case> {
    let call = |name: &str, target: &str| {
        let call = cases::call(name).target(target).signed();
        call.delivered(target, "hooks.example.com")
    };
    vec![
        call("nginx", "/copernica"),
        call("nginx and a query", "/copernica?a=b&c=%2F%2f+d"),
        call("nginx and a lone question mark", "/copernica?"),
        call("nginx and a path to clean up", "/copernica/../copernica"),
    ]
}

#[test]
fn the_guide_s_nginx_leaves_calls_as_they_were_signed() {
    for kind in Kind::ALL {
        let server = Server::start(kind, Setup::Signed, Setup::Signed.receiver());
        let Some(nginx) = Nginx::start(server.address(), str::to_owned) else { return };
        for case in calls() {
            let answer = wire::exchange(nginx.address(), &wire::request(&case), false).unwrap();
            case.check(&answer).unwrap_or_else(|wrong| panic!("{}: {wrong}", kind.name()));
        }
        // Also in chunks, of which nginx makes a length.
        for case in calls() {
            let chunks = wire::chunked(&case, 10);
            let answer = wire::exchange(nginx.address(), &chunks, false).unwrap();
            assert_eq!(answer.status, 200, "{}: a copy, {}", kind.name(), case.name);
            assert!(answer.body.is_empty(), "{}: a copy, {}", kind.name(), case.name);
        }
    }
}

/// Each line of the snippet is needed: without it nothing is proven.
#[test]
fn what_the_guide_warns_of_breaks_the_proof() {
    let without_host = |snippet: &str| replaced(snippet, "proxy_set_header Host $http_host;", "");
    let with_path = |snippet: &str| {
        let end = replaced(snippet, ";    # no path here", "/inner;    # no path here");
        assert_ne!(end, snippet);
        end
    };
    let changes: [&dyn Fn(&str) -> String; 2] = [&without_host, &with_path];
    let server = Server::start(Kind::Axum, Setup::Signed, Setup::Signed.receiver());
    for change in changes {
        let Some(nginx) = Nginx::start(server.address(), change) else { return };
        let mut case = cases::call("nginx, set up otherwise").signed();
        case.expect = Expect::Refused(401, "unauthenticated", "does not prove".to_owned());
        let answer = wire::exchange(nginx.address(), &wire::request(&case), false).unwrap();
        case.check(&answer).unwrap();
    }
}
