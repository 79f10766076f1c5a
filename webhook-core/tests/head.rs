//! What is decided from a request's head, and while its body comes in.

#![allow(missing_docs, clippy::unwrap_used)]

use bytes::Bytes;
use futures_executor::block_on;
use http::Request;
use webhook_core::adapter::BodyError;
use webhook_core::{CreateEvent, Delivery, Receiver, Rejection};

/// Names and values.
type Headers = &'static [(&'static str, &'static str)];

const BODY: &str = "type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn send(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &'static str,
) -> Result<Delivery, Rejection> {
    let mut call = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        call = call.header(*name, *value);
    }
    let call = call.body(Bytes::from_static(body.as_bytes())).unwrap();
    block_on(Receiver::unverified().receive::<CreateEvent>(call)).map(|received| received.delivery)
}

#[test]
fn heads_are_accepted_or_refused() {
    let accepted: &[&[(&str, &str)]] = &[
        &[FORM],
        &[("content-type", "Application/X-WWW-Form-Urlencoded; charset=UTF-8")],
        &[FORM, ("content-encoding", "Identity")],
        &[FORM, ("content-length", "62")],
        &[FORM, ("host", "example.com")],
    ];
    assert_eq!(BODY.len(), 62);
    for headers in accepted {
        assert!(send("POST", "/", headers, BODY).is_ok(), "{headers:?}");
    }
    let refused: &[(&str, &str, Headers, &str)] = &[
        ("GET", "/", &[FORM], "method_not_allowed"),
        ("post", "/", &[FORM], "method_not_allowed"),
        ("POST", "/", &[], "unsupported_media_type"),
        ("POST", "/", &[FORM, FORM], "unsupported_media_type"),
        ("POST", "/", &[("content-type", "text/plain")], "unsupported_media_type"),
        ("POST", "/", &[("content-type", "application/jsonp")], "unsupported_media_type"),
        ("POST", "/", &[FORM, ("content-encoding", "gzip")], "unsupported_media_type"),
        ("POST", "/", &[FORM, ("content-encoding", "identity, br")], "unsupported_media_type"),
        ("POST", "/", &[FORM, ("content-length", "2097153")], "body_too_large"),
        ("POST", "/", &[FORM, ("content-length", "63")], "body_unreadable"),
        ("POST", "/", &[FORM, ("host", "a"), ("host", "a")], "malformed_request"),
        ("POST", "/", &[FORM, ("host", "b c")], "malformed_request"),
        ("POST", "http://a/", &[FORM, ("host", "b")], "malformed_request"),
    ];
    for (method, target, headers, code) in refused {
        let refusal = send(method, target, headers, BODY).unwrap_err();
        assert_eq!(refusal.code(), *code, "{method} {target} {headers:?}");
    }
    assert!(send("POST", "http://A/", &[FORM, ("host", "a")], BODY).is_ok());
    assert_eq!(send("POST", "/", &[], "").unwrap_err().code(), "unexpected_event");
}

#[test]
fn a_delivery_knows_what_was_called() {
    let cases: &[(&str, Headers, &str, Option<&str>)] = &[
        (
            "/Hook?A=%2f",
            &[FORM, ("host", "Hooks.Example.COM:8080")],
            "/Hook?A=%2f",
            Some("hooks.example.com:8080"),
        ),
        ("http://Hooks.Example.COM/A", &[FORM], "/A", Some("hooks.example.com")),
        ("http://a.example?B", &[FORM], "/?B", Some("a.example")),
        ("/", &[FORM], "/", None),
    ];
    for (called, headers, target, host) in cases {
        let delivery = send("POST", called, headers, BODY).unwrap();
        assert_eq!((delivery.target(), delivery.host()), (*target, *host), "{called}");
    }
}

#[test]
fn every_answer_is_problem_json() {
    let refusal = send("GET", "/", &[], "").unwrap_err();
    let answer = refusal.to_response();
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    assert_eq!(answer.headers()["allow"], "POST");
    let problem: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(problem["code"], "method_not_allowed");
    assert_eq!(problem["status"], 405);
}

#[test]
fn a_415_says_what_would_have_been_taken() {
    let types = Some("application/x-www-form-urlencoded, application/json");
    for (headers, accept, accept_encoding) in [
        (&[("content-type", "text/plain")][..], types, None),
        (&[FORM, FORM], types, None),
        (&[("content-length", "62")], types, None),
        (&[], types, None),
        (&[FORM, ("content-encoding", "gzip")], None, Some("identity")),
        (&[("content-type", "text/plain"), ("content-encoding", "br")], None, Some("identity")),
    ] {
        let answer = send("POST", "/", headers, BODY).unwrap_err().to_response();
        assert_eq!(answer.status(), 415, "{headers:?}");
        let value = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!((value("accept"), value("accept-encoding")), (accept, accept_encoding));
    }
    let other = send("PUT", "/", &[], BODY).unwrap_err().to_response();
    assert!(!other.headers().contains_key("accept"));
}

#[test]
fn a_source_is_not_repeated() {
    use std::error::Error;
    let refusal = Rejection::from(BodyError::broken("connection reset by 10.0.0.1"));
    assert!(!refusal.to_string().contains("10.0.0.1"));
    assert_eq!(refusal.source().unwrap().to_string(), "connection reset by 10.0.0.1");
}
