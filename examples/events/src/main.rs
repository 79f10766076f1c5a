//! Receives all of Copernica's webhooks on one URL, with axum; prints each event as one line of JSON.

mod mail;
mod note;
mod serve;
mod setup;

use axum::http::StatusCode;
use axum::{Router, routing::post};
use hyper_util::service::TowerToHyperService;
use std::io::{self, Write};
use std::{error::Error, process::ExitCode};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use webhook_axum::{Event, Webhook, once};

async fn on_event(Webhook { event, delivery, .. }: Webhook<Event>) -> StatusCode {
    // An event that could not be handed on is not handled: a copy of the call is another chance.
    if let Err(error) = print(&event) {
        tracing::error!(%error, "can't write the event");
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    tracing::info!(key = delivery.idempotency_key(&event), "received");
    note::note(&event);
    // Of every trigger: a refusal would stand in the account's log of errors, and Copernica is not
    // known to repeat a call.
    StatusCode::NO_CONTENT
}

fn print(event: &Event) -> io::Result<()> {
    let line = serde_json::to_string(event)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

async fn run() -> Result<(), Box<dyn Error>> {
    let receiver = setup::receiver()?;
    let idle = receiver.idle();
    let app = Router::new().route("/copernica", post(once(on_event))).with_state(receiver);
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
    };
    let listen = setup::var("LISTEN").unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&listen).await.map_err(|e| format!("LISTEN={listen}: {e}"))?;
    tracing::info!("listening on http://{}/copernica", listener.local_addr()?);
    // Calls that have begun may end, but a connection that hangs does not keep the process.
    serve::serve(listener, TowerToHyperService::new(app), stop, idle).await;
    tracing::info!("stopped");
    Ok(())
}

#[tokio::main]
async fn main() -> ExitCode {
    setup::log();
    let Err(error) = run().await else { return ExitCode::SUCCESS };
    tracing::error!("{error}");
    ExitCode::FAILURE
}
