//! warp.

use super::{Answering, Polled, Runner, request, runtime, sent};
use crate::answer::{Answer, Reported, decoded_later, handled};
use crate::case::Case;
use crate::counted;
use crate::for_event::ForEvent;
use crate::setup::Setup;
use http_body_util::{BodyExt, Full};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tower_service::Service;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::{Reply, Response};
use webhook_warp::{
    CreateEvent, FromDelivery, Raw, Receiver, Webhook, WebhookRejection, once, recover,
    try_webhook, webhook,
};

pub(super) struct InProcess {
    filter: BoxedFilter<(Response,)>,
    runtime: Runtime,
}

impl InProcess {
    pub(super) fn new(setup: Setup, receiver: Receiver) -> Self {
        Self { filter: filter(setup, receiver), runtime: runtime() }
    }
}

impl Runner for InProcess {
    fn call(&self, case: &Case) -> Answer {
        self.runtime.block_on(self.answering(case))
    }
}

impl Polled for InProcess {
    fn answering(&self, case: &Case) -> Answering {
        let (request, is_head) = (request(case).map(Full::new), case.is_head());
        let mut service = warp::service(self.filter.clone());
        Box::pin(async move {
            let (parts, body) = service.call(request).await.unwrap().into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            sent(is_head, Answer::of(http::Response::from_parts(parts, body)))
        })
    }
}

pub(super) async fn serve(listener: TcpListener, setup: Setup, receiver: Receiver) {
    warp::serve(filter(setup, receiver)).incoming(listener).run().await;
}

pub(super) fn filter(setup: Setup, receiver: Receiver) -> BoxedFilter<(Response,)> {
    match setup {
        _ if setup.is_plain() => setup.for_event(Plain(receiver)),
        Setup::Later => {
            let route = warp::any().and(webhook(receiver)).then(handle_later).recover(recover);
            route.map(Reply::into_response).boxed()
        }
        Setup::Results | Setup::IgnoringResults => {
            warp::any().and(try_webhook(receiver)).then(handle_result).boxed()
        }
        Setup::Missing => unreachable!("it does not compile"),
        Setup::Counted => {
            let route = warp::any().and(webhook(receiver)).then(once(handle_counted));
            route.recover(recover).map(Reply::into_response).boxed()
        }
        Setup::Bare => {
            let route = warp::any().and(webhook(receiver)).then(handle_counted);
            route.recover(recover).map(Reply::into_response).boxed()
        }
        Setup::Nested => {
            let hook = webhook::<CreateEvent>(receiver).then(once(handle)).recover(recover);
            let route = warp::path("hooks").and(warp::path!("v1" / "copernica").and(hook));
            route.map(Reply::into_response).boxed()
        }
        _ => setup.for_event(Once(receiver)),
    }
}

/// A handler without `once`.
struct Plain(Receiver);

impl ForEvent for Plain {
    type Answer = BoxedFilter<(Response,)>;

    fn of<T: FromDelivery + Serialize + Sync>(self) -> Self::Answer {
        let route = warp::any().and(webhook::<T>(self.0)).then(handle).recover(recover);
        route.map(Reply::into_response).boxed()
    }
}

/// A handler with it.
struct Once(Receiver);

impl ForEvent for Once {
    type Answer = BoxedFilter<(Response,)>;

    fn of<T: FromDelivery + Serialize + Sync>(self) -> Self::Answer {
        let hook = webhook::<T>(self.0).then(once(handle));
        warp::any().and(hook).recover(recover).map(Reply::into_response).boxed()
    }
}

async fn handle_later(webhook: Webhook<Raw>) -> Response {
    decoded_later(&webhook.event, &webhook.delivery).map(Into::into)
}

async fn handle<T: FromDelivery + Serialize>(webhook: Webhook<T>) -> Response {
    Reported::new(&webhook.event, &webhook.delivery).into_response().map(Into::into)
}

async fn handle_counted(webhook: Webhook) -> Response {
    counted::handle(webhook.event, webhook.delivery).await.map(Into::into)
}

async fn handle_result(webhook: Result<Webhook<CreateEvent>, WebhookRejection>) -> Response {
    match webhook {
        Ok(webhook) => handle(webhook).await,
        Err(refused) => handled(&refused).map(Into::into),
    }
}
