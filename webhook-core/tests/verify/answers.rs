//! What a stranger is told: the same of everything that proves nothing.

use super::calls::unproven_calls;
use super::support::*;
use bytes::Bytes;
use http::Response;
use webhook_core::RejectionKind;

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
