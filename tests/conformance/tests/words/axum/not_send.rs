// A handler that holds what can't leave its thread while it waits.
use axum::{Router, debug_handler, http::StatusCode, routing::post};
use std::rc::Rc;
use webhook_axum::{BuildError, CreateEvent, Receiver, Webhook};

#[debug_handler(state = Receiver)]
async fn on_create(hook: Webhook<CreateEvent>) -> StatusCode {
    let event = Rc::new(hook.event);
    std::future::ready(()).await;
    println!("{event:?}");
    StatusCode::NO_CONTENT
}

fn app() -> Result<Router, BuildError> {
    let receiver = Receiver::builder().account(1234).build()?;
    Ok(Router::new().route("/copernica", post(on_create)).with_state(receiver))
}

fn main() {
    drop(app());
}
