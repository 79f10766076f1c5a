//! Bodies that are swapped, too large, broken, coded or slow.

use super::sources::Source;
use super::support::*;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures_executor::block_on;
use http::Request;
use std::sync::Arc;
use webhook_core::adapter::BodyError;
use webhook_core::replay::MemoryStore;
use webhook_core::signature::Check;
use webhook_core::{CreateEvent, Limits, RejectionKind};

#[test]
fn a_swapped_body_is_refused() {
    let other =
        "type=create&profile=999&database=1&timestamp=1979-02-12+12:49:23&fields%5Bname%5D=Johny";
    assert_eq!(other.len(), BODY.len());
    let swap = |call: Request<Bytes>| call.map(|_| Bytes::from(other));
    unproven(&receiver(), swap(call()), Check::Digest, "the body");
    let sha256 = format!("SHA-256={}", BASE64.encode(digest(&SHA256, other.as_bytes())));
    let both = set(swap(call()), "digest", sha256.clone());
    unproven(&receiver(), both, Check::Signature, "the body and its digest");
    // Both digests must fit, not one of them.
    let two = format!("{}, sha-512={}", header(&call(), "digest"), BASE64.encode([0; 64]));
    unproven(&receiver(), set(call(), "digest", two), Check::Signature, "a second digest");
    let weak = set(call(), "digest", "md5=xyz");
    unproven(&receiver(), weak, Check::Digest, "a weak digest only");
}

#[test]
fn a_large_body_is_refused_whatever_its_proof() {
    let small = |bytes| builder().limits(Limits::default().body(bytes)).build().unwrap();
    let exact = small(BODY.len());
    drop(receive(&exact, call()).unwrap());
    let less = small(BODY.len() - 1);
    let refused = begin(&less, call()).unwrap_err();
    assert_eq!(refused.kind(), RejectionKind::BodyTooLarge);
    // Unannounced, it is found out on the way, and only so much of it was held.
    let mut unannounced = begin(&less, unannounced()).unwrap();
    block_on(unannounced.ready()).unwrap();
    let (first, second) = BODY.split_at(40);
    unannounced.push(first.into()).unwrap();
    let refused = unannounced.push(second.into()).unwrap_err();
    assert_eq!(refused.kind(), RejectionKind::BodyTooLarge);
}

#[test]
fn a_broken_body_costs_nothing() {
    let store = MemoryStore::new();
    let receiver = builder().replay(store.clone()).build().unwrap();
    let mut broken = begin(&receiver, call()).unwrap();
    broken.push(BODY[..40].into()).unwrap();
    assert_eq!(broken.fail(BodyError::broken("reset")).kind(), RejectionKind::BodyUnreadable);
    drop(broken);
    for body in ["", &BODY[..40], &format!("{BODY}x")] {
        let call = call().map(|_| Bytes::from(body.to_owned()));
        let refused = receive(&receiver, call).unwrap_err();
        assert_eq!(refused.kind(), RejectionKind::BodyUnreadable, "{body}");
        let unannounced = unannounced().map(|_| Bytes::from(body.to_owned()));
        unproven(&receiver, unannounced, Check::Digest, body);
    }
    assert!(store.is_empty());
    drop(receive(&receiver, call()).unwrap());
    drop(receive(&receiver, unannounced()).unwrap());
}

#[test]
fn a_coded_body_is_refused() {
    for coding in ["gzip", "br", "deflate", "identity, gzip", "x"] {
        let refused = receive(&receiver(), set(call(), "content-encoding", coding)).unwrap_err();
        assert_eq!(refused.kind(), RejectionKind::UnsupportedMediaType, "{coding}");
    }
    // The digest is that of the bytes on the wire: what a layer took apart no longer fits.
    let coded = call_with(
        &signer().covering("(request-target) host date digest x-copernica-id x-nonce"),
        "\u{1f}\u{8b}…",
    );
    let plain = without(coded, "content-length").map(|_| Bytes::from(BODY));
    unproven(&receiver(), plain, Check::Digest, "decompressed before us");
}

#[test]
fn a_proven_body_that_is_no_event_is_not_claimed() {
    let store = MemoryStore::new();
    let receiver = builder().replay(store.clone()).build().unwrap();
    for body in ["type=update&profile=1", "type=create&profile=x", "%ff", ""] {
        let refused = receive(&receiver, call_with(&signer(), body)).unwrap_err();
        let status = refused.status().as_u16();
        assert!(status == 422 || status == 400, "{refused}");
    }
    assert!(store.is_empty());
}

#[test]
fn a_slow_body_costs_no_genuine_call_and_its_copies_are_known() {
    // The head came at the last moment, the body took the time that it has.
    let (hands, store) = (Hands::default(), MemoryStore::new());
    let receiver = builder().clock(hands.clone()).replay(store.clone()).build().unwrap();
    hands.turn(300);
    let (mut slow, mut copy) =
        (begin(&receiver, call()).unwrap(), begin(&receiver, call()).unwrap());
    slow.push(BODY.into()).unwrap();
    hands.turn(329);
    let received = block_on(slow.finish::<CreateEvent>()).unwrap();
    block_on(received.delivery.commit()).unwrap();
    // A copy whose head came as late, and whose body is slower still.
    copy.push(BODY.into()).unwrap();
    hands.turn(340);
    let refused = block_on(copy.finish::<CreateEvent>()).unwrap_err();
    assert_eq!(refused.kind(), RejectionKind::AlreadyHandled);
    // No copy begins after the date.
    assert_eq!(begin(&receiver, call()).unwrap_err().check(), Some(Check::Date));
}

#[test]
fn with_a_key_at_hand_forgeries_are_refused_before_their_body() {
    let source = Source::cached(key()).shared();
    let receiver = builder().keys(Arc::clone(&source)).build().unwrap();
    let forged = set(call(), "x-nonce", "another");
    let refused = begin(&receiver, forged).unwrap_err();
    assert_eq!(refused.check(), Some(Check::Signature));
    assert_eq!(source.counts(), [1, 0, 0]);
    // What is proven by its head still has to have the body that it names.
    let mut swapped = begin(&receiver, unannounced()).unwrap();
    swapped.push(Bytes::from_static(b"type=create")).unwrap();
    let refused = block_on(swapped.finish::<CreateEvent>()).unwrap_err();
    assert_eq!(refused.check(), Some(Check::Digest));
}
