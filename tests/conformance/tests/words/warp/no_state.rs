// A filter without a receiver.
use warp::{Filter, http::StatusCode};
use webhook_warp::{CreateEvent, Webhook, recover, webhook};

async fn on_create(hook: Webhook<CreateEvent>) -> StatusCode {
    println!("{:?}", hook.event);
    StatusCode::NO_CONTENT
}

fn route()
-> impl Filter<Extract = (impl warp::Reply,), Error = warp::Rejection> + Clone {
    warp::path!("copernica").and(webhook()).then(on_create).recover(recover)
}

fn main() {
    drop(route());
}
