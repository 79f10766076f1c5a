//! Calls that others signed, and those of the draft.

use super::support::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use chrono::DateTime;
use http::Request;
use serde::Deserialize;
use webhook_core::key::{PublicKey, StaticKeys};
use webhook_core::signature::{Account, Check};
use webhook_core::{CreateEvent, Receiver, RejectionKind};

const FILES: [&str; 2] = [
    include_str!("../../../tests/vectors/http-signature.jsonl"),
    include_str!("../../../tests/vectors/httpsig.jsonl"),
];

#[derive(Deserialize)]
struct Vector {
    signer: String,
    name: String,
    now: i64,
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Vector {
    fn call(&self) -> Request<Bytes> {
        let mut call = Request::builder().method(&*self.method).uri(&self.target);
        for (name, value) in &self.headers {
            call = call.header(name, value);
        }
        call.body(self.body.clone().into()).unwrap()
    }
}

/// Two of an empty body are proven, and no events.
#[test]
fn what_two_other_implementations_signed_is_accepted() {
    let names = [KEY_NAME, "x3-2026._domainkey.copernica.com"];
    let pem = |keys: StaticKeys, key_name| keys.pem(name(key_name), PUBLIC).unwrap();
    let keys = names.into_iter().fold(StaticKeys::new(), pem);
    let (mut events, mut others) = (0, 0);
    for line in FILES.iter().flat_map(|file| file.lines()) {
        let vector: Vector = serde_json::from_str(line).unwrap();
        let (what, now) = (format!("{}, {}", vector.signer, vector.name), vector.now);
        let receiver = Receiver::builder()
            .account(1234)
            .account(Account::environment(77))
            .keys(keys.clone())
            .clock(move || DateTime::from_timestamp(now, 0).unwrap())
            .build()
            .unwrap();
        let explained = futures_executor::block_on(receiver.explain(&vector.call()));
        assert!(explained.is_proven(), "{what}: {explained}");
        match futures_executor::block_on(receiver.receive::<CreateEvent>(vector.call())) {
            Ok(received) => {
                let proof = received.delivery.proven().unwrap();
                assert_eq!(proof.date.timestamp(), now, "{what}");
                assert!(names.contains(&proof.key.as_str()), "{what}");
                assert!(matches!(received.event, CreateEvent::Profile(_)), "{what}");
                events += 1;
            }
            Err(refused) => {
                assert!(vector.body.is_empty(), "{what}: {refused}");
                assert_eq!(refused.kind(), RejectionKind::UnexpectedEvent);
                others += 1;
            }
        }
    }
    assert_eq!((events, others), (80, 2));
}

const DRAFT_TARGET: &str = "/foo?param=value&pet=dog";
const DRAFT_BODY: &str = r#"{"hello": "world"}"#;
const DRAFT_HEADERS: [(&str, &str); 5] = [
    ("host", "example.com"),
    ("date", "Sun, 05 Jan 2014 21:31:40 GMT"),
    ("content-type", "application/json"),
    ("digest", "SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="),
    ("content-length", "18"),
];
/// Appendix C.1 to C.3: covered names, signature.
const DRAFT: [(&str, &str); 3] = [
    (
        "date",
        "SjWJWbWN7i0wzBvtPl8rbASWz5xQW6mcJmn+ibttBqtifLN7Sazz6m79cNfwwb8DMJ5cou1s7uEGKKCs+FLEEaDV5lp7\
         q25WqS+lavg7T8hc0GppauB6hbgEKTwblDHYGEtbGmtdHgVCk9SuS13F0hZ8FD0k/5OxEPXe5WozsbM=",
    ),
    (
        "(request-target) host date",
        "qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJypxBLSPQR2aAjn7ndmw2iicw3HMbe\
         8VfEdKFYRqzic+efkb3nndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2Os0=",
    ),
    (
        "(request-target) host date content-type digest content-length",
        "vSdrb+dS3EceC9bcwHSo4MlyKS59iFIrhgYkz8+oVLEEzmYZZvRs8rgOp+63LEM3v+MFHB32NfpB2bEKBIvB1q52LaEU\
         HFv120V01IL+TAD48XaERZFukWgHoBTLMhYS2Gb51gWxpeIq8knRmPnYePbF5MOkR0Zkly4zKH7s1dE=",
    ),
];

#[test]
fn the_draft_s_own_signatures_are_right_and_cover_too_little() {
    let key = PublicKey::from_record(&format!("p={DRAFT_KEY}")).unwrap();
    assert_eq!(key.bits(), 1024);
    let receiver = Receiver::builder()
        .account(1234)
        .keys(StaticKeys::new().with(name(KEY_NAME), key.clone()).unwrap())
        .clock(|| "2014-01-05T21:31:50Z".parse().unwrap())
        .build()
        .unwrap();
    for (names, signature) in DRAFT {
        let mut call = Request::post(DRAFT_TARGET);
        for (name, value) in DRAFT_HEADERS {
            call = call.header(name, value);
        }
        // It is required and not covered; no other check is in the way.
        let call = call.header("x-copernica-id", "account_1234").body(DRAFT_BODY.into()).unwrap();
        let line = |name| format!("{name}: {}", value_of(&call, name));
        let string = names.split(' ').map(line).collect::<Vec<_>>().join("\n");
        assert!(key.verify(string.as_bytes(), &BASE64.decode(signature).unwrap()), "{names}");

        let spelled = format!(r#"keyId="{KEY_NAME}",headers="{names}",signature="{signature}""#);
        unproven(&receiver, set(call, "signature", spelled), Check::Coverage, names);
    }
}
