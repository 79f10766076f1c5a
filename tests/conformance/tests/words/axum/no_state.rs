// A router without a receiver.
use axum::{Router, debug_handler, http::StatusCode, routing::post};
use webhook_axum::{CreateEvent, Webhook};

#[debug_handler]
async fn on_create(hook: Webhook<CreateEvent>) -> StatusCode {
    println!("{:?}", hook.event);
    StatusCode::NO_CONTENT
}

fn main() {
    let _: Router = Router::new().route("/copernica", post(on_create));
}
