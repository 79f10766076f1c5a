//! What is actix-web's own about `once`. What counts as handled is in the conformance suite, for all
//! adapters: `tests/conformance/tests/once.rs`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use actix_http::Request;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, init_service, read_body};
use actix_web::web::Bytes;
use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, error, web};
use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use webhook_actix::future::BoxFuture;
use webhook_actix::replay::{Begun, DeliveryId, MemoryStore, ReplayStore, StoreError, Token};
use webhook_actix::testing::{Signer, documented_profile};
use webhook_actix::{
    CreateEvent, ProfileCreated, Receiver, RejectionKind, SubprofileCreated, Webhook,
    WebhookConfig, WebhookRejection, once,
};

type Call = http::Request<Bytes>;

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

macro_rules! app {
    ($receiver:expr, $handler:expr) => {
        init_service(App::new().app_data($receiver).route("/copernica", web::to($handler))).await
    };
}

/// Status, headers in order, body.
type Answer = (u16, Vec<(String, String)>, Bytes);

async fn send<S>(app: &S, call: &Call) -> Answer
where
    S: Service<Request, Response = ServiceResponse, Error = Error>,
{
    let mut request = TestRequest::post().uri(call.uri().path());
    for (name, value) in call.headers() {
        request = request.append_header((name.as_str(), value.as_bytes()));
    }
    let request = request.set_payload(call.body().clone()).to_request();
    let answer = app.call(request).await.unwrap();
    let pairs = answer.headers().iter();
    let mut headers: Vec<(String, String)> =
        pairs.map(|(name, value)| (name.to_string(), value.to_str().unwrap().into())).collect();
    headers.sort();
    (answer.status().as_u16(), headers, read_body(answer).await)
}

#[track_caller]
fn assert_answered_before((status, headers, body): &Answer) {
    assert_eq!((*status, headers.len(), body.len()), (200, 0, 0), "{headers:?}");
}

#[actix_web::test]
async fn a_handler_may_take_a_result_and_more() {
    async fn on_call(
        request: HttpRequest,
        method: Method,
        call: Result<Webhook<CreateEvent>, WebhookRejection>,
    ) -> Result<HttpResponse, WebhookRejection> {
        assert!(method == Method::POST && request.headers().contains_key("signature"));
        match call {
            Ok(_) => Ok(HttpResponse::Accepted().finish()),
            Err(refused) if refused.kind() == RejectionKind::AlreadyHandled => Err(refused),
            // What was not received can't count as handled, however it is answered.
            Err(_) => Ok(HttpResponse::Ok().finish()),
        }
    }
    let receiver = receiver();
    let app = app!(receiver.clone(), once(on_call));
    let call = sign();
    let held = receiver.receive::<CreateEvent>(call.clone()).await.unwrap();
    assert_eq!(send(&app, &call).await.0, 200);
    drop(held);
    assert_eq!(send(&app, &call).await.0, 202);
    assert_answered_before(&send(&app, &call).await);
}

/// An error is an answer too: it is the status that it becomes.
#[actix_web::test]
async fn an_error_is_not_handled() {
    async fn on_create(_: Webhook) -> actix_web::Result<&'static str> {
        Err(error::ErrorBadGateway("no"))
    }
    let app = app!(receiver(), once(on_create));
    let call = sign();
    for _ in 0..2 {
        assert_eq!(send(&app, &call).await.0, 502);
    }
}

/// Both sides of `Either` share one claim, though the first one refuses: a copy is known by either.
#[actix_web::test]
async fn either_side_is_handled_once() {
    type Either = web::Either<Webhook<SubprofileCreated>, Webhook<ProfileCreated>>;
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let handler = move |hook: Either| match hook {
        web::Either::Left(_) => panic!("a profile was sent"),
        web::Either::Right(_) => {
            counted.fetch_add(1, Ordering::SeqCst);
            async { HttpResponse::NoContent().finish() }
        }
    };
    let app = app!(receiver(), once(handler));
    let call = sign();
    for status in [204, 200] {
        assert_eq!(send(&app, &call).await.0, status);
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }
}

/// An argument after the webhook is refused: that is answered as without `once`, and the claim goes.
#[actix_web::test]
async fn what_another_argument_refuses_is_released() {
    async fn on_create(_: Webhook, _: web::ReqData<u8>) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
    let receiver = receiver();
    let app = app!(receiver.clone(), once(on_create));
    let call = sign();
    for _ in 0..2 {
        assert_eq!(send(&app, &call).await.0, 500);
    }
    assert!(receiver.receive::<CreateEvent>(call).await.is_ok());
}

