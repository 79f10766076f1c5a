//! What the one who runs the receiver is told: the check, and what was compared.

use super::sources::{Source, TROUBLE};
use super::support::*;
use bytes::Bytes;
use futures_executor::block_on;
use http::Request;
use std::sync::Arc;
use webhook_core::replay::MemoryStore;
use webhook_core::signature::Check;
use webhook_core::{Explanation, Receiver, RejectionKind};

fn explain(receiver: &Receiver, call: &Request<Bytes>) -> Explanation {
    block_on(receiver.explain(call))
}

#[test]
fn a_proven_call_is_told_with_what_it_proves() {
    let store = MemoryStore::new();
    let receiver = builder().replay(store.clone()).build().unwrap();
    let claimed = receive(&receiver, call()).unwrap();
    let explained = explain(&receiver, &call());
    assert!(explained.is_proven() && explained.failed().is_none() && explained.kind().is_none());
    let text = explained.to_string();
    for part in ["proven: ", "post /copernica?list=7", HOST, "account_1234", "x-nonce", KEY_NAME] {
        assert!(text.contains(part), "{part}: {text}");
    }
    drop(claimed);
    assert!(store.is_empty(), "an explanation claims nothing");
}

#[test]
fn each_failure_names_its_check_and_what_was_compared() {
    let mut elsewhere = call();
    *elsewhere.uri_mut() = "/elsewhere".parse().unwrap();
    let swapped = call().map(|body| Bytes::from(vec![b'x'; body.len()]));
    let cases: [(_, Check, &[&str]); 18] = [
        (without(call(), "signature"), Check::SignatureHeader, &["missing"]),
        (respell(call(), "keyId=", "x="), Check::SignatureHeader, &["keyId"]),
        (
            respell(call(), "rsa-sha256", "hmac-sha256"),
            Check::Algorithm,
            &["hmac-sha256", "rsa-sha256", "hs2019"],
        ),
        (respell(call(), " digest", ""), Check::Coverage, &["digest", "x-copernica-id x-nonce"]),
        (without(call(), "x-nonce"), Check::Coverage, &["x-nonce", "not there"]),
        (
            respell(call(), "one._d", "one.x._d"),
            Check::KeyId,
            &["one.x._domainkey.copernica.com", "trusted zone"],
        ),
        (respell(call(), "one._d", "two._d"), Check::KeyId, &["two._domainkey.copernica.com"]),
        (set(call(), "x-copernica-id", "account_4321"), Check::Account, &["account_4321"]),
        (set(call(), "x-copernica-id", "4321"), Check::Account, &["account_N"]),
        (call_of(&signer().date(at(-301))), Check::Date, &["301 s old", "300 s"]),
        (call_of(&signer().date(at(61))), Check::Date, &["61 s ahead", "60 s"]),
        (set(call(), "date", "yesterday"), Check::Date, &["RFC 9110"]),
        (set(call(), "host", "evil.example"), Check::Host, &["evil.example", HOST]),
        (without(call(), "host"), Check::Host, &["no host"]),
        (set(call(), "digest", "md5=x"), Check::Digest, &["sha-256"]),
        (swapped, Check::Digest, &["87 bytes"]),
        (
            elsewhere,
            Check::Signature,
            &["post /elsewhere", HOST, "account_1234", KEY_NAME, "covered: (request-target)"],
        ),
        (set(call(), "x-nonce", "another"), Check::Signature, &["x-nonce"]),
    ];
    for (call, check, parts) in cases {
        let explained = explain(&receiver(), &call);
        let text = explained.to_string();
        assert_eq!((explained.failed(), explained.is_proven()), (Some(check), false), "{text}");
        assert!(text.contains(&format!(": {check}: ")), "{text}");
        for part in parts {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}

#[test]
fn what_is_not_a_matter_of_proof_is_told_by_its_kind() {
    let get = {
        let mut get = call();
        *get.method_mut() = http::Method::GET;
        get
    };
    let cases = [
        (get, RejectionKind::MethodNotAllowed),
        (set(call(), "content-encoding", "gzip"), RejectionKind::UnsupportedMediaType),
        (set(call(), "content-length", "99999999"), RejectionKind::BodyTooLarge),
        (call().map(|_| Bytes::new()), RejectionKind::BodyUnreadable),
    ];
    for (call, kind) in cases {
        let explained = explain(&receiver(), &call);
        assert_eq!((explained.kind(), explained.failed()), (Some(kind), None));
        assert!(explained.to_string().starts_with(kind.code()), "{explained}");
    }
    let lost = builder().keys(Source::finding(Err(TROUBLE))).build().unwrap();
    let explained = explain(&lost, &call());
    assert_eq!(explained.kind(), Some(RejectionKind::KeyUnavailable));
    assert!(explained.to_string().contains("DNS"), "{explained}");
    assert!(explain(&Receiver::unverified(), &call()).to_string().contains("unverified"));
}

#[test]
fn it_looks_a_key_up_as_a_call_does() {
    let source = Source::finding(Ok(key())).shared();
    let receiver = builder().keys(Arc::clone(&source)).build().unwrap();
    assert!(explain(&receiver, &call()).is_proven());
    assert_eq!(source.counts()[1], 1);
    let short = builder().min_key_bits(4096).build().unwrap();
    let text = explain(&short, &call()).to_string();
    assert!(text.contains("2048 bits") && text.contains("4096"), "{text}");
}
