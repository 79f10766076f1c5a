//! Receives Copernica's "created" calls in AWS Lambda, with axum by `lambda_http`; prints each event
//! as one line of JSON.

mod gateway;
mod setup;

use axum::http::StatusCode;
use axum::{Router, middleware};
use std::io::{self, Write};
use std::process::ExitCode;
use webhook_axum::{CreateEvent, Receiver, Webhook, once};

async fn on_create(Webhook { event, delivery, .. }: Webhook<CreateEvent>) -> StatusCode {
    // An event that could not be handed on is not handled: a copy of the call is another chance.
    if let Err(error) = print(&event) {
        tracing::error!(%error, "can't write the event");
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    tracing::info!(key = delivery.idempotency_key(&event), "received");
    StatusCode::NO_CONTENT
}

fn print(event: &CreateEvent) -> io::Result<()> {
    let line = serde_json::to_string(event)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Takes every path: which of them reach the function is set in API Gateway, and `lambda_http` puts
/// the stage in front of what arrives. The receiver answers other methods than POST itself.
fn app(receiver: Receiver) -> Router {
    Router::new()
        .fallback(once(on_create))
        .layer(middleware::map_request(gateway::restore))
        .with_state(receiver)
}

// One thread: Lambda gives an instance one call at a time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    setup::log();
    // Made once an instance, outside the handler: keys are cached, and calls remembered, from one
    // call to the next.
    let result = match setup::receiver() {
        Ok(receiver) => lambda_http::run(app(receiver)).await,
        Err(error) => Err(error.to_string().into()),
    };
    let Err(error) = result else { return ExitCode::SUCCESS };
    tracing::error!("{error}");
    ExitCode::FAILURE
}
