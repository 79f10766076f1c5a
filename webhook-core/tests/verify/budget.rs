//! Memory and time that calls take before they are proven.

use super::sources::Source;
use super::support::*;
use bytes::Bytes;
use futures_executor::block_on;
use std::future::{pending, ready};
use std::task::Poll;
use std::time::Duration;
use webhook_core::adapter::{BodyError, Call};
use webhook_core::signature::Check;
use webhook_core::{CreateEvent, Limits, Receiver, Rejection, RejectionKind};

/// Sends a body of which nothing comes any more, by a timer that is over at once.
fn stalls(call: &mut Call) -> Rejection {
    let mut first = Some(Bytes::from_static(b"type"));
    let next = |_: &mut std::task::Context<'_>| match first.take() {
        Some(chunk) => Poll::Ready(Some(Ok(chunk))),
        None => Poll::Pending,
    };
    block_on(call.read(next, |_| ready(()))).unwrap_err()
}

#[test]
fn a_body_that_stalls_is_a_408_under_a_proven_head_and_a_401_under_another() {
    let proven = stalls(&mut begin(&receiver(), call()).unwrap());
    assert_eq!((proven.kind(), proven.status().as_u16()), (RejectionKind::BodyTimeout, 408));
    let unproven = stalls(&mut begin(&receiver(), unmeasured()).unwrap());
    assert_eq!(
        (unproven.kind(), unproven.check()),
        (RejectionKind::Unauthenticated, Some(Check::Signature))
    );
    let parts = call().into_parts().0;
    let unverified = Receiver::unverified();
    let mut open = unverified.begin(&webhook_core::adapter::Head::of(&parts)).unwrap();
    assert_eq!(stalls(&mut open).kind(), RejectionKind::BodyTimeout);
}

#[test]
fn the_deadline_is_that_of_the_limits_from_the_head_on() {
    for seconds in [1, 30, 3600] {
        let limits = Limits::default().body_time(Duration::from_secs(seconds));
        let receiver = builder().limits(limits).build().unwrap();
        let call = begin(&receiver, call()).unwrap();
        let left = call.deadline().saturating_duration_since(std::time::Instant::now());
        let least = Duration::from_secs(seconds).saturating_sub(Duration::from_millis(900));
        assert!(least < left && left <= Duration::from_secs(seconds), "{left:?}");
    }
    assert_eq!(Limits::default().max_body_time(), Duration::from_secs(30));
    let day = Limits::default().body_time(Duration::from_secs(86_400));
    assert_eq!(day.max_body_time(), Duration::from_secs(3600), "no setting lifts the ceiling");
}

#[test]
fn a_chunk_that_comes_after_the_deadline_is_not_taken() {
    let limits = Limits::default().body_time(Duration::ZERO);
    let receiver = builder().limits(limits).build().unwrap();
    let mut late = begin(&receiver, call()).unwrap();
    std::thread::sleep(Duration::from_millis(2));
    assert_eq!(late.push(BODY.into()).unwrap_err().kind(), RejectionKind::BodyTimeout);
}

#[test]
fn a_timer_is_made_only_for_a_body_that_is_slow() {
    let mut call = begin(&receiver(), call()).unwrap();
    let mut chunks = [BODY].into_iter();
    let next = |_: &mut std::task::Context<'_>| Poll::Ready(chunks.next().map(|it| Ok(it.into())));
    let timer = |_| -> std::future::Pending<()> { panic!("no chunk was waited for") };
    block_on(call.read(next, timer)).unwrap();
    assert!(block_on(call.finish::<CreateEvent>()).is_ok());
}

#[test]
fn a_body_that_is_waited_for_without_an_end_is_waited_for() {
    let mut call = begin(&receiver(), call()).unwrap();
    let mut polls = 0;
    let next = |context: &mut std::task::Context<'_>| {
        polls += 1;
        context.waker().wake_by_ref();
        match polls {
            1..=50 => Poll::Pending,
            51 => Poll::Ready(Some(Ok(BODY.into()))),
            _ => Poll::Ready(None),
        }
    };
    block_on(call.read(next, |_| pending())).unwrap();
    assert!(block_on(call.finish::<CreateEvent>()).is_ok());
}

fn small(unproven: usize) -> Receiver {
    let limits = Limits::default().body(1000);
    builder().limits(limits).unproven_bytes(unproven).build().unwrap()
}

