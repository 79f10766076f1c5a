//! What is axum's own about `once`. What counts as handled is in the conformance suite, for all
//! adapters: `tests/conformance/tests/once.rs`.

#![allow(clippy::unwrap_used)]

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::handler::Handler;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use axum::routing::{any, post};
use chrono::{DateTime, Utc};
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;
use webhook_axum::future::BoxFuture;
use webhook_axum::replay::{Begun, DeliveryId, MemoryStore, ReplayStore, StoreError, Token};
use webhook_axum::testing::{Signer, documented_profile};
use webhook_axum::{CreateEvent, Receiver, RejectionKind, Webhook, WebhookRejection, once};

type Call = Request<Bytes>;

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

fn app<H, T>(receiver: Receiver, handler: H) -> Router
where
    H: Handler<T, Receiver>,
    T: 'static,
{
    Router::new().route("/copernica", any(handler)).with_state(receiver)
}

type Answer = (StatusCode, HeaderMap, Bytes);

async fn send(app: &Router, call: &Call) -> Answer {
    let request = call.clone().map(Body::from);
    let (head, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    (head.status, head.headers, to_bytes(body, usize::MAX).await.unwrap())
}

#[track_caller]
fn assert_answered_before((status, headers, body): &Answer) {
    assert_eq!((status.as_u16(), body.len()), (200, 0));
    assert!(!headers.contains_key("content-type"), "{headers:?}");
}

#[tokio::test]
async fn a_handler_may_take_a_result_and_more() {
    async fn on_call(
        method: Method,
        headers: HeaderMap,
        call: Result<Webhook<CreateEvent>, WebhookRejection>,
    ) -> Result<StatusCode, WebhookRejection> {
        assert!(method == Method::POST && headers.contains_key("signature"));
        match call {
            Ok(hook) => {
                Ok(StatusCode::from_u16(hook.delivery.host().map_or(500, |_| 202)).unwrap())
            }
            Err(refused) if refused.kind() == RejectionKind::AlreadyHandled => Err(refused),
            // What was not received can't count as handled, however it is answered.
            Err(_) => Ok(StatusCode::OK),
        }
    }
    let receiver = receiver();
    let app = app(receiver.clone(), once(on_call));
    let call = sign();
    let held = receiver.receive::<CreateEvent>(call.clone()).await.unwrap();
    assert_eq!(send(&app, &call).await.0, 200);
    drop(held);
    assert_eq!(send(&app, &call).await.0, 202);
    assert_answered_before(&send(&app, &call).await);
}

/// An answer that the wrapper can't see is not the sender's: what comes after it must be inside.
#[tokio::test]
async fn it_hears_what_layers_inside_make_of_the_answer() {
    async fn on_create(_: Webhook) -> StatusCode {
        StatusCode::OK
    }
    let failed = axum::middleware::map_response(async |_: Response| StatusCode::BAD_GATEWAY);
    let app = app(receiver(), once(on_create.layer(failed)));
    let call = sign();
    for _ in 0..2 {
        assert_eq!(send(&app, &call).await.0, 502);
    }
}

#[tokio::test]
async fn it_fits_a_method_router() {
    async fn on_create(_: Webhook) {}
    let app = Router::new().route("/copernica", post(once(on_create)));
    let call = sign();
    let app = app.with_state(receiver());
    assert_eq!(send(&app, &call).await.0, 200);
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
    let app = app(receiver.clone(), once(on_create));
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
        let app = app(receiver.clone(), once(on_create));
        let call = sign();
        assert!(timeout(Duration::from_millis(20), send(&app, &call)).await.is_err());
        receiver.idle().await;
        assert_eq!(send(&app, &call).await.0, copy);
        tokio::time::resume();
    }
}

/// Answers after 100 ms, as one that is reached over a network may.
#[derive(Debug)]
struct Slow(MemoryStore);

impl ReplayStore for Slow {
    fn begin<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Begun, StoreError>> {
        Box::pin(async move {
            sleep(Duration::from_millis(100)).await;
            self.0.begin(id, now, until).await
        })
    }

    fn commit<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.commit(id, now, until)
    }

    fn release(&self, id: &DeliveryId, token: Token) {
        self.0.release(id, token);
    }
}

/// Its proof is complete, and its claim is not: the handler has not begun.
#[tokio::test]
async fn a_sender_that_goes_between_proof_and_handler_is_not_lost() {
    async fn on_create(_: Webhook) -> StatusCode {
        StatusCode::NO_CONTENT
    }
    tokio::time::pause();
    let receiver = Receiver::builder().account(1234).keys(signer().keys()).clock(now);
    let receiver = receiver.replay(Slow(MemoryStore::new())).build().unwrap();
    let app = app(receiver.clone(), once(on_create));
    let call = sign();
    assert!(timeout(Duration::from_millis(20), send(&app, &call)).await.is_err());
    receiver.idle().await;
    assert_answered_before(&send(&app, &call).await);
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
    let app = app(receiver(), once(on_call));
    assert_eq!(send(&app, &sign_update()).await.0, 204);
    let call = sign_update();
    assert_eq!(send(&app, &call).await.0, 204);
    assert_answered_before(&send(&app, &call).await);
}

#[tokio::test]
async fn what_can_not_be_decoded_is_released_when_its_handler_does_not_run() {
    async fn on_create(_: Webhook) -> StatusCode {
        StatusCode::NO_CONTENT
    }
    let call = sign_update();
    for app in [app(receiver(), once(on_create)), app(receiver(), on_create)] {
        for _ in 0..3 {
            assert_eq!(send(&app, &call).await.0, 422);
        }
    }
}
