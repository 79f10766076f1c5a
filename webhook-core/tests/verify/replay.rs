//! The same call again: while it is handled, after it, after a failure, and re-encoded.

use super::sources::Source;
use super::support::*;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_executor::block_on;
use http::Request;
use std::panic::{AssertUnwindSafe, catch_unwind};
use webhook_core::future::BoxFuture;
use webhook_core::replay::{Begun, DeliveryId, MemoryStore, ReplayStore, StoreError, Token};
use webhook_core::signature::{Account, Check};
use webhook_core::{Receiver, Rejection, RejectionKind};

#[track_caller]
fn again(receiver: &Receiver, call: Request<Bytes>, kind: RejectionKind) -> Rejection {
    let refused = receive(receiver, call).unwrap_err();
    assert_eq!(refused.kind(), kind);
    let answer = refused.to_response();
    match kind {
        RejectionKind::AlreadyHandled => {
            assert_eq!((answer.status().as_u16(), answer.body().len()), (200, 0));
            assert!(answer.headers().is_empty());
        }
        _ => {
            assert_eq!(answer.status(), 503);
            assert_eq!(answer.headers()["retry-after"], "5");
        }
    }
    refused
}

#[test]
fn a_replay_of_a_fresh_call_reaches_no_handler() {
    let hands = Hands::default();
    let store = MemoryStore::new();
    let make = || builder().clock(hands.clone()).replay(store.clone()).build().unwrap();
    // Workers that share a store, each with a receiver of its own.
    let (one, two) = (make(), make());
    let first = receive(&one, call()).unwrap();
    again(&one, call(), RejectionKind::InFlight);
    again(&two, call(), RejectionKind::InFlight);
    block_on(first.delivery.commit()).unwrap();
    drop(first);
    for second in [0, 299, 300] {
        hands.turn(second);
        again(&one, call(), RejectionKind::AlreadyHandled);
        again(&two, call(), RejectionKind::AlreadyHandled);
    }
    hands.turn(301);
    unproven(&two, call(), Check::Date, "then its date refuses it");
    // Set back, as clocks are by a few seconds, it is still remembered.
    for second in [305, 300, 295] {
        hands.turn(second);
        drop(receive(&one, call_of(&signer().date(at(second)).nonce("x"))));
    }
    again(&one, call(), RejectionKind::AlreadyHandled);
}

#[test]
fn a_call_dated_ahead_is_remembered_until_it_is_too_old() {
    let hands = Hands::default();
    let receiver = builder().clock(hands.clone()).build().unwrap();
    let ahead = || call_of(&signer().date(at(60)));
    block_on(receive(&receiver, ahead()).unwrap().delivery.commit()).unwrap();
    for second in [301, 360] {
        hands.turn(second);
        again(&receiver, ahead(), RejectionKind::AlreadyHandled);
    }
    hands.turn(361);
    unproven(&receiver, ahead(), Check::Date, "too old");
}

#[test]
fn a_key_that_took_long_to_look_up_costs_no_genuine_call() {
    let (hands, store) = (Hands::default(), MemoryStore::new());
    let with = || builder().clock(hands.clone()).replay(store.clone());
    // What was handled at 60 is forgotten at 402, and that is noted.
    for second in [60, 402] {
        hands.turn(second);
        let call = call_of(&signer().date(at(second)));
        block_on(receive(&with().build().unwrap(), call).unwrap().delivery.commit()).unwrap();
    }
    // A head whose date was just fresh, 102 s before that.
    hands.turn(300);
    let slow = Source { slow: Some((hands.clone(), 402)), ..Source::finding(Ok(key())) };
    assert!(receive(&with().keys(slow).build().unwrap(), call()).is_ok());
}

