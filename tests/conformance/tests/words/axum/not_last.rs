// The webhook before another argument.
use axum::{Router, debug_handler, extract::State, http::StatusCode, routing::post};
use webhook_axum::{BuildError, CreateEvent, Receiver, Webhook};

#[debug_handler(state = Receiver)]
async fn on_create(hook: Webhook<CreateEvent>, _: State<Receiver>) -> StatusCode {
    println!("{:?}", hook.event);
    StatusCode::NO_CONTENT
}

fn app() -> Result<Router, BuildError> {
    let receiver = Receiver::builder().account(1234).build()?;
    Ok(Router::new().route("/copernica", post(on_create)).with_state(receiver))
}

fn main() {
    drop(app());
}
