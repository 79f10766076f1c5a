//! Which refusals have the delivery, and what becomes of its claim.

use super::sources::{Source, UNREACHABLE};
use super::support::*;
use bytes::Bytes;
use futures_executor::block_on;
use http::{Method, Request};
use serde::Deserialize;
use std::time::Duration;
use webhook_core::adapter::{BodyError, misconfigured};
use webhook_core::replay::MemoryStore;
use webhook_core::{CreateEvent, Limits, ProfileCreated, Receiver, Rejection, RejectionKind};

#[derive(Debug, Deserialize)]
struct Numbers {
    #[serde(rename = "name")]
    _name: u32,
}

/// Signs a body under a head that covers its type, unless it is another's.
fn signed(body: &str) -> Request<Bytes> {
    call_with(&signer(), body)
}

fn refused_by<T: webhook_core::FromDelivery>(
    receiver: &Receiver,
    call: Request<Bytes>,
) -> Rejection {
    match block_on(receiver.receive::<T>(call)) {
        Ok(_) => panic!("the call is not refused"),
        Err(refused) => refused,
    }
}

/// Makes a refusal of each kind.
fn refusal(kind: RejectionKind) -> Rejection {
    use RejectionKind as K;
    let receive = |call| refused_by::<CreateEvent>(&receiver(), call);
    let mut other_method = call();
    *other_method.method_mut() = Method::PUT;
    match kind {
        K::MethodNotAllowed => receive(other_method),
        K::UnsupportedMediaType => {
            let names = "(request-target) host date digest content-type x-copernica-id x-nonce";
            receive(call_of(&signer().covering(names).content_type("text/plain")))
        }
        K::BodyTooLarge => {
            let small = builder().limits(Limits::default().body(10)).build().unwrap();
            refused_by::<CreateEvent>(&small, call())
        }
        K::BodyTimeout => {
            let hurried = Limits::default().body_time(Duration::ZERO);
            let hurried = builder().limits(hurried).build().unwrap();
            let mut late = begin(&hurried, call()).unwrap();
            std::thread::sleep(Duration::from_millis(2));
            late.push(BODY.into()).unwrap_err()
        }
        K::BodyUnreadable => begin(&receiver(), call()).unwrap().fail(BodyError::broken("reset")),
        K::MalformedBody => receive(signed("type=create&fields[a]=%E9")),
        K::MalformedRequest => receive(set(call(), "date", "yesterday")),
        K::Unauthenticated => receive(set(call(), "x-copernica-id", "account_1")),
        K::UnexpectedEvent => receive(signed("type=update&profile=123")),
        K::Ignored => {
            let ignoring = builder().ignore_unexpected().build().unwrap();
            refused_by::<CreateEvent>(&ignoring, signed("type=update&profile=123"))
        }
        K::InvalidVariable => receive(signed("type=create&profile=x&database=1")),
        K::InvalidFields => refused_by::<ProfileCreated<Numbers>>(&receiver(), call()),
        K::AlreadyHandled => {
            let receiver = receiver();
            block_on(receive_ok(&receiver, call()).delivery.commit()).unwrap();
            refused_by::<CreateEvent>(&receiver, call())
        }
        K::KeyUnavailable => {
            let down = builder().keys(Source::finding(Err(UNREACHABLE))).build().unwrap();
            refused_by::<CreateEvent>(&down, call())
        }
        K::ReplayUnavailable => {
            let full = builder().replay(MemoryStore::bounded(0)).build().unwrap();
            refused_by::<CreateEvent>(&full, call())
        }
        K::InFlight => {
            let receiver = receiver();
            let _held = receive_ok(&receiver, call());
            refused_by::<CreateEvent>(&receiver, call())
        }
        K::Overloaded => {
            let limits = Limits::default().body(100);
            let bounded = builder().limits(limits).unproven_bytes(0).build().unwrap();
            let mut first = begin(&bounded, unmeasured()).unwrap();
            let mut others = [(); 3].map(|()| begin(&bounded, unmeasured()).unwrap());
            block_on(first.ready()).unwrap();
            first.push(BODY.into()).unwrap();
            let refused = others.iter_mut().find_map(|call| call.push(vec![0; 90].into()).err());
            refused.expect("a refusal for want of memory")
        }
        K::Misconfigured => misconfigured("there is no receiver"),
        other => panic!("{other} is not in this table"),
    }
}

fn receive_ok(receiver: &Receiver, call: Request<Bytes>) -> webhook_core::Received<CreateEvent> {
    receive(receiver, call).unwrap()
}

/// Says what the table of refusals says: which ones have the delivery.
fn has_delivery(kind: RejectionKind) -> bool {
    use RejectionKind as K;
    matches!(
        kind,
        K::UnsupportedMediaType
            | K::MalformedBody
            | K::UnexpectedEvent
            | K::Ignored
            | K::InvalidVariable
            | K::InvalidFields
    )
}

#[test]
fn refusals_by_decoding_have_the_delivery_and_no_others() {
    for kind in RejectionKind::ALL {
        let refused = refusal(*kind);
        assert_eq!(refused.kind(), *kind);
        assert_eq!(refused.delivery().is_some(), has_delivery(*kind), "{kind}");
        if let Some(delivery) = refused.delivery() {
            assert!(!delivery.body().is_empty(), "{kind}");
            assert_eq!(delivery.proven().unwrap().account, 1234.into(), "{kind}");
            assert!(!format!("{refused:?}").contains("Johny"), "{kind}");
        }
    }
}

#[test]
fn a_content_coding_is_refused_before_the_proof() {
    let refused = receive(&receiver(), set(call(), "content-encoding", "gzip")).unwrap_err();
    assert_eq!(refused.kind(), RejectionKind::UnsupportedMediaType);
    assert!(refused.delivery().is_none());
}

#[test]
fn an_unverified_receiver_hands_the_delivery_over_too() {
    let refused = receive(&Receiver::unverified(), signed("type=update&profile=1")).unwrap_err();
    let delivery = refused.delivery().unwrap();
    assert_eq!(delivery.body(), "type=update&profile=1");
    assert!(delivery.proven().is_none());
}

#[test]
fn what_is_refused_by_decoding_holds_its_claim_until_it_is_dropped() {
    let receiver = receiver();
    let update = || signed("type=update&profile=123");
    let refused = receive(&receiver, update()).unwrap_err();
    let copy = receive(&receiver, update()).unwrap_err();
    assert_eq!(copy.kind(), RejectionKind::InFlight);
    drop(refused);
    let again = receive(&receiver, update()).unwrap_err();
    assert_eq!(again.kind(), RejectionKind::UnexpectedEvent);
}

#[test]
fn what_is_refused_by_decoding_may_be_committed() {
    let receiver = receiver();
    let update = || signed("type=update&profile=123");
    let refused = receive(&receiver, update()).unwrap_err();
    block_on(refused.delivery().unwrap().commit()).unwrap();
    drop(refused);
    let copy = receive(&receiver, update()).unwrap_err();
    assert_eq!(copy.kind(), RejectionKind::AlreadyHandled);
}

/// The claim comes before the decoding, so a full memory refuses what can't be decoded too.
#[test]
fn the_claim_comes_before_the_decoding() {
    let full = builder().replay(MemoryStore::bounded(0)).build().unwrap();
    let refused = receive(&full, signed("type=update&profile=123")).unwrap_err();
    assert_eq!(refused.kind(), RejectionKind::ReplayUnavailable);
}