#[test]
fn unproven_bodies_together_are_within_the_budget() {
    let receiver = small(2500);
    let forged = || unmeasured_of(&signer().nonce("made up")).map(|_| Bytes::new());
    let mut calls: Vec<_> = (0..3).map(|_| begin(&receiver, forged()).unwrap()).collect();
    let push = |call: &mut Call, bytes: usize| {
        block_on(call.ready()).unwrap();
        call.push(vec![b'x'; bytes].into())
    };
    push(&mut calls[0], 1000).unwrap();
    push(&mut calls[1], 1000).unwrap();
    let refused = push(&mut calls[2], 501).unwrap_err();
    assert_eq!((refused.code(), refused.status().as_u16()), ("overloaded", 503));
    assert!(refused.to_response().headers().contains_key("retry-after"));
    // Proven calls are not counted, and are served all the while, though not a byte is left.
    push(&mut calls[2], 500).unwrap();
    drop(receive(&receiver, call()).unwrap());
    // What ends gives its share back, however it ends.
    drop(calls.remove(0));
    push(&mut calls[1], 500).unwrap();
    let second = calls.remove(0);
    assert!(block_on(second.finish::<CreateEvent>()).is_err());
    drop(calls);
    let mut again: Vec<_> = (0..2).map(|_| begin(&receiver, forged()).unwrap()).collect();
    assert!(again.iter_mut().all(|call| push(call, 1000).is_ok()));
}

#[test]
fn a_genuine_call_without_its_length_gives_its_share_back() {
    let receiver = small(0); // one body and its growth, at least
    for nonce in ["a", "b", "c"] {
        drop(receive(&receiver, unmeasured_of(&signer().nonce(nonce))).unwrap());
    }
    let received = receive(&receiver, unmeasured_of(&signer().nonce("d"))).unwrap();
    let mut other = begin(&receiver, unmeasured_of(&signer().nonce("e"))).unwrap();
    other.push(vec![b'x'; 1000].into()).unwrap();
    drop(received);
}

#[test]
fn a_buffer_grows_with_what_comes_and_the_budget_with_the_buffer() {
    // A few bytes at a time, so that they are put together.
    let receiver = small(2000);
    let mut calls: Vec<_> = (0..2).map(|_| begin(&receiver, unmeasured()).unwrap()).collect();
    for _ in 0..1000 {
        calls[0].push(Bytes::from_static(b"x")).unwrap();
    }
    for _ in 0..600 {
        if let Err(refused) = calls[1].push(Bytes::from_static(b"x")) {
            assert_eq!(refused.code(), "overloaded");
            // 512 bytes are there, and the next buffer of 1,000 does not fit next to them.
            return;
        }
    }
    panic!("a buffer grew past the budget");
}

#[test]
fn past_the_limit_an_unproven_body_is_a_401_for_every_account() {
    let receiver = small(10_000);
    let mut ours = begin(&receiver, unmeasured()).unwrap();
    let refused = ours.push(vec![b'x'; 1001].into()).unwrap_err();
    let theirs = begin(&receiver, unmeasured_of(&signer().account(4321))).unwrap_err();
    assert_eq!(refused.to_response().body(), theirs.to_response().body());
    assert_eq!(refused.status(), theirs.status());
    assert_eq!(refused.check(), Some(Check::Signature));
    // Broken, or swallowed by something before us, it is the same.
    let broken = begin(&receiver, unmeasured()).unwrap().fail(BodyError::broken("reset"));
    assert_eq!(broken.to_response().body(), theirs.to_response().body());
    let swallowed = begin(&receiver, unmeasured()).unwrap().fail(BodyError::Consumed);
    assert_eq!(swallowed.to_response().body(), theirs.to_response().body());
    // So it is where an adapter did not prove the head first.
    let unasked = builder().keys(Source::finding(Ok(key()))).build().unwrap();
    let mut short = begin(&unasked, call()).unwrap();
    short.push(BODY[..40].into()).unwrap();
    let short = block_on(short.finish::<CreateEvent>()).unwrap_err();
    assert_eq!(short.to_response().body(), theirs.to_response().body());
}

#[test]
fn a_length_over_a_limit_of_the_framework_is_refused_after_the_proof() {
    let source = Source::finding(Ok(key())).shared();
    let receiver = builder().keys(source).build().unwrap();
    let mut genuine = begin(&receiver, call()).unwrap().with_limit(3);
    assert_eq!(block_on(genuine.ready()).unwrap_err().code(), "body_too_large");
    let forged = set(call(), "x-nonce", "another");
    let mut forged = begin(&receiver, forged).unwrap().with_limit(3);
    assert_eq!(block_on(forged.ready()).unwrap_err().code(), "unauthenticated");
}
