//! Keys that are unknown, revoked, changed, too short, slow, or can't be had.

use super::sources::{Source, TROUBLE};
use super::support::*;
use std::sync::Arc;
use webhook_core::key::{Keys, Missing, PublicKey};
use webhook_core::replay::MemoryStore;
use webhook_core::signature::Check;
use webhook_core::testing::Signer;
use webhook_core::{Receiver, Rejection, RejectionKind};

fn receiver_of(source: &Arc<Source>) -> Receiver {
    builder().keys(Arc::clone(source)).build().unwrap()
}

/// Asserts that the trouble is ours, and when the sender is to come again.
#[track_caller]
fn is_our_trouble(refused: &Rejection, seconds: &str) {
    assert_eq!((refused.kind(), refused.check()), (RejectionKind::KeyUnavailable, None));
    let answer = refused.to_response();
    assert_eq!(answer.status(), 503);
    assert_eq!(answer.headers()["retry-after"], seconds);
    assert!(!answer.headers().contains_key("www-authenticate"));
}

#[test]
fn a_key_is_looked_up_only_for_a_body_that_fits() {
    let source = Source::finding(Ok(key())).shared();
    let receiver = receiver_of(&source);
    let other = call_of(&signer().account(4321));
    unproven(&receiver, other, Check::Account, "another account");
    unproven(&receiver, call_of(&signer().date(at(-61))), Check::Date, "too old");
    assert_eq!(source.counts(), [0, 0, 0], "nothing of a stranger's makes a source work");
    let swapped = call().map(|body| vec![b'x'; body.len()].into());
    unproven(&receiver, swapped, Check::Digest, "another body");
    assert_eq!(source.counts()[1], 0, "a body that does not fit is not worth a question");
    drop(receive(&receiver, call()).unwrap());
    assert_eq!(source.counts()[1..], [1, 0]);
    // A look-up answers for the name, not for the call.
    unproven(&receiver, set(call(), "x-nonce", "another"), Check::Signature, "forged");
    assert_eq!(source.counts()[1..], [2, 0]);
}

#[test]
fn a_source_in_trouble_is_never_a_forgery() {
    for source in [Source::finding(Err(TROUBLE)), Source::renewing(Err(TROUBLE))] {
        let (source, store) = (source.shared(), MemoryStore::new());
        let receiver = builder().keys(source).replay(store.clone()).build().unwrap();
        is_our_trouble(&receive(&receiver, call()).unwrap_err(), "7");
        // Nor is a forgery told apart: nothing is known of either.
        is_our_trouble(&receive(&receiver, set(call(), "x-nonce", "x")).unwrap_err(), "7");
        assert!(store.is_empty());
    }
}

#[test]
fn a_source_that_lies_proves_nothing() {
    let lies = Source::finding(Ok(other_key().into())).shared();
    unproven(&receiver_of(&lies), call(), Check::Signature, "another key");
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
    let revoked = Source::finding(Err(Missing::Unknown)).shared();
    unproven(&receiver_of(&revoked), call(), Check::KeyId, "there is none");
    assert!(PublicKey::from_record("v=DKIM1; p=").is_err());
    let meanwhile = Source::renewing(Err(Missing::Unknown)).shared();
    unproven(&receiver_of(&meanwhile), call(), Check::KeyId, "it was revoked meanwhile");
}

#[test]
fn a_key_that_was_changed_under_its_name_is_found() {
    let source = Source::renewing(Ok(Some(key()))).shared();
    drop(receive(&receiver_of(&source), call()).unwrap());
    assert_eq!(source.counts()[1..], [0, 1]);
    // Also when the old one was not at hand but was what a look-up told.
    let found =
        Source { cached: None, found: Ok(other_key().into()), ..Source::renewing(Ok(Some(key()))) };
    let found = found.shared();
    drop(receive(&receiver_of(&found), call()).unwrap());
    assert_eq!(found.counts()[1..], [1, 1]);

    for news in [None, Some(other_key().into())] {
        let source = Source::renewing(Ok(news)).shared();
        unproven(&receiver_of(&source), call(), Check::Signature, "no news, or none that helps");
        assert_eq!(source.counts()[1..], [0, 1]);
        let swapped = call().map(|body| vec![b'x'; body.len()].into());
        unproven(&receiver_of(&source), swapped, Check::Digest, "another body");
        assert_eq!(source.counts()[1..], [0, 1], "not asked for a body that does not fit");
    }
    let forged = set(call(), "x-nonce", "another");
    unproven(&receiver_of(&source), forged, Check::Signature, "a forgery under the new key");
}

#[test]
fn a_slow_source_makes_a_call_older() {
    for (second, fresh) in [(60, true), (61, false)] {
        let hands = Hands::default();
        let slow = Some((hands.clone(), second));
        let source = Source { slow, ..Source::finding(Ok(key())) };
        let receiver = builder().keys(source).clock(hands).build().unwrap();
        match receive(&receiver, call()) {
            Ok(_) => assert!(fresh),
            Err(refused) => assert_eq!((fresh, refused.check()), (false, Some(Check::Date))),
        }
    }
}

#[test]
fn a_short_key_proves_nothing_where_longer_ones_are_asked_for() {
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
    let mine = Signer::throw_away().unwrap().key_name(KEY_NAME).date(at(0));
    let receiver = builder().keys(mine.keys()).build().unwrap();
    drop(receive(&receiver, call_of(&mine)).unwrap());
    unproven(&receiver, call(), Check::Signature, "the vectors' key is not the throw-away one");
}
