//! axum.

use super::{Answering, Polled, Runner, request, runtime, sent};
use crate::answer::{Answer, Reported, decoded_later, handled};
use crate::case::Case;
use crate::counted;
use crate::for_event::ForEvent;
use crate::setup::Setup;
use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, any};
use http_body_util::BodyExt;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tower_service::Service;
use webhook_axum::{FromDelivery, Raw, Receiver, Webhook, WebhookRejection, once};

pub(super) struct InProcess {
    router: Router,
    runtime: Runtime,
}

impl InProcess {
    pub(super) fn new(setup: Setup, receiver: Receiver) -> Self {
        Self { router: router(setup, receiver), runtime: runtime() }
    }
}

impl Runner for InProcess {
    fn call(&self, case: &Case) -> Answer {
        self.runtime.block_on(self.answering(case))
    }
}

impl Polled for InProcess {
    fn answering(&self, case: &Case) -> Answering {
        let (request, is_head) = (request(case).map(Body::from), case.is_head());
        let mut router = self.router.clone();
        Box::pin(async move {
            let (parts, body) = router.call(request).await.unwrap().into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            sent(is_head, Answer::of(http::Response::from_parts(parts, body)))
        })
    }
}

pub(super) async fn serve(listener: TcpListener, setup: Setup, receiver: Receiver) {
    axum::serve(listener, router(setup, receiver)).await.unwrap();
}

pub(super) fn router(setup: Setup, receiver: Receiver) -> Router {
    let route: MethodRouter = match setup {
        _ if setup.is_plain() => setup.for_event(Plain),
        Setup::Later => any(handle_later),
        Setup::Results | Setup::IgnoringResults => any(handle_result),
        Setup::Missing => unreachable!("it does not compile"),
        Setup::Counted => any(once(handle_counted)),
        Setup::Bare => any(handle_counted),
        _ => setup.for_event(Once),
    }
    .with_state(receiver);
    if setup == Setup::Nested {
        let v1 = Router::new().route("/copernica", route);
        return Router::new().nest("/hooks", Router::new().nest("/v1", v1));
    }
    Router::new().route("/copernica", route.clone()).fallback_service(route)
}

/// A handler without `once`.
struct Plain;

impl ForEvent for Plain {
    type Answer = MethodRouter<Receiver>;

    fn of<T: FromDelivery + Serialize + Sync>(self) -> Self::Answer {
        any(handle::<T>)
    }
}

/// A handler with it.
struct Once;

impl ForEvent for Once {
    type Answer = MethodRouter<Receiver>;

    fn of<T: FromDelivery + Serialize + Sync>(self) -> Self::Answer {
        any(once(handle::<T>))
    }
}

async fn handle_later(webhook: Webhook<Raw>) -> impl IntoResponse {
    decoded_later(&webhook.event, &webhook.delivery).map(Body::from)
}

async fn handle<T: FromDelivery + Serialize>(webhook: Webhook<T>) -> impl IntoResponse {
    Reported::new(&webhook.event, &webhook.delivery).into_response().map(Body::from)
}

async fn handle_counted(webhook: Webhook) -> impl IntoResponse {
    counted::handle(webhook.event, webhook.delivery).await.map(Body::from)
}

async fn handle_result(webhook: Result<Webhook, WebhookRejection>) -> impl IntoResponse {
    match webhook {
        Ok(webhook) => handle(webhook).await.into_response(),
        Err(refused) => handled(&refused).map(Body::from),
    }
}
