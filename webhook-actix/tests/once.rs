//! A delivery is handled once, and what counts as handled is the handler's answer.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use actix_http::Request;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, init_service, read_body};
use actix_web::web::Bytes;
use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, error, rt, web};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::FutureExt;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use webhook_actix::key::{KeyName, KeySource, Keys, Missing};
use webhook_actix::replay::MemoryStore;
use webhook_actix::testing::{Signer, documented_profile};
use webhook_actix::{
    BoxFuture, CreateEvent, ProfileCreated, Receiver, ReceiverBuilder, Rejection, RejectionKind,
    SubprofileCreated, Webhook, WebhookRejection, once,
};

type Call = http::Request<Bytes>;

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

/// Two scopes deep, so that every call here is proven over the target it was signed for.
macro_rules! app {
    ($receiver:expr, $handler:expr) => {
        init_service(App::new().app_data($receiver).service(
            web::scope("/v1").service(web::scope("/hooks").route("/copernica", web::to($handler))),
        ))
        .await
    };
}

/// Status, headers in order, body.
type Answer = (u16, Vec<(String, String)>, Bytes);

async fn send<S>(app: &S, call: &Call) -> Answer
where
    S: Service<Request, Response = ServiceResponse, Error = Error>,
{
    let method = Method::from_bytes(call.method().as_str().as_bytes()).unwrap();
    let target = call.uri().path_and_query().unwrap().as_str();
    let mut request = TestRequest::with_uri(target).method(method);
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

#[track_caller]
fn assert_in_flight((status, headers, body): &Answer) {
    let body = String::from_utf8_lossy(body);
    assert_eq!(*status, 503, "{body}");
    let after = headers.iter().find(|(name, _)| name == "retry-after").unwrap();
    assert!(after.1.parse::<u32>().unwrap() > 0);
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

    async fn act(self, first: Act, hook: Webhook) -> HttpResponse {
        let act = if self.0.fetch_add(1, Ordering::SeqCst) == 0 { first } else { Act::Answer(204) };
        // As a handler that takes the event and leaves the delivery: whoever is told the answer
        // has to keep the claim.
        drop(hook);
        match act {
            Act::Answer(status) => HttpResponse::new(StatusCode::from_u16(status).unwrap()),
            Act::Panic => panic!("as told"),
            Act::Hang => std::future::pending().await,
        }
    }
}

macro_rules! acting {
    ($act:expr) => {{
        let calls = Calls::default();
        let counted = calls.clone();
        (app!(receiver(), once(move |hook: Webhook| counted.clone().act($act, hook))), calls)
    }};
}

#[actix_web::test]
async fn a_status_of_2xx_counts_as_handled() {
    for status in [200, 201, 204, 299] {
        let (app, calls) = acting!(Act::Answer(status));
        let call = sign();
        assert_eq!(send(&app, &call).await.0, status);
        assert_answered_before(&send(&app, &call).await);
        assert_answered_before(&send(&app, &call).await);
        assert_eq!(calls.count(), 1, "{status}");
        // Told anew it is another delivery; that is what the idempotency key is for.
        assert_eq!(send(&app, &sign()).await.0, 204);
    }
}

#[actix_web::test]
async fn after_another_status_a_copy_is_handled() {
    for status in [199, 300, 304, 400, 404, 410, 422, 500, 503] {
        let (app, calls) = acting!(Act::Answer(status));
        let call = sign();
        assert_eq!(send(&app, &call).await.0, status);
        assert_eq!(send(&app, &call).await.0, 204, "{status}");
        assert_answered_before(&send(&app, &call).await);
        assert_eq!(calls.count(), 2, "{status}");
    }
}

#[actix_web::test]
async fn after_a_panic_a_copy_is_handled() {
    let (app, calls) = acting!(Act::Panic);
    let call = sign();
    let first = catch_unwind(AssertUnwindSafe(|| send(&app, &call).now_or_never()));
    assert!(first.is_err());
    assert_eq!(send(&app, &call).await.0, 204);
    assert_answered_before(&send(&app, &call).await);
    assert_eq!(calls.count(), 2);
}

#[actix_web::test]
async fn after_a_cancelled_request_a_copy_is_handled() {
    let (app, calls) = acting!(Act::Hang);
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
#[actix_web::test]
async fn without_once_a_copy_is_handled() {
    let calls = Calls::default();
    let counted = calls.clone();
    let app = app!(receiver(), move |hook: Webhook| counted.clone().act(Act::Answer(204), hook));
    let call = sign();
    for turn in 1..=3 {
        assert_eq!(send(&app, &call).await.0, 204);
        assert_eq!(calls.count(), turn);
    }
}

#[actix_web::test]
async fn a_delivery_can_be_committed_by_its_handler() {
    async fn on_create(Webhook { delivery, .. }: Webhook) -> HttpResponse {
        delivery.commit().await.unwrap();
        HttpResponse::InternalServerError().finish()
    }
    let call = sign();
    let bare = app!(receiver(), on_create);
    assert_eq!(send(&bare, &call).await.0, 500);
    assert_answered_before(&send(&bare, &call).await);
    let wrapped = app!(receiver(), once(on_create));
    assert_eq!(send(&wrapped, &call).await.0, 500);
    assert_answered_before(&send(&wrapped, &call).await);
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

/// Both sides of `Either` find where the outcome is told, though the first one refuses. What is
/// answered to a copy is actix-web's choice: the refusal of the first.
#[actix_web::test]
async fn either_side_is_handled_once() {
    type Either = web::Either<Webhook<SubprofileCreated>, Webhook<ProfileCreated>>;
    let calls = Calls::default();
    let counted = calls.clone();
    let handler = move |hook: Either| match hook {
        web::Either::Left(_) => panic!("a profile was sent"),
        web::Either::Right(_) => {
            counted.0.fetch_add(1, Ordering::SeqCst);
            async { HttpResponse::NoContent().finish() }
        }
    };
    let app = app!(receiver(), once(handler));
    let call = sign();
    for status in [204, 422] {
        assert_eq!(send(&app, &call).await.0, status);
        assert_eq!(calls.count(), 1);
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

/// Real sockets, two workers; each copy comes while others are on their way.
#[actix_web::test]
async fn of_a_thousand_copies_one_is_handled() {
    const THREADS: usize = 20;
    const EACH: usize = 50;
    let calls = Calls::default();
    let (counted, receiver) = (calls.clone(), receiver());
    let factories = Arc::new(AtomicUsize::new(0));
    let factory = Arc::clone(&factories);
    let server = HttpServer::new(move || {
        factory.fetch_add(1, Ordering::SeqCst);
        let counted = counted.clone();
        let handler = move |_: Webhook| {
            counted.0.fetch_add(1, Ordering::SeqCst);
            async {
                for _ in 0..100 {
                    rt::task::yield_now().await;
                }
                HttpResponse::NoContent().finish()
            }
        };
        let hook = web::post().to(once(handler));
        App::new().app_data(receiver.clone()).route("/v1/hooks/copernica", hook)
    })
    .workers(2)
    .disable_signals()
    .bind(("127.0.0.1", 0))
    .unwrap();
    let addr = server.addrs()[0];
    rt::spawn(server.run());

    let call = sign();
    let mut sent = format!("POST {} HTTP/1.1\r\n", call.uri().path_and_query().unwrap());
    for (name, value) in call.headers() {
        sent.extend([name.as_str(), ": ", value.to_str().unwrap(), "\r\n"]);
    }
    sent += "connection: close\r\n\r\n";
    sent += std::str::from_utf8(call.body()).unwrap();
    let talk = move || {
        let copies = || {
            let copy = |_| {
                let mut stream = TcpStream::connect(addr).unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
                stream.write_all(sent.as_bytes()).unwrap();
                stream
            };
            let streams: Vec<TcpStream> = (0..EACH).map(copy).collect();
            let answer = |mut stream: TcpStream| {
                let mut answer = String::new();
                stream.read_to_string(&mut answer).unwrap();
                answer
            };
            streams.into_iter().map(answer).collect::<Vec<_>>()
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(copies)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        })
    };
    let answers = rt::task::spawn_blocking(talk).await.unwrap();

    assert_eq!((answers.len(), calls.count()), (THREADS * EACH, 1));
    assert_eq!(factories.load(Ordering::SeqCst), 2);
    let mut handled = 0;
    for answer in answers {
        match answer.get(..12).unwrap() {
            "HTTP/1.1 204" => handled += 1,
            "HTTP/1.1 200" => assert!(answer.ends_with("\r\n\r\n"), "{answer}"),
            "HTTP/1.1 503" => {
                assert!(answer.contains("\r\nretry-after: "), "{answer}");
                assert!(answer.contains(r#""in_flight""#), "{answer}");
            }
            _ => panic!("{answer}"),
        }
    }
    assert_eq!(handled, 1);
}

/// Only what was signed is proven: another path or query under the same route is not.
#[actix_web::test]
async fn the_target_is_the_one_that_was_called() {
    let (app, calls) = acting!(Act::Answer(204));
    let mut moved = sign();
    *moved.uri_mut() = URL.replace("&b", "&c").parse().unwrap();
    assert_eq!(send(&app, &moved).await.0, 401);
    assert_eq!(calls.count(), 0);
    assert_eq!(send(&app, &sign()).await.0, 204);
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
#[actix_web::test]
async fn refusals_are_cores_with_every_header() {
    async fn on_create(_: Webhook) -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    let handled = receiver();
    let call = sign();
    let first = handled.receive::<CreateEvent>(call.clone()).await.unwrap();
    first.delivery.commit().await.unwrap();
    let in_flight = receiver();
    let held = in_flight.receive::<CreateEvent>(call.clone()).await.unwrap();
    let late = builder().clock(|| now() + TimeDelta::minutes(2)).build().unwrap();
    let mut get = call.clone();
    *get.method_mut() = http::Method::GET;
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
        let mut headers: Vec<(String, String)> = Vec::new();
        for (name, value) in &expected.headers {
            headers.push((name.to_string(), value.to_str().unwrap().into()));
        }
        headers.sort();
        let answer = send(&app!(receiver, once(on_create)), call).await;
        assert_eq!(answer, (expected.status.as_u16(), headers, expected_body));
    }
    drop(held);
}