#[test]
fn a_re_encoded_replay_is_the_same_delivery() {
    let receiver = receiver();
    block_on(receive(&receiver, call()).unwrap().delivery.commit()).unwrap();
    let signature = header(&call(), "signature").to_owned();
    let clothes = [
        set(call(), "x-forwarded-for", "10.0.0.1"),
        set(call(), "user-agent", "another"),
        respell(call(), "content-length content-type", "content-LENGTH   CONTENT-type"),
        respell(call(), r#"algorithm="rsa-sha256""#, r#"algorithm="HS2019""#),
        respell(call(), KEY_NAME, "One._Domainkey.Copernica.com."),
        set(call(), "signature", format!("unknown=\"1\"; {signature}")),
        set(call(), "host", format!("  {HOST}\t")),
        respell(call(), "==\"", "\""),
    ];
    for call in clothes {
        again(&receiver, call, RejectionKind::AlreadyHandled);
    }
    // Signed anew, it is another delivery, of the same creation.
    let [first, second] = ["a", "b"].map(|nonce| {
        let received = receive(&receiver, call_of(&signer().nonce(nonce))).unwrap();
        let id = received.delivery.proven().unwrap().id;
        (id, received.delivery.idempotency_key(&received.event))
    });
    assert!(first.0 != second.0 && first.1 == second.1);
}

#[test]
fn whatever_is_signed_makes_another_delivery() {
    let other = Account::environment(1234);
    let receiver = builder().account(other).host("two.example").build().unwrap();
    let body = BODY.replace("123", "124");
    let to = |url: &str| {
        let mut call = signer().sign(url, BODY).unwrap();
        *call.uri_mut() = call.uri().path_and_query().unwrap().as_str().parse().unwrap();
        call
    };
    // One and the same nonce, or none.
    let calls = [
        call(),
        call_with(&signer(), &body),
        call_of(&signer().date(at(1))),
        call_of(&signer().account(other)),
        to(&format!("https://{HOST}/copernica?list=8")),
        to(&format!("https://two.example{TARGET}")),
        call_of(&signer().without_nonce()),
        call_with(&signer().without_nonce(), &body),
    ];
    for call in &calls {
        let received = receive(&receiver, call.clone()).unwrap();
        block_on(received.delivery.commit()).unwrap();
    }
    for call in calls {
        again(&receiver, call, RejectionKind::AlreadyHandled);
    }
}

#[test]
fn after_a_failed_handler_a_retry_is_not_lost() {
    let receiver = receiver();
    // It answered with an error, or was cancelled.
    drop(receive(&receiver, call()).unwrap());
    let received = receive(&receiver, call()).unwrap();
    block_on(received.delivery.settlement().unwrap().settle(false));
    drop(received);
    // It panicked.
    let received = receive(&receiver, call()).unwrap();
    let handler = catch_unwind(AssertUnwindSafe(|| {
        let _held = received;
        std::panic::resume_unwind(Box::new("handler"));
    }));
    assert!(handler.is_err());
    let received = receive(&receiver, call()).unwrap();
    block_on(received.delivery.settlement().unwrap().settle(true));
    again(&receiver, call(), RejectionKind::AlreadyHandled);
}

#[test]
fn a_forged_call_does_not_poison_the_memory() {
    // Everything of the real call, nonce and date and key, but for what makes it real.
    let signature = header(&call(), "signature").to_owned();
    let mut changed = signature.clone();
    changed.replace_range(signature.len() - 40..signature.len() - 30, "AAAAAAAAAA");
    let mut elsewhere = call();
    *elsewhere.uri_mut() = "/elsewhere".parse().unwrap();
    let forged = [
        set(call(), "signature", changed),
        set(call(), "content-type", "application/json"),
        call().map(|body| vec![b'x'; body.len()].into()),
        elsewhere,
    ];
    // Refused by its head, after the body, or after a second look for the key.
    let old = Source { found: Ok(key()), cached: None, ..Source::renewing(Ok(None)) };
    for source in [Source::cached(key()), Source::finding(Ok(key())), old] {
        let store = MemoryStore::new();
        let receiver = builder().keys(source).replay(store.clone()).build().unwrap();
        for call in forged.clone() {
            let refused = receive(&receiver, call).unwrap_err();
            assert_eq!(refused.kind(), RejectionKind::Unauthenticated);
        }
        assert!(store.is_empty());
        block_on(receive(&receiver, call()).unwrap().delivery.commit()).unwrap();
        again(&receiver, call(), RejectionKind::AlreadyHandled);
    }
}

#[test]
fn a_full_store_refuses_and_forgets_nothing() {
    let receiver = builder().replay(MemoryStore::bounded(1)).build().unwrap();
    let held = receive(&receiver, call()).unwrap();
    let other = || call_of(&signer().nonce("another"));
    again(&receiver, other(), RejectionKind::ReplayUnavailable);
    again(&receiver, call(), RejectionKind::InFlight);
    drop(held);
    drop(receive(&receiver, other()).unwrap());
}

/// A store that can't be reached when it is to begin, or when it is to commit.
#[derive(Debug)]
struct Away {
    begins: bool,
    memory: MemoryStore,
}

impl ReplayStore for Away {
    fn begin<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Begun, StoreError>> {
        match self.begins {
            true => self.memory.begin(id, now, until),
            false => Box::pin(std::future::ready(Err(StoreError::unavailable("secret address")))),
        }
    }

    fn commit<'a>(
        &'a self,
        _: &'a DeliveryId,
        _: DateTime<Utc>,
        _: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(std::future::ready(Err(StoreError::unavailable("secret address"))))
    }

    fn release(&self, id: &DeliveryId, token: Token) {
        self.memory.release(id, token);
    }
}

#[test]
fn an_unreachable_store_lets_nothing_through() {
    let away =
        |begins| builder().replay(Away { begins, memory: MemoryStore::new() }).build().unwrap();
    let refused = again(&away(false), call(), RejectionKind::ReplayUnavailable);
    assert!(!refused.problem().contains("secret"));
    unproven(&away(false), set(call(), "x-nonce", "x"), Check::Signature, "a forgery is one first");

    // Handled and not written down: never handled again, and the sender is answered 503.
    let receiver = away(true);
    let received = receive(&receiver, call()).unwrap();
    let error = block_on(received.delivery.commit()).unwrap_err();
    assert_eq!(Rejection::from(error).kind(), RejectionKind::ReplayUnavailable);
    drop(received);
    again(&receiver, call(), RejectionKind::InFlight);
}
