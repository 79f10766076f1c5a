//! One route of each framework, in process, for each way to write a handler.

use bytes::Bytes;
use http::{Request, StatusCode};
use serde::Deserialize;
use webhook_core::Receiver;

/// How the handler is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// `once`, and a typed event.
    Once,
    /// `once`, and any event.
    OnceAny,
    /// A typed event, without `once`.
    Bare,
    /// `once`, and a `Result` that is answered 202.
    Takes,
    /// `once`, and a `Result` that is answered 503.
    Fails,
    /// `once`, and a `Result` whose refusal is the answer.
    Passes,
    /// A `Result` whose delivery is committed and answered 200, without `once`.
    Commits,
    /// A `Result` that is answered 200, without `once`.
    BareTakes,
}

impl Way {
    pub(crate) const ALL: [Self; 8] = [
        Self::Once,
        Self::OnceAny,
        Self::Bare,
        Self::Takes,
        Self::Fails,
        Self::Passes,
        Self::Commits,
        Self::BareTakes,
    ];

    /// Returns what a handler of a `Result` answers a refusal with; `None` passes the refusal on.
    fn status(self) -> Option<StatusCode> {
        match self {
            Self::Takes => Some(StatusCode::ACCEPTED),
            Self::Fails => Some(StatusCode::SERVICE_UNAVAILABLE),
            Self::Passes => None,
            _ => Some(StatusCode::OK),
        }
    }
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Customer {
    mail: String,
    age: u32,
}

type Created = webhook_core::CreateEvent<Customer>;

pub(crate) struct Framework {
    pub(crate) name: &'static str,
    /// Answers one call, and returns the status.
    pub(crate) answer: fn(Way, Receiver, Request<Bytes>) -> u16,
}

pub(crate) const FRAMEWORKS: &[Framework] = &[
    Framework { name: "axum", answer: axum_route::answer },
    Framework { name: "actix", answer: actix_route::answer },
    Framework { name: "warp", answer: warp_route::answer },
];

/// Commits the delivery of a refused call, where the handler does.
async fn committed(way: Way, delivery: Option<&webhook_core::Delivery>) {
    if let Some(delivery) = delivery.filter(|_| way == Way::Commits) {
        delivery.commit().await.unwrap();
    }
}

/// Logs, as a handler of an application does.
fn say() {
    tracing::info!(target: "application", "from the handler");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

mod axum_route {
    use super::{Bytes, Created, Receiver, Request, StatusCode, Way, committed, runtime};
    use axum::Router;
    use axum::body::Body;
    use axum::response::{IntoResponse, Response};
    use axum::routing::any;
    use tower_service::Service;
    use webhook_axum::{Event, Webhook, WebhookRejection, once};

    type Call = Result<Webhook<Created>, WebhookRejection>;

    async fn typed(_: Webhook<Created>) -> StatusCode {
        super::say();
        StatusCode::NO_CONTENT
    }

    async fn result(way: Way, call: Call) -> Response {
        super::say();
        match (call, way.status()) {
            (Ok(_), _) => StatusCode::NO_CONTENT.into_response(),
            (Err(refused), Some(status)) => {
                committed(way, refused.delivery()).await;
                status.into_response()
            }
            (Err(refused), None) => refused.into_response(),
        }
    }

    pub(super) fn answer(way: Way, receiver: Receiver, call: Request<Bytes>) -> u16 {
        let handler = move |call: Call| result(way, call);
        let route = match way {
            Way::Once => any(once(typed)),
            Way::OnceAny => any(once(|_: Webhook<Event>| async { StatusCode::NO_CONTENT })),
            Way::Bare => any(typed),
            Way::Takes | Way::Fails | Way::Passes => any(once(handler)),
            Way::Commits | Way::BareTakes => any(handler),
        };
        let mut app: Router = Router::new().route("/copernica", route).with_state(receiver);
        runtime()
            .block_on(async { app.call(call.map(Body::from)).await.unwrap().status().as_u16() })
    }
}

mod actix_route {
    use super::{Bytes, Created, Receiver, Request, Way, committed};
    use actix_web::http::{Method, StatusCode};
    use actix_web::rt::System;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, ResponseError, web};
    use webhook_actix::{Event, Webhook, WebhookRejection, once};

    type Call = Result<Webhook<Created>, WebhookRejection>;

    async fn typed(_: Webhook<Created>) -> HttpResponse {
        super::say();
        HttpResponse::NoContent().finish()
    }

    async fn any(_: Webhook<Event>) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }

