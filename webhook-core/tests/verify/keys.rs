//! Keys that are unknown, revoked, changed, too short, slow, or can't be had.

use super::sources::{Source, UNREACHABLE};
use super::support::*;
use futures_executor::block_on;
use std::sync::Arc;
use webhook_core::key::{Keys, LookupError, PublicKey};
use webhook_core::replay::MemoryStore;
use webhook_core::signature::Check;
use webhook_core::testing::Signer;
use webhook_core::{Receiver, Rejection, RejectionKind};

fn receiver_of(source: &Arc<Source>) -> Receiver {
    builder().keys(Arc::clone(source)).build().unwrap()
}

/// Asserts that the failure is ours, and when the sender is to come again.
#[track_caller]
fn is_our_failure(refused: &Rejection, seconds: &str) {
    assert_eq!((refused.kind(), refused.check()), (RejectionKind::KeyUnavailable, None));
    let answer = refused.to_response();
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], seconds);
    assert!(!answer.headers().contains_key("www-authenticate"));
}

#[test]
fn a_key_is_looked_up_only_for_a_head_that_fits_and_before_the_body() {
    let source = Source::finding(Ok(key())).shared();
    let receiver = receiver_of(&source);
    let other = call_of(&signer().account(4321));
    unproven(&receiver, other, Check::Account, "another account");
    unproven(&receiver, call_of(&signer().date(at(-301))), Check::Date, "too old");
    assert_eq!(source.counts(), [0, 0, 0], "nothing that a forger sends makes a source work");
    // The digest is the sender's own, so waiting for the body first would show nothing.
    let mut proven = begin(&receiver, call()).unwrap();
    block_on(proven.ready()).unwrap();
    assert_eq!(source.counts()[1..], [1, 0], "looked up, and no byte of the body has come");
    drop(receive(&receiver, call()).unwrap());
    assert_eq!(source.counts()[1..], [2, 0]);
    // A look-up answers for the name, not for the call.
    let forged = set(call(), "x-nonce", "another");
    let mut forged = begin(&receiver, forged).unwrap();
    let refused = block_on(forged.ready()).unwrap_err();
    assert_eq!(refused.check(), Some(Check::Signature), "refused before its body");
    assert_eq!(source.counts()[1..], [3, 0]);
}

#[test]
fn an_unknown_key_is_refused_before_the_body_where_the_length_is_signed_and_absent() {
    let source = Source::finding(Err(LookupError::NotFound)).shared();
    let mut unmeasured = begin(&receiver_of(&source), unmeasured()).unwrap();
    let refused = block_on(unmeasured.ready()).unwrap_err();
    assert_eq!(refused.check(), Some(Check::KeyId));
    // Known, it is looked up once for both steps.
    let source = Source::finding(Ok(key())).shared();
    let receiver = receiver_of(&source);
    drop(receive(&receiver, super::support::unmeasured()).unwrap());
    assert_eq!(source.counts()[1..], [1, 0]);
}

#[test]
fn an_unreachable_source_is_never_a_forgery() {
    for source in [Source::finding(Err(UNREACHABLE)), Source::renewing(Err(UNREACHABLE))] {
        let (source, store) = (source.shared(), MemoryStore::new());
        let receiver = builder().keys(source).replay(store.clone()).build().unwrap();
        is_our_failure(&receive(&receiver, call()).unwrap_err(), "7");
        // Nor does a forgery differ: nothing is known of either.
        is_our_failure(&receive(&receiver, set(call(), "x-nonce", "x")).unwrap_err(), "7");
        assert!(store.is_empty());
    }
}

#[test]
fn a_source_of_forged_keys_proves_nothing() {
    let forged = Source::finding(Ok(other_key().into())).shared();
    unproven(&receiver_of(&forged), call(), Check::Signature, "another key");
    let cached = Source::cached(other_key().into()).shared();
    unproven(&receiver_of(&cached), call(), Check::Signature, "another key at hand");
}

#[test]
fn each_of_four_keys_is_tried() {
    let right = PublicKey::from_pem(PUBLIC).unwrap();
    for place in 0..4 {
        let mut keys = vec![other_key(); 4];
        keys[place] = right.clone();
        let source = Source::finding(Ok(Keys::new(keys).unwrap())).shared();
        drop(receive(&receiver_of(&source), call()).unwrap());
    }
}

#[test]
fn a_revoked_key_proves_nothing() {
    let revoked = Source::finding(Err(LookupError::NotFound)).shared();
    unproven(&receiver_of(&revoked), call(), Check::KeyId, "there is none");
    assert!(PublicKey::from_record("v=DKIM1; p=").is_err());
    let meanwhile = Source::renewing(Err(LookupError::NotFound)).shared();
    unproven(&receiver_of(&meanwhile), call(), Check::KeyId, "it was revoked meanwhile");
}

#[test]
fn a_key_that_was_changed_under_its_name_is_found() {
    let source = Source::renewing(Ok(Some(key()))).shared();
    drop(receive(&receiver_of(&source), call()).unwrap());
    assert_eq!(source.counts()[1..], [0, 1]);
    // Also when the old one was not at hand but was what a look-up returned.
    let found =
        Source { cached: None, found: Ok(other_key().into()), ..Source::renewing(Ok(Some(key()))) };
    let found = found.shared();
    drop(receive(&receiver_of(&found), call()).unwrap());
    assert_eq!(found.counts()[1..], [1, 1]);

    for news in [None, Some(other_key().into())] {
        let source = Source::renewing(Ok(news)).shared();
        unproven(&receiver_of(&source), call(), Check::Signature, "no news, or none that helps");
        assert_eq!(source.counts()[1..], [0, 1]);
    }
    let forged = set(call(), "x-nonce", "another");
    unproven(&receiver_of(&source), forged, Check::Signature, "a forgery under the new key");
}

#[test]
fn a_slow_source_costs_no_genuine_call() {
    for second in [300, 301, 310] {
        let hands = Hands::default();
        let slow = Some((hands.clone(), second));
        let source = Source { slow, ..Source::finding(Ok(key())) };
        let receiver = builder().keys(source).clock(hands).build().unwrap();
        assert!(receive(&receiver, call()).is_ok(), "the date was fresh when the head came");
    }
}

#[test]
fn a_short_key_proves_nothing_where_longer_ones_are_required() {
    for source in
        [Source::cached(key()), Source::finding(Ok(key())), Source::renewing(Ok(Some(key())))]
    {
        let source = source.shared();
        let least = |bits| builder().keys(Arc::clone(&source)).min_key_bits(bits).build().unwrap();
        drop(receive(&least(2048), call()).unwrap());
        unproven(&least(2049), call(), Check::Signature, "2048 bits");
    }
}

#[test]
fn a_signer_s_own_keys_are_its_own() {
    let mine = Signer::ephemeral().unwrap().key_name(KEY_NAME).date(at(0));
    let receiver = builder().keys(mine.keys()).build().unwrap();
    drop(receive(&receiver, call_of(&mine)).unwrap());
    unproven(&receiver, call(), Check::Signature, "the vectors' key is not the throw-away one");
}
