//! Receives Copernica's "created" calls with axum; prints each event as one line of JSON.

use axum::http::StatusCode;
use axum::{Router, routing::post};
use std::io::{self, Write};
use std::{process::ExitCode, time::Duration};
use tokio::signal::unix::{SignalKind, signal};
use tokio::{net::TcpListener, sync::oneshot, time::sleep};
use webhook_axum::{CreateEvent, Receiver, Webhook};

async fn on_create(Webhook { event, delivery, .. }: Webhook<CreateEvent>) -> StatusCode {
    // An event that could not be handed on is not accepted: the sender may call again.
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

async fn serve() -> io::Result<()> {
    // Proving who called comes next; until then, only who says so runs without.
    if std::env::var("COPERNICA_UNVERIFIED").as_deref() != Ok("1") {
        return Err(io::Error::other(
            "refusing to start: calls can't be verified yet, so anyone could forge events; \
             set COPERNICA_UNVERIFIED=1 to receive them all the same",
        ));
    }
    let app = Router::new().route("/copernica", post(on_create)).with_state(Receiver::unverified());
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (stopping, stopped) = oneshot::channel::<()>();
    let stop = async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        drop(stopping);
    };
    let listen = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&listen).await?;
    tracing::info!("listening on http://{}/copernica", listener.local_addr()?);
    // Calls that have begun may end, but a connection that hangs does not keep the process.
    tokio::select! {
        ended = axum::serve(listener, app).with_graceful_shutdown(stop).into_future() => ended,
        () = async { drop(stopped.await); sleep(Duration::from_secs(10)).await } => Ok(()),
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let Err(error) = serve().await else { return ExitCode::SUCCESS };
    tracing::error!("{error}");
    ExitCode::FAILURE
}
