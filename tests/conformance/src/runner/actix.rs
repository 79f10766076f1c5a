//! actix-web.

use super::{Answering, Polled, Runner, sent};
use crate::answer::{Answer, Reported, decoded_later, handled};
use crate::case::Case;
use crate::counted;
use crate::for_event::ForEvent;
use crate::setup::Setup;
use actix_web::body::to_bytes;
use actix_web::dev::{ServerHandle, Service};
use actix_web::http::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::rt::{System, SystemRunner};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, HttpServer, Route, web};
use serde::Serialize;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::mpsc::Sender;
use webhook_actix::{CreateEvent, FromDelivery, Raw, Receiver, Webhook, WebhookRejection, once};

pub(super) struct InProcess {
    answer: Box<dyn Fn(TestRequest, bool) -> Answering>,
    system: SystemRunner,
}

impl InProcess {
    pub(super) fn new(setup: Setup, receiver: Receiver) -> Self {
        let system = System::new();
        let app = App::new().configure(|config| configure(config, setup, receiver));
        let service = Rc::new(system.block_on(init_service(app)));
        let answer = move |request: TestRequest, is_head| -> Answering {
            let service = Rc::clone(&service);
            Box::pin(async move {
                let response = match service.call(request.to_request()).await {
                    Ok(response) => response.into_parts().1,
                    Err(error) => error.error_response(),
                };
                sent(is_head, of(response).await)
            })
        };
        Self { answer: Box::new(answer), system }
    }
}

impl Runner for InProcess {
    fn call(&self, case: &Case) -> Answer {
        self.system.block_on(self.answering(case))
    }
}

impl Polled for InProcess {
    fn answering(&self, case: &Case) -> Answering {
        (self.answer)(request(case), case.is_head())
    }
}

async fn of(response: HttpResponse) -> Answer {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let headers = headers.iter().map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    Answer::new(status, headers, to_bytes(response.into_body()).await.unwrap().into())
}

fn request(case: &Case) -> TestRequest {
    let mut request = TestRequest::default()
        .method(Method::from_bytes(case.method.as_bytes()).unwrap())
        .uri(&case.target);
    // Sets a Content-Length of its own, which the first of the case's replaces.
    if !case.body.is_empty() {
        request = request.set_payload(case.body.clone());
    }
    let announced = case.announced().map(|length| length.to_string().into());
    let length = announced.map(|length| ("content-length".to_owned(), length));
    let mut lengths = 0;
    for (name, value) in case.headers.iter().cloned().chain(length) {
        let name = HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes()).unwrap();
        let header = (name, HeaderValue::from_bytes(&value).unwrap());
        lengths += usize::from(header.0 == CONTENT_LENGTH);
        request = if header.0 == CONTENT_LENGTH && lengths == 1 {
            request.insert_header(header)
        } else {
            request.append_header(header)
        };
    }
    request
}

/// Serves until it is stopped by the handle that it sends.
pub(super) fn serve(
    listener: TcpListener,
    setup: Setup,
    receiver: Receiver,
    started: &Sender<ServerHandle>,
) {
    System::new().block_on(async {
        let app = move || App::new().configure(|config| configure(config, setup, receiver.clone()));
        // What is counted is counted across workers.
        let workers = if setup == Setup::Counted { 2 } else { 1 };
        let server = HttpServer::new(app).workers(workers).disable_signals();
        // HTTP/2 is distinguished from HTTP/1 by its first bytes.
        let server = server.listen_auto_h2c(listener).unwrap().run();
        started.send(server.handle()).unwrap();
        server.await.unwrap();
    });
}

fn configure(config: &mut web::ServiceConfig, setup: Setup, receiver: Receiver) {
    if setup != Setup::Missing {
        config.app_data(receiver);
    }
    if setup == Setup::Nested {
        let v1 = web::scope("/v1").route("/copernica", route(setup));
        config.service(web::scope("/hooks").service(v1));
        return;
    }
    config.route("/copernica", route(setup)).default_service(route(setup));
}

fn route(setup: Setup) -> Route {
    match setup {
        _ if setup.is_plain() => setup.for_event(Plain),
        Setup::Missing => web::to(handle::<CreateEvent>),
        Setup::Later => web::to(handle_later),
        Setup::Results | Setup::IgnoringResults => web::to(handle_result),
        Setup::Counted => web::to(once(handle_counted)),
        Setup::Bare => web::to(handle_counted),
        _ => setup.for_event(Once),
    }
}

/// A handler without `once`.
struct Plain;

impl ForEvent for Plain {
    type Answer = Route;

    fn of<T: FromDelivery + Serialize + Sync>(self) -> Route {
        web::to(handle::<T>)
    }
}

/// A handler with it.
struct Once;

impl ForEvent for Once {
    type Answer = Route;

    fn of<T: FromDelivery + Serialize + Sync>(self) -> Route {
        web::to(once(handle::<T>))
    }
}

async fn handle_later(webhook: Webhook<Raw>) -> HttpResponse {
    own(decoded_later(&webhook.event, &webhook.delivery))
}

async fn handle<T: FromDelivery + Serialize>(webhook: Webhook<T>) -> HttpResponse {
    own(Reported::new(&webhook.event, &webhook.delivery).into_response())
}

async fn handle_counted(webhook: Webhook) -> HttpResponse {
    own(counted::handle(webhook.event, webhook.delivery).await)
}

async fn handle_result(webhook: Result<Webhook, WebhookRejection>) -> HttpResponse {
    match webhook {
        Ok(webhook) => handle(webhook).await,
        Err(refused) => own(handled(&refused)),
    }
}

/// Returns the same response in actix-web's types.
fn own(answer: http::Response<bytes::Bytes>) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
    let mut response = HttpResponse::build(status);
    for (name, value) in answer.headers() {
        response.append_header((name.as_str(), value.as_bytes()));
    }
    response.body(answer.into_body())
}
