// A struct of fields in the place of the event.
use axum::{Router, debug_handler, http::StatusCode, routing::post};
use serde::Deserialize;
use webhook_axum::{BuildError, Receiver, Webhook};

#[derive(Deserialize)]
struct Customer {
    mail: String,
}

#[debug_handler(state = Receiver)]
async fn on_create(hook: Webhook<Customer>) -> StatusCode {
    println!("{}", hook.event.mail);
    StatusCode::NO_CONTENT
}

fn app() -> Result<Router, BuildError> {
    let receiver = Receiver::builder().account(1234).build()?;
    Ok(Router::new().route("/copernica", post(on_create)).with_state(receiver))
}

fn main() {
    drop(app());
}
