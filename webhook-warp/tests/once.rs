//! What is warp's own about `once`. What counts as handled is in the conformance suite, for all
//! adapters: `tests/conformance/tests/once.rs`.

#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http_body_util::{BodyExt, Full};
use std::time::Duration;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};
use tower_service::Service;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, Request, StatusCode};
use warp::reply::{Reply, Response};
use webhook_warp::testing::{Signer, documented_profile};
use webhook_warp::{
    CreateEvent, Receiver, RejectionKind, Webhook, WebhookRejection, once, recover, try_webhook,
    webhook,
};

type Call = Request<Bytes>;
type App = BoxedFilter<(Response,)>;

const URL: &str = "https://hooks.example.com/copernica";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_388_957_500, 0).unwrap()
}

fn signer() -> Signer {
    Signer::ephemeral().unwrap().date(now())
}

fn sign() -> Call {
    signer().sign_event(URL, &documented_profile()).unwrap()
}

fn sign_update() -> Call {
    signer().sign(URL, "type=update&profile=123").unwrap()
}

fn receiver() -> Receiver {
    Receiver::builder().account(1234).keys(signer().keys()).clock(now).build().unwrap()
}

type Answer = (StatusCode, HeaderMap, Bytes);

async fn send(app: &App, call: &Call) -> Answer {
    let request = call.clone().map(Full::new);
    let answer = warp::service(app.clone()).call(request).await.unwrap();
    let (head, body) = answer.into_parts();
    (head.status, head.headers, body.collect().await.unwrap().to_bytes())
}

#[track_caller]
fn assert_answered_before((status, headers, body): &Answer) {
    assert_eq!((status.as_u16(), body.len()), (200, 0));
    assert!(!headers.contains_key("content-type"), "{headers:?}");
}

#[tokio::test]
async fn a_handler_may_take_a_result_and_more() {
    async fn on_call(
        status: u16,
        call: Result<Webhook<CreateEvent>, WebhookRejection>,
    ) -> Result<StatusCode, WebhookRejection> {
        match call {
            Ok(hook) => {
                drop(hook);
                yield_now().await;
                Ok(StatusCode::from_u16(status).unwrap())
            }
            Err(refused) if refused.kind() == RejectionKind::AlreadyHandled => Err(refused),
            // What was not received can't count as handled, however it is answered.
            Err(_) => Ok(StatusCode::OK),
        }
    }
    let (receiver, status) = (receiver(), 202);
    let app = try_webhook(receiver.clone())
        .then(once(move |call| on_call(status, call)))
        .map(Reply::into_response)
        .boxed();
    let call = sign();
    let held = receiver.receive::<CreateEvent>(call.clone()).await.unwrap();
    assert_eq!(send(&app, &call).await.0, 200);
    drop(held);
    assert_eq!(send(&app, &call).await.0, 202);
    assert_answered_before(&send(&app, &call).await);
}

/// A sender that goes after 20 ms, while the handler has all the time of the world.
#[tokio::test]
async fn without_its_connection_a_handler_has_five_minutes() {
    async fn on_create(hook: Webhook) -> StatusCode {
        let _held = hook;
        std::future::pending().await
    }
    tokio::time::pause();
    let receiver = receiver();
    let app = webhook(receiver.clone())
        .then(once(on_create))
        .recover(recover)
        .map(Reply::into_response)
        .boxed();
    let call = sign();
    assert!(timeout(Duration::from_millis(20), send(&app, &call)).await.is_err());
    // Not from the beginning: from when its sender was gone.
    let copy = receiver.receive::<CreateEvent>(call.clone()).await;
    assert_eq!(copy.unwrap_err().kind(), RejectionKind::InFlight);
    assert!(timeout(Duration::from_secs(299), receiver.idle()).await.is_err());
    assert!(timeout(Duration::from_secs(2), receiver.idle()).await.is_ok());
    // Released: it is handled again.
    assert!(receiver.receive::<CreateEvent>(call).await.is_ok());
}

/// It is settled by the status of an answer that has no reader.
#[tokio::test]
async fn without_its_connection_a_handler_settles_by_its_status() {
    for (status, copy) in [(204, 200), (500, 500)] {
        let on_create = move |_: Webhook| async move {
            sleep(Duration::from_millis(100)).await;
            StatusCode::from_u16(status).unwrap()
        };
        tokio::time::pause();
        let receiver = receiver();
        let app = webhook(receiver.clone())
            .then(once(on_create))
            .recover(recover)
            .map(Reply::into_response)
            .boxed();
        let call = sign();
        assert!(timeout(Duration::from_millis(20), send(&app, &call)).await.is_err());
        receiver.idle().await;
        assert_eq!(send(&app, &call).await.0, copy);
        tokio::time::resume();
    }
}

/// A `Result` has the delivery of what is proven and can't be decoded; an answer of 2xx keeps it.
#[tokio::test]
async fn what_can_not_be_decoded_is_kept_by_a_handler_that_takes_a_result() {
    async fn on_call(
        call: Result<Webhook<CreateEvent>, WebhookRejection>,
    ) -> Result<StatusCode, WebhookRejection> {
        match call.as_ref().map_err(|refused| refused.delivery()) {
            Err(Some(delivery)) => {
                assert_eq!(delivery.body(), "type=update&profile=123");
                assert!(delivery.proven().is_some());
                Ok(StatusCode::NO_CONTENT)
            }
            _ => Err(call.unwrap_err()),
        }
    }
    let app = try_webhook(receiver()).then(once(on_call)).map(Reply::into_response).boxed();
    let call = sign_update();
    assert_eq!(send(&app, &call).await.0, 204);
    assert_answered_before(&send(&app, &call).await);
}

/// `recover` answers, and a filter of the user's before it sees the delivery.
#[tokio::test]
async fn what_can_not_be_decoded_is_released_when_its_handler_does_not_run() {
    async fn on_create(_: Webhook) -> StatusCode {
        StatusCode::NO_CONTENT
    }
    let hook = webhook(receiver()).then(once(on_create)).map(Reply::into_response);
    let app = hook.or_else(|rejection: warp::Rejection| async {
        let refused: &WebhookRejection = rejection.find().unwrap();
        assert_eq!(refused.delivery().unwrap().body(), "type=update&profile=123");
        Err::<(Response,), _>(rejection)
    });
    let app = app.recover(recover).map(Reply::into_response).boxed();
    let call = sign_update();
    for _ in 0..3 {
        assert_eq!(send(&app, &call).await.0, 422);
    }
}
