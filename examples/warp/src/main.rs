//! Receives Copernica's create events with warp and prints each as one line of JSON.

use std::error::Error;
use std::io::{self, Write};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::{net::TcpListener, sync::oneshot, time::sleep};
use warp::{Filter, http::StatusCode};
use webhook_warp::{CreateEvent, Receiver, Webhook, recover, webhook};

async fn on_create(Webhook { event, .. }: Webhook<CreateEvent>) -> StatusCode {
    match print(&event) {
        Ok(()) => StatusCode::NO_CONTENT,
        // Not handed on, so not accepted: the sender tries again.
        Err(error) => {
            tracing::error!(%error, "can't write the event");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

fn print(event: &CreateEvent) -> io::Result<()> {
    let line = serde_json::to_string(event)?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    if std::env::var("COPERNICA_UNVERIFIED").as_deref() != Ok("1") {
        return Err("set COPERNICA_UNVERIFIED=1 to receive webhooks that nothing verifies; \
                    this version has no other mode"
            .into());
    }
    let receiver = Receiver::unverified();
    let hook = warp::path!("copernica").and(webhook(receiver)).then(on_create).recover(recover);

    let listen = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let listener = TcpListener::bind(&listen).await?;
    tracing::info!("listening on http://{}/copernica", listener.local_addr()?);
    let (stopping, stopped) = oneshot::channel::<()>();
    let stop = async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        drop(stopping);
    };
    // Calls that have begun may end, but a connection that hangs does not keep the process.
    tokio::select! {
        () = warp::serve(hook).incoming(listener).graceful(stop).run() => {}
        () = async { drop(stopped.await); sleep(Duration::from_secs(10)).await } => {}
    }
    tracing::info!("stopped");
    Ok(())
}
