//! axum.

use super::{Runner, request, runtime, sent};
use crate::answer::{Answer, Told};
use crate::case::Case;
use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use axum::routing::any;
use http_body_util::BodyExt;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tower_service::Service;
use webhook_axum::{CreateEvent, Receiver, Webhook};

pub(super) struct InProcess {
    router: Router,
    runtime: Runtime,
}

impl InProcess {
    pub(super) fn new(receiver: Receiver) -> Self {
        Self { router: router(receiver), runtime: runtime() }
    }
}

impl Runner for InProcess {
    fn call(&self, case: &Case) -> Answer {
        let request = request(case).map(Body::from);
        let mut router = self.router.clone();
        let response = self.runtime.block_on(async {
            let (parts, body) = router.call(request).await.unwrap().into_parts();
            http::Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
        });
        sent(case, Answer::of(response))
    }
}

pub(super) async fn serve(listener: TcpListener, receiver: Receiver) {
    axum::serve(listener, router(receiver)).await.unwrap();
}

fn router(receiver: Receiver) -> Router {
    Router::new().route("/copernica", any(handle)).fallback(handle).with_state(receiver)
}

async fn handle(Webhook { event, delivery, .. }: Webhook<CreateEvent>) -> impl IntoResponse {
    Told::new(&event, &delivery).into_response().map(Body::from)
}