/// A sender that goes after 20 ms, while the handler has all the time of the world.
#[actix_web::test]
async fn without_its_connection_a_handler_has_five_minutes() {
    async fn on_create(hook: Webhook) -> HttpResponse {
        let _held = hook;
        std::future::pending().await
    }
    tokio::time::pause();
    let receiver = receiver();
    let app = app!(receiver.clone(), once(on_create));
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
#[actix_web::test]
async fn without_its_connection_a_handler_settles_by_its_status() {
    for (status, copy) in [(204, 200), (500, 500)] {
        let on_create = move |_: Webhook| async move {
            sleep(Duration::from_millis(100)).await;
            HttpResponse::build(StatusCode::from_u16(status).unwrap()).finish()
        };
        tokio::time::pause();
        let receiver = receiver();
        let app = app!(receiver.clone(), once(on_create));
        let call = sign();
        assert!(timeout(Duration::from_millis(20), send(&app, &call)).await.is_err());
        receiver.idle().await;
        assert_eq!(send(&app, &call).await.0, copy);
        tokio::time::resume();
    }
}

/// What the extractor refuses is answered as without `once`, also where the application shapes it.
#[actix_web::test]
async fn refusals_are_answered_as_without_it() {
    async fn on_create(_: Webhook<SubprofileCreated>) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
    let config = WebhookConfig::default().error_handler(|refused, request| {
        let answer =
            HttpResponse::ImATeapot().body(format!("{} {}", refused.code(), request.path()));
        error::InternalError::from_response(refused, answer).into()
    });
    for (config, status) in [(WebhookConfig::default(), [422, 401]), (config, [418; 2])] {
        let bare = web::to(on_create);
        let app = App::new().app_data(receiver()).app_data(config);
        let app = app.route("/once", web::to(once(on_create))).route("/bare", bare);
        let app = init_service(app).await;
        let mut forged = sign();
        forged.headers_mut().remove("signature");
        let entity = |path: &str| {
            let url = format!("https://hooks.example.com{path}");
            signer().sign_event(&url, &documented_profile()).unwrap()
        };
        for (at, status) in status.into_iter().enumerate() {
            let mut answers = ["/once", "/bare"].map(|_| None);
            for (path, answer) in ["/once", "/bare"].iter().zip(&mut answers) {
                let mut call = [entity(path), forged.clone()][at].clone();
                *call.uri_mut() = path.parse().unwrap();
                let (status, headers, body) = send(&app, &call).await;
                // The path is in the shaped ones.
                let body = String::from_utf8(body.to_vec()).unwrap().replace(path, "");
                let headers: Vec<_> =
                    headers.into_iter().filter(|(name, _)| name != "content-length").collect();
                *answer = Some((status, headers, body));
            }
            assert_eq!(answers[0], answers[1]);
            assert_eq!(answers[0].as_ref().unwrap().0, status, "{answers:?}");
        }
    }
}

/// Middleware finds the refusal in the response, as without `once`.
#[actix_web::test]
async fn the_refusal_can_be_read_from_the_response() {
    async fn on_create(_: Webhook) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
    let app = app!(receiver(), once(on_create));
    let request = TestRequest::post().uri("/copernica").to_request();
    let answer = app.call(request).await.unwrap();
    let refused = answer.response().error().unwrap().as_error::<WebhookRejection>().unwrap();
    assert_eq!(u16::from(refused.status()), answer.status().as_u16());
}

/// A runtime that is not actix-web's has no place for its tasks: nothing panics in a `drop`, and the
/// delivery is released.
#[test]
fn outside_of_a_worker_a_handler_is_dropped_with_its_connection() {
    async fn on_create(_: Webhook) -> HttpResponse {
        sleep(Duration::from_millis(100)).await;
        HttpResponse::NoContent().finish()
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let receiver = receiver();
        let app = app!(receiver.clone(), once(on_create));
        let call = sign();
        assert!(timeout(Duration::from_millis(20), send(&app, &call)).await.is_err());
        assert!(receiver.receive::<CreateEvent>(call).await.is_ok());
        receiver.idle().await;
    });
}

