//! One body, one meaning: nothing outside the signed bytes chooses how they are read.

use super::support::*;
use bytes::Bytes;
use http::Request;
use webhook_core::RejectionKind;

/// JSON about profile 123, with a text in it that is a form about profile 666.
const TWO_FACED: &str = "{\"type\":\"create\",\"profile\":123,\"database\":1,\
    \"timestamp\":\"1979-02-12 12:49:23\",\"fields\":{\"name\":\"&type=create&profile=666&database=1\
    &timestamp=2024-01-01+10:00:00&fields[mail]=m@evil.example&x=\"}}";

/// Signs over the five names that are required, so that an on-path attacker chooses these headers.
fn relabelled(body: &str, labels: &[(&'static str, &str)]) -> Request<Bytes> {
    let signer = signer().covering("(request-target) host date digest x-copernica-id x-nonce");
    let call = without(call_with(&signer, body), "content-type");
    labels.iter().fold(call, |call, (name, value)| set(call, name, value))
}

const LABELS: &[&[(&str, &str)]] = &[
    &[],
    &[("content-type", "application/x-www-form-urlencoded")],
    &[("content-type", "application/json")],
    &[("content-type", "application/json; charset=utf-16")],
    &[("content-type", "application/x-www-form-urlencoded; charset=iso-8859-1")],
    &[("content-type", "text/plain")],
    &[("content-type", "multipart/form-data; boundary=x")],
    &[("content-type", "")],
    &[("content-encoding", "identity")],
];

#[test]
fn a_label_that_is_not_signed_neither_turns_nor_spoils_a_call() {
    let form = "type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23\
        &fields[name]=%7B%22type%22:%22create%22,%22profile%22:666%7D";
    for body in [TWO_FACED.to_owned(), format!(" \r\n\t{TWO_FACED}"), form.to_owned()] {
        for labels in LABELS {
            let received = receive(&receiver(), relabelled(&body, labels));
            let received = received.unwrap_or_else(|refused| panic!("{labels:?}: {refused}"));
            assert!(received.delivery.idempotency_key(&received.event).ends_with(":profile:1:123"));
        }
    }
}

#[test]
fn a_signed_label_refuses_and_never_turns() {
    let names = "(request-target) host date digest x-copernica-id x-nonce content-type";
    let labelled =
        |body: &str, label: &str| call_with(&signer().covering(names).content_type(label), body);
    for label in ["application/json", "application/x-www-form-urlencoded;charset=\"UTF-8\""] {
        let received = receive(&receiver(), labelled(TWO_FACED, label)).unwrap();
        assert!(received.delivery.idempotency_key(&received.event).ends_with(":profile:1:123"));
    }
    let charset = "application/json; charset=ISO-8859-1";
    for (label, detail) in [("text/plain", "Content-Type must be"), (charset, "ISO-8859-1")] {
        let refused = receive(&receiver(), labelled(TWO_FACED, label)).unwrap_err();
        assert_eq!(refused.kind(), RejectionKind::UnsupportedMediaType, "{label}");
        assert!(refused.detail().contains(detail), "{refused}");
    }
    // A charset that looks like anything else is not repeated.
    let odd = "application/json; charset=\"m@example.com\"";
    let refused = receive(&receiver(), labelled(TWO_FACED, odd)).unwrap_err();
    assert!(!refused.to_string().contains('@'), "{refused}");
}

#[test]
fn what_is_one_in_neither_way_is_refused_whatever_its_label() {
    for (body, kind) in [
        ("[]", RejectionKind::MalformedBody),
        (
            " [1]&type=create&profile=666&database=1&timestamp=2024-01-01+10:00:00",
            RejectionKind::MalformedBody,
        ),
        (
            "{}&type=create&profile=666&database=1&timestamp=2024-01-01+10:00:00",
            RejectionKind::MalformedBody,
        ),
        (
            "{&type=create&profile=666&database=1&timestamp=2024-01-01+10:00:00",
            RejectionKind::MalformedBody,
        ),
        ("1", RejectionKind::UnexpectedEvent),
        ("null", RejectionKind::UnexpectedEvent),
        ("\"create\"", RejectionKind::UnexpectedEvent),
        ("", RejectionKind::UnexpectedEvent),
        ("\u{feff}\u{feff}{}", RejectionKind::UnexpectedEvent),
    ] {
        for labels in LABELS {
            let refused = receive(&receiver(), relabelled(body, labels)).unwrap_err();
            assert_eq!(refused.kind(), kind, "{body:?} {labels:?}");
        }
    }
}
