//! What an attacker learns from answers: the same of everything that proves nothing.

use super::calls::unproven_calls;
use super::support::*;
use bytes::Bytes;
use http::{Request, Response};
use webhook_core::{Receiver, RejectionKind};

fn lines(answer: &Response<Bytes>) -> String {
    let mut headers: Vec<_> =
        answer.headers().iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.sort();
    format!("{:?} {}\n{headers:#?}\n{:?}", answer.version(), answer.status(), answer.body())
}

#[test]
fn every_failed_proof_is_answered_alike() {
    let expected = Response::builder()
        .status(401)
        .header("content-type", "application/problem+json")
        .header(
            "www-authenticate",
            r#"Signature headers="(request-target) host date digest x-copernica-id""#,
        )
        .body(Bytes::from_static(
            br#"{"title":"The call's origin is not proven","status":401,"code":"unauthenticated","detail":"its signature does not prove where the call is from; the receiver's log names the check that failed"}"#,
        ))
        .unwrap();
    let mut checks = Vec::new();
    for (what, receiver, call) in unproven_calls() {
        let refused = receive(&receiver, call).expect_err(what);
        assert_eq!(refused.kind(), RejectionKind::Unauthenticated, "{what}");
        assert_eq!(lines(&refused.to_response()), lines(&expected), "{what}");
        assert!(refused.variable().is_none() && refused.offset().is_none(), "{what}");
        checks.push(refused.check().unwrap());
    }
    // They are different failures all the same.
    checks.sort_by_key(|check| check.as_str());
    checks.dedup();
    assert!(checks.len() >= 8, "{checks:?}");
}

/// What can't be read is no matter of settings: were it checked after them, its 400 would reveal to an
/// attacker which accounts and hosts are ours, and what time it is here.
#[test]
fn what_is_malformed_is_answered_alike_whatever_the_settings() {
    let covered = "(request-target) host date digest x-copernica-id x-nonce";
    let hs2019 = |name: &str, parameter: &str| {
        let call = call_of(&signer().covering(covered));
        let call = respell(call, r#"algorithm="rsa-sha256""#, parameter);
        respell(call, covered, &format!("{covered} {name}"))
    };
    let malformed = [
        set(call(), "x-copernica-id", "group_1234"),
        set(call(), "date", "yesterday"),
        set(call(), "digest", "SHA-256"),
        set(call(), "digest", "SHA-256=x"),
        set(call(), "x-nonce", [0xff]),
        set(call(), "signature", "x"),
        set(hs2019("x-long", "x=1"), "x-long", "a".repeat(8193)),
        hs2019("(created)", r#"algorithm="rsa-sha256",created=1"#),
        hs2019("(created)", "created=x"),
        hs2019("(expires)", "expires=x"),
        hs2019("date", "x=1"),
    ];
    let settings: [Receiver; 5] = [
        receiver(),
        Receiver::builder().account(4321).keys(signer().keys()).clock(|| at(0)).build().unwrap(),
        builder()
            .public_url("https://other.example.com/")
            .host("other.example.com")
            .build()
            .unwrap(),
        builder().clock(|| at(1000)).build().unwrap(),
        builder().clock(|| at(-1000)).build().unwrap(),
    ];
    for (at, call) in malformed.into_iter().enumerate() {
        let others = [set(call.clone(), "host", "other.example"), zoned(call.clone())];
        let mut answers = Vec::new();
        for call in [call].into_iter().chain(others) {
            for receiver in &settings {
                answers.push(lines(&receive(receiver, call.clone()).unwrap_err().to_response()));
            }
        }
        assert!(answers[0].contains("malformed_request"), "{at}: {}", answers[0]);
        answers.dedup();
        assert_eq!(answers.len(), 1, "{at}: {answers:#?}");
    }
}

/// Names a key of a zone that is not trusted, where the call names any.
fn zoned(call: Request<Bytes>) -> Request<Bytes> {
    let spelled = header(&call, "signature").replace(KEY_NAME, "one._domainkey.example.com");
    set(call, "signature", spelled)
}
