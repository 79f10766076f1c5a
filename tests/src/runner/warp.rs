//! warp.

use super::{Runner, request, runtime, sent};
use crate::answer::{Answer, Told};
use crate::case::Case;
use http_body_util::{BodyExt, Full};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tower_service::Service;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::{Reply, Response};
use webhook_warp::{CreateEvent, Receiver, Webhook, recover, webhook};

pub(super) struct InProcess {
    filter: BoxedFilter<(Response,)>,
    runtime: Runtime,
}

impl InProcess {
    pub(super) fn new(receiver: Receiver) -> Self {
        Self { filter: filter(receiver), runtime: runtime() }
    }
}

impl Runner for InProcess {
    fn call(&self, case: &Case) -> Answer {
        let request = request(case).map(Full::new);
        let mut service = warp::service(self.filter.clone());
        let response = self.runtime.block_on(async {
            let (parts, body) = service.call(request).await.unwrap().into_parts();
            http::Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
        });
        sent(case, Answer::of(response))
    }
}

pub(super) async fn serve(listener: TcpListener, receiver: Receiver) {
    warp::serve(filter(receiver)).incoming(listener).run().await;
}

fn filter(receiver: Receiver) -> BoxedFilter<(Response,)> {
    let route = warp::any().and(webhook(receiver)).then(handle).recover(recover);
    route.map(Reply::into_response).boxed()
}

async fn handle(Webhook { event, delivery, .. }: Webhook<CreateEvent>) -> Response {
    Told::new(&event, &delivery).into_response().map(Into::into)
}
