//! What is actix-web's own about `once`. What counts as handled is in the conformance suite, for all
//! adapters: `tests/tests/once.rs`.

#![allow(clippy::unwrap_used, clippy::panic)]

use actix_http::Request;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::test::{TestRequest, init_service, read_body};
use actix_web::web::Bytes;
use actix_web::{App, Error, HttpRequest, HttpResponse, error, web};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use webhook_actix::testing::{Signer, documented_profile};
use webhook_actix::{
    CreateEvent, ProfileCreated, Receiver, RejectionKind, SubprofileCreated, Webhook,
    WebhookRejection, once,
};

type Call = http::Request<Bytes>;

const URL: &str = "https://hooks.example.com/copernica";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_388_957_500, 0).unwrap()
}

fn signer() -> Signer {
    Signer::throw_away().unwrap().date(now())
}

fn sign() -> Call {
    signer().sign_event(URL, &documented_profile()).unwrap()
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

/// Both sides of `Either` find where the outcome is told, though the first one refuses. What is
/// answered to a copy is actix-web's choice: the refusal of the first.
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
    for status in [204, 422] {
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
