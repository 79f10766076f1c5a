//! A delivery is handled once, and what counts as handled is the handler's answer.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{HeaderMap, Method, StatusCode, Version};
use axum::response::Response;
use axum::routing::{any, post};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{FutureExt, join_all};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use tokio::task::yield_now;
use tower::ServiceExt;
use webhook_axum::key::{KeyName, KeySource, Keys, Missing};
use webhook_axum::replay::MemoryStore;
use webhook_axum::testing::{Signer, documented_profile};
use webhook_axum::{
    BoxFuture, CreateEvent, Receiver, ReceiverBuilder, Rejection, RejectionKind, Webhook,
    WebhookRejection, once,
};

type Call = axum::http::Request<Bytes>;

const URL: &str = "https://hooks.example.com/v1/hooks/copernica?a=%2F&b";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_388_957_500, 0).unwrap()
}

fn signer() -> Signer {
    Signer::throw_away().unwrap().date(now())
}

fn sign() -> Call {
    signer().sign_event(URL, &documented_profile()).unwrap()
}

fn builder() -> ReceiverBuilder {
    Receiver::builder().account(1234).keys(signer().keys()).clock(now)
}

fn receiver() -> Receiver {
    builder().build().unwrap()
}

/// Two routers deep, so that every call here is proven over the target it was signed for.
fn app<H, T>(receiver: Receiver, handler: H) -> Router
where
    H: Handler<T, Receiver>,
    T: 'static,
{
    let hooks = Router::new().route("/copernica", any(handler));
    let inner = Router::new().nest("/hooks", hooks);
    Router::new().nest("/v1", inner).with_state(receiver)
}

type Answer = (StatusCode, HeaderMap, Bytes);

