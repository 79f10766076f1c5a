//! Receives Copernica's "created" calls with actix-web; prints each event as one line of JSON.

use actix_web::{App, HttpResponse, HttpServer, web};
use std::io::{self, Write};
use std::process::ExitCode;
use webhook_actix::{CreateEvent, Receiver, Webhook};

async fn on_create(
    Webhook { event, delivery, .. }: Webhook<CreateEvent>,
) -> io::Result<HttpResponse> {
    // An event that could not be handed on is not accepted: the answer is a 500.
    print(&event)?;
    tracing::info!(key = delivery.idempotency_key(&event), "received");
    Ok(HttpResponse::NoContent().finish())
}

fn print(event: &CreateEvent) -> io::Result<()> {
    let line = serde_json::to_string(event)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Proving who called comes next; until then, only who says so runs without.
fn receiver() -> io::Result<Receiver> {
    match std::env::var("COPERNICA_UNVERIFIED").as_deref() {
        Ok("1") => Ok(Receiver::unverified()),
        _ => Err(io::Error::other(
            "refusing to start: calls can't be verified yet, so anyone could forge events; \
             set COPERNICA_UNVERIFIED=1 to receive them all the same",
        )),
    }
}

#[actix_web::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> io::Result<()> {
    // Made once, outside the factory: that runs once a worker.
    let receiver = receiver()?;
    let listen = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let app = move || {
        App::new().app_data(receiver.clone()).route("/copernica", web::post().to(on_create))
    };
    // Ends by itself, cleanly, on SIGTERM and Ctrl-C.
    let server = HttpServer::new(app).shutdown_timeout(10).bind(&listen)?;
    tracing::info!(listen = ?server.addrs(), "ready");
    server.run().await
}