    async fn result(way: web::Data<Way>, call: Call) -> HttpResponse {
        super::say();
        match (call, way.status()) {
            (Ok(_), _) => HttpResponse::NoContent().finish(),
            (Err(refused), Some(status)) => {
                committed(**way, refused.delivery()).await;
                HttpResponse::new(StatusCode::from_u16(status.as_u16()).unwrap())
            }
            (Err(refused), None) => refused.error_response(),
        }
    }

    pub(super) fn answer(way: Way, receiver: Receiver, call: Request<Bytes>) -> u16 {
        let route = match way {
            Way::Once => web::to(once(typed)),
            Way::OnceAny => web::to(once(any)),
            Way::Bare => web::to(typed),
            Way::Takes | Way::Fails | Way::Passes => web::to(once(result)),
            Way::Commits | Way::BareTakes => web::to(result),
        };
        let app = App::new().app_data(receiver).app_data(web::Data::new(way));
        System::new().block_on(async {
            let app = init_service(app.route("/copernica", route)).await;
            let (head, body) = call.into_parts();
            let target = head.uri.path_and_query().unwrap().as_str();
            let mut request = TestRequest::default().method(Method::POST).uri(target);
            request = request.set_payload(body);
            for (name, value) in &head.headers {
                request = request.insert_header((name.as_str(), value.as_bytes()));
            }
            call_service(&app, request.to_request()).await.status().as_u16()
        })
    }
}

mod warp_route {
    use super::{Bytes, Created, Receiver, Request, StatusCode, Way, committed, runtime};
    use http_body_util::Full;
    use tower_service::Service;
    use warp::Filter;
    use warp::reply::{Reply, Response};
    use webhook_warp::{Event, Webhook, WebhookRejection, once, recover, try_webhook, webhook};

    type Call = Result<Webhook<Created>, WebhookRejection>;

    async fn typed(_: Webhook<Created>) -> StatusCode {
        super::say();
        StatusCode::NO_CONTENT
    }

    async fn any(_: Webhook<Event>) -> StatusCode {
        StatusCode::NO_CONTENT
    }

    async fn result(way: Way, call: Call) -> Response {
        super::say();
        match (call, way.status()) {
            (Ok(_), _) => StatusCode::NO_CONTENT.into_response(),
            (Err(refused), Some(status)) => {
                committed(way, refused.delivery()).await;
                status.into_response()
            }
            (Err(refused), None) => refused.into_response(),
        }
    }

    pub(super) fn answer(way: Way, receiver: Receiver, call: Request<Bytes>) -> u16 {
        let handler = move |call: Call| result(way, call);
        let path = warp::path!("copernica");

        let route = match way {
            Way::Once => path
                .and(webhook(receiver))
                .then(once(typed))
                .recover(recover)
                .map(Reply::into_response)
                .boxed(),
            Way::OnceAny => path
                .and(webhook(receiver))
                .then(once(any))
                .recover(recover)
                .map(Reply::into_response)
                .boxed(),
            Way::Bare => path
                .and(webhook(receiver))
                .then(typed)
                .recover(recover)
                .map(Reply::into_response)
                .boxed(),
            Way::Takes | Way::Fails | Way::Passes => {
                path.and(try_webhook(receiver)).then(once(handler)).boxed()
            }
            Way::Commits | Way::BareTakes => path.and(try_webhook(receiver)).then(handler).boxed(),
        };
        let mut service = warp::service(route);
        runtime()
            .block_on(async { service.call(call.map(Full::new)).await.unwrap().status().as_u16() })
    }
}