async fn send(app: &Router, call: &Call) -> Answer {
    let request: Request = call.clone().map(Body::from);
    let (head, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    (head.status, head.headers, to_bytes(body, usize::MAX).await.unwrap())
}

#[track_caller]
fn assert_answered_before((status, headers, body): &Answer) {
    assert_eq!((status.as_u16(), body.len()), (200, 0));
    assert!(!headers.contains_key("content-type"), "{headers:?}");
}

#[track_caller]
fn assert_in_flight((status, headers, body): &Answer) {
    let body = String::from_utf8_lossy(body);
    assert_eq!(status.as_u16(), 503, "{body}");
    assert!(headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 0);
    assert!(body.contains(r#""in_flight""#), "{body}");
}

/// What a handler does at first; a copy is answered 204.
#[derive(Debug, Clone, Copy)]
enum Act {
    Answer(u16),
    Panic,
    Hang,
}

#[derive(Clone, Default)]
struct Calls(Arc<AtomicUsize>);

impl Calls {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    async fn act(self, first: Act, hook: Webhook) -> StatusCode {
        let act = if self.0.fetch_add(1, Ordering::SeqCst) == 0 { first } else { Act::Answer(204) };
        // As a handler that takes the event and leaves the delivery: whoever is told the answer
        // has to keep the claim.
        drop(hook);
        match act {
            Act::Answer(status) => StatusCode::from_u16(status).unwrap(),
            Act::Panic => panic!("as told"),
            Act::Hang => std::future::pending().await,
        }
    }
}

fn acting(act: Act) -> (Router, Calls) {
    let calls = Calls::default();
    let handler = {
        let calls = calls.clone();
        move |hook: Webhook| calls.act(act, hook)
    };
    (app(receiver(), once(handler)), calls)
}

#[tokio::test]
async fn a_status_of_2xx_counts_as_handled() {
    for status in [200, 201, 204, 299] {
        let (app, calls) = acting(Act::Answer(status));
        let call = sign();
        assert_eq!(send(&app, &call).await.0, status);
        assert_answered_before(&send(&app, &call).await);
        assert_answered_before(&send(&app, &call).await);
        assert_eq!(calls.count(), 1, "{status}");
        // Told anew it is another delivery; that is what the idempotency key is for.
        assert_eq!(send(&app, &sign()).await.0, 204);
    }
}

#[tokio::test]
async fn after_another_status_a_copy_is_handled() {
    for status in [199, 300, 304, 400, 404, 410, 422, 500, 503] {
        let (app, calls) = acting(Act::Answer(status));
        let call = sign();
        assert_eq!(send(&app, &call).await.0, status);
        assert_eq!(send(&app, &call).await.0, 204, "{status}");
        assert_answered_before(&send(&app, &call).await);
        assert_eq!(calls.count(), 2, "{status}");
    }
}

#[tokio::test]
async fn after_a_panic_a_copy_is_handled() {
    let (app, calls) = acting(Act::Panic);
    let call = sign();
    let first = {
        let (app, call) = (app.clone(), call.clone());
        tokio::spawn(async move { send(&app, &call).await })
    };
    assert!(first.await.unwrap_err().is_panic());
    assert_eq!(send(&app, &call).await.0, 204);
    assert_answered_before(&send(&app, &call).await);
    assert_eq!(calls.count(), 2);
}

#[tokio::test]
async fn after_a_cancelled_request_a_copy_is_handled() {
    let (app, calls) = acting(Act::Hang);
    let call = sign();
    let mut first = Box::pin(send(&app, &call));
    assert!(first.as_mut().now_or_never().is_none());
    assert_eq!(calls.count(), 1);
    assert_in_flight(&send(&app, &call).await);
    drop(first);
    assert_eq!(send(&app, &call).await.0, 204);
    assert_answered_before(&send(&app, &call).await);
    assert_eq!(calls.count(), 2);
}

/// Nobody waits for an answer: the claim ends with the delivery.
#[tokio::test]
async fn without_once_a_copy_is_handled() {
    let calls = Calls::default();
    let counted = calls.clone();
    let handler = move |hook: Webhook| counted.act(Act::Answer(204), hook);
    let app = app(receiver(), handler);
    let call = sign();
    for turn in 1..=3 {
        assert_eq!(send(&app, &call).await.0, 204);
        assert_eq!(calls.count(), turn);
    }
}

#[tokio::test]
async fn a_delivery_can_be_committed_by_its_handler() {
    async fn on_create(Webhook { delivery, .. }: Webhook) -> StatusCode {
        delivery.commit().await.unwrap();
        StatusCode::INTERNAL_SERVER_ERROR
    }
    for app in [app(receiver(), on_create), app(receiver(), once(on_create))] {
        let call = sign();
        assert_eq!(send(&app, &call).await.0, 500);
        assert_answered_before(&send(&app, &call).await);
    }
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

/// Real threads; each copy comes while others are on their way.
#[test]
fn of_a_thousand_copies_one_is_handled() {
    const THREADS: usize = 4;
    const EACH: usize = 250;
    let calls = Calls::default();
    let counted = calls.clone();
    let handler = move |_: Webhook| {
        counted.0.fetch_add(1, Ordering::SeqCst);
        async {
            for _ in 0..100 {
                yield_now().await;
            }
            StatusCode::NO_CONTENT
        }
    };
    let (app, call) = (app(receiver(), once(handler)), sign());
    let (app, call) = (&app, &call);
    let copies = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(join_all((0..EACH).map(|_| send(app, call))))
    };
    let answers: Vec<Answer> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(copies)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!((answers.len(), calls.count()), (THREADS * EACH, 1));
    let (successes, others): (Vec<_>, Vec<_>) =
        answers.iter().partition(|(status, ..)| *status == 204);
    assert_eq!(successes.len(), 1);
    for other in others {
        match other.0.as_u16() {
            200 => assert_answered_before(other),
            _ => assert_in_flight(other),
        }
    }
}

/// Only what was signed is proven: another path or query under the same route is not.
#[tokio::test]
async fn the_target_is_the_one_that_was_called() {
    let (app, calls) = acting(Act::Answer(204));
    let mut moved = sign();
    *moved.uri_mut() = URL.replace("&b", "&c").parse().unwrap();
    assert_eq!(send(&app, &moved).await.0, 401);
    assert_eq!(calls.count(), 0);
    assert_eq!(send(&app, &sign()).await.0, 204);
}

/// HTTP/2 has an authority and no Host.
#[tokio::test]
async fn the_authority_of_http_2_is_the_host() {
    let (app, _) = acting(Act::Answer(204));
    let mut call = sign();
    *call.version_mut() = Version::HTTP_2;
    call.headers_mut().remove("host").unwrap();
    assert_eq!(send(&app, &call).await.0, 204);
    *call.uri_mut() = URL.replace("hooks.example", "evil.example").parse().unwrap();
    assert_eq!(send(&app, &call).await.0, 401);
}

#[derive(Debug)]
struct NoKeys;

impl KeySource for NoKeys {
    fn find<'a>(
        &'a self,
        _: &'a KeyName,
        _: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, Missing>> {
        Box::pin(async { Err(Missing::Unavailable { retry_after: Duration::from_secs(7) }) })
    }
}

/// Whatever core answers is what is answered: status, every header, body.
#[tokio::test]
async fn refusals_are_cores_with_every_header() {
    async fn on_create(_: Webhook) {}
    let handled = receiver();
    let call = sign();
    let first = handled.receive::<CreateEvent>(call.clone()).await.unwrap();
    first.delivery.commit().await.unwrap();
    let in_flight = receiver();
    let held = in_flight.receive::<CreateEvent>(call.clone()).await.unwrap();
    let late = builder().clock(|| now() + TimeDelta::minutes(2)).build().unwrap();
    let mut get = call.clone();
    *get.method_mut() = Method::GET;
    let mut zipped = call.clone();
    zipped.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
    let mut text = call.clone();
    text.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    let cases: [(Receiver, &Call, RejectionKind, &str); 8] = [
        (handled, &call, RejectionKind::AlreadyHandled, ""),
        (in_flight, &call, RejectionKind::InFlight, "retry-after"),
        (late, &call, RejectionKind::Unauthenticated, "www-authenticate"),
        (
            builder().keys(NoKeys).build().unwrap(),
            &call,
            RejectionKind::KeyUnavailable,
            "retry-after",
        ),
        (
            builder().replay(MemoryStore::bounded(0)).build().unwrap(),
            &call,
            RejectionKind::ReplayUnavailable,
            "retry-after",
        ),
        (receiver(), &get, RejectionKind::MethodNotAllowed, "allow"),
        (receiver(), &zipped, RejectionKind::UnsupportedMediaType, "accept-encoding"),
        (receiver(), &text, RejectionKind::UnsupportedMediaType, "accept"),
    ];
    for (receiver, call, kind, header) in cases {
        let refused: Rejection = receiver.receive::<CreateEvent>(call.clone()).await.unwrap_err();
        assert_eq!(refused.kind(), kind);
        let (expected, expected_body) = refused.to_response().into_parts();
        assert!(header.is_empty() || expected.headers.contains_key(header), "{kind}");
        let (status, mut headers, body) = send(&app(receiver, once(on_create)), call).await;
        // The server's, not ours.
        headers.remove("content-length");
        assert_eq!((status, headers, body), (expected.status, expected.headers, expected_body));
    }
    drop(held);
}

#[tokio::test]
async fn it_fits_a_method_router() {
    async fn on_create(_: Webhook) {}
    let app = Router::new().route("/v1/hooks/copernica", post(once(on_create)));
    let call = sign();
    let app = app.with_state(receiver());
    assert_eq!(send(&app, &call).await.0, 200);
    assert_answered_before(&send(&app, &call).await);
}