/// A worker's tasks end with its server, so what must not be lost is waited for before that.
#[actix_web::test]
async fn before_a_graceful_stop_idle_waits_for_handlers_without_a_connection() {
    for waits in [true, false] {
        let (began, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let handler = {
            let (began, ended) = (Arc::clone(&began), Arc::clone(&ended));
            move |_: Webhook| {
                let (began, ended) = (Arc::clone(&began), Arc::clone(&ended));
                async move {
                    began.fetch_add(1, Ordering::SeqCst);
                    sleep(Duration::from_millis(500)).await;
                    ended.fetch_add(1, Ordering::SeqCst);
                    HttpResponse::NoContent().finish()
                }
            }
        };
        let receiver = receiver();
        let state = receiver.clone();
        let server = HttpServer::new(move || {
            App::new().app_data(state.clone()).route("/copernica", web::to(once(handler.clone())))
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        let served = actix_web::rt::spawn(server);

        let call = sign();
        let mut head = String::from("POST /copernica HTTP/1.1\r\n");
        for (name, value) in call.headers() {
            head.extend([name.as_str(), ": ", value.to_str().unwrap(), "\r\n"]);
        }
        head += "\r\n";
        let mut socket = TcpStream::connect(address).await.unwrap();
        // Its answer stays unread, so that closing resets the connection.
        socket.write_all(b"GET / HTTP/1.1\r\nhost: hooks.example.com\r\n\r\n").await.unwrap();
        socket.write_all(&[head.as_bytes(), call.body()].concat()).await.unwrap();
        eventually("it begins", || began.load(Ordering::SeqCst) == 1).await;
        drop(socket);
        eventually("it is moved", || receiver.idle().now_or_never().is_none()).await;

        if waits {
            receiver.idle().await;
        }
        handle.stop(true).await;
        served.await.unwrap().unwrap();
        assert_eq!(ended.load(Ordering::SeqCst), usize::from(waits));
        // What was cut off was released.
        receiver.idle().await;
        assert_eq!(receiver.receive::<CreateEvent>(call).await.is_ok(), !waits);
    }
}

async fn eventually(what: &str, look: impl Fn() -> bool) {
    let patience = timeout(Duration::from_secs(20), async {
        while !look() {
            sleep(Duration::from_millis(2)).await;
        }
    });
    assert!(patience.await.is_ok(), "{what}");
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
#[actix_web::test]
async fn a_sender_that_goes_between_proof_and_handler_is_not_lost() {
    async fn on_create(_: Webhook) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
    tokio::time::pause();
    let receiver = Receiver::builder().account(1234).keys(signer().keys()).clock(now);
    let receiver = receiver.replay(Slow(MemoryStore::new())).build().unwrap();
    let app = app!(receiver.clone(), once(on_create));
    let call = sign();
    assert!(timeout(Duration::from_millis(20), send(&app, &call)).await.is_err());
    receiver.idle().await;
    assert_answered_before(&send(&app, &call).await);
}

/// A `Result` has the delivery of what is proven and can't be decoded; an answer of 2xx keeps it.
#[actix_web::test]
async fn what_can_not_be_decoded_is_kept_by_a_handler_that_takes_a_result() {
    async fn on_call(
        call: Result<Webhook<CreateEvent>, WebhookRejection>,
    ) -> Result<HttpResponse, WebhookRejection> {
        match call.as_ref().map_err(|refused| refused.delivery()) {
            Err(Some(delivery)) => {
                assert_eq!(delivery.body(), "type=update&profile=123");
                assert!(delivery.proven().is_some());
                Ok(HttpResponse::NoContent().finish())
            }
            _ => Err(call.unwrap_err()),
        }
    }
    let app = app!(receiver(), once(on_call));
    let call = sign_update();
    assert_eq!(send(&app, &call).await.0, 204);
    assert_answered_before(&send(&app, &call).await);
}

/// The error handler sees the delivery; what it answers keeps nothing, for no handler ran.
#[actix_web::test]
async fn what_can_not_be_decoded_is_released_when_its_handler_does_not_run() {
    async fn on_create(_: Webhook) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
    let config = WebhookConfig::default().error_handler(|refused, _| {
        assert_eq!(refused.delivery().unwrap().body(), "type=update&profile=123");
        let answer = HttpResponse::Accepted().finish();
        error::InternalError::from_response(refused, answer).into()
    });
    let bare = App::new().app_data(receiver()).app_data(config.clone());
    let bare = init_service(bare.route("/copernica", web::to(on_create))).await;
    let app = App::new().app_data(receiver()).app_data(config);
    let app = init_service(app.route("/copernica", web::to(once(on_create)))).await;
    let call = sign_update();
    for _ in 0..3 {
        assert_eq!(send(&app, &call).await.0, 202);
        assert_eq!(send(&bare, &call).await.0, 202);
    }
}

/// Without `once`, both sides of `Either` share one claim.
#[actix_web::test]
async fn either_side_is_received_without_once() {
    type Either = web::Either<Webhook<SubprofileCreated>, Webhook<ProfileCreated>>;
    async fn on_either(hook: Either) -> HttpResponse {
        match hook {
            web::Either::Left(_) => HttpResponse::InternalServerError().finish(),
            web::Either::Right(_) => HttpResponse::NoContent().finish(),
        }
    }
    let app = app!(receiver(), on_either);
    let call = sign();
    for _ in 0..2 {
        assert_eq!(send(&app, &call).await.0, 204);
    }
}
