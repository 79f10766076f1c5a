//! What an explanation shows the operator: the check, and what was compared.

use super::sources::{Source, UNREACHABLE};
use super::support::*;
use bytes::Bytes;
use futures_executor::block_on;
use http::Request;
use std::sync::Arc;
use webhook_core::replay::MemoryStore;
use webhook_core::signature::{Check, CheckOutcome, CheckVerdict};
use webhook_core::{Explanation, Receiver, RejectionKind};

fn explain(receiver: &Receiver, call: &Request<Bytes>) -> Explanation {
    block_on(receiver.explain(call))
}

#[test]
fn a_proven_call_is_explained_with_what_it_proves() {
    let store = MemoryStore::new();
    let receiver = builder().replay(store.clone()).build().unwrap();
    let claimed = receive(&receiver, call()).unwrap();
    let explained = explain(&receiver, &call());
    assert!(explained.is_proven() && explained.failed().is_none() && explained.kind().is_none());
    assert!(explained.checks().iter().all(|it| it.verdict == CheckVerdict::Passed));
    let text = explained.to_string();
    for part in ["proven: ", "post /copernica?list=7", HOST, "account_1234", "x-nonce", KEY_NAME] {
        assert!(text.contains(part), "{part}: {text}");
    }
    drop(claimed);
    assert!(store.is_empty(), "an explanation claims nothing");
}

fn outcome(explained: &Explanation, check: Check) -> &CheckOutcome {
    explained.checks().iter().find(|it| it.check == check).unwrap()
}

#[test]
fn each_check_of_a_proven_call_says_what_it_compared() {
    let explained = explain(&receiver(), &call());
    let texts: Vec<_> = explained.checks().iter().map(ToString::to_string).collect();
    let expected = [
        "signature_header: passed: one header that can be read, with a keyId and a signature",
        "algorithm: passed: rsa-sha256 is rsa-sha256 or hs2019",
        "nonce: passed: one X-Nonce, which is text",
        "coverage: passed: (request-target) host date content-length content-type x-copernica-id \
         digest x-nonce has all of (request-target) host date digest x-copernica-id x-nonce",
        "date: passed: the call is 0 s old, 300 s and 60 s ahead are accepted",
        "account: passed: account_1234 is configured",
        "host: passed: hooks.example.com is one of hooks.example.com",
        "header: passed: each covered name has a value; post /copernica?list=7",
        "digest: passed: Digest is that of the body of 87 bytes as received",
        "key_id: passed: one._domainkey.copernica.com is in a trusted zone: copernica.com",
    ];
    assert_eq!(texts[..expected.len()], expected);
    let signature = outcome(&explained, Check::Signature);
    assert_eq!(explained.to_string(), format!("proven: {}", signature.compared));
    assert!(explain(&Receiver::unverified(), &call()).checks().is_empty());
}

#[test]
fn checks_after_the_one_that_failed_are_looked_at_too() {
    let old = call_of(&signer().date(at(-301)));
    let old = set(set(old, "x-copernica-id", "account_4321"), "host", "evil.example");
    let explained = explain(&receiver(), &old);
    let failed = |it: &&CheckOutcome| it.verdict == CheckVerdict::Failed;
    let failed = explained.checks().iter().filter(failed).map(|it| it.check);
    assert_eq!(failed.collect::<Vec<_>>(), [Check::Date, Check::Account, Check::Host]);
    let last = outcome(&explained, Check::Signature);
    assert_eq!(last.verdict, CheckVerdict::NotReached);

    let unsigned = explain(&receiver(), &without(call(), "signature"));
    assert_eq!(outcome(&unsigned, Check::Coverage).verdict, CheckVerdict::NotReached);
    assert_eq!(outcome(&unsigned, Check::Digest).verdict, CheckVerdict::Passed);
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
        (without(call(), "x-nonce"), Check::Coverage, &["x-nonce", "missing"]),
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
        let outcome = outcome(&explained, check);
        assert_eq!(outcome.verdict, CheckVerdict::Failed, "{outcome}");
        for part in parts {
            assert!(text.contains(part), "{part}: {text}");
            assert!(outcome.compared.contains(part), "{part}: {outcome}");
        }
        let signature = self::outcome(&explained, Check::Signature);
        assert_ne!(signature.verdict, CheckVerdict::Passed, "{signature}");
    }
}

#[test]
fn what_is_not_a_matter_of_proof_is_explained_by_its_kind() {
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
    let lost = builder().keys(Source::finding(Err(UNREACHABLE))).build().unwrap();
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
