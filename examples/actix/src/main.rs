//! Receives Copernica's "created" calls with actix-web; prints each event as one line of JSON.

mod setup;
mod stop;

use actix_web::{App, HttpResponse, HttpServer, rt, web};
use std::io::{self, Write};
use std::{error::Error, process::ExitCode, time::Duration};
use webhook_actix::{CreateEvent, Webhook, once};

/// How long the first head on a connection may take, and how long a connection may then be idle.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// Most connections of one worker at once; further ones wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 512;

async fn on_create(
    Webhook { event, delivery, .. }: Webhook<CreateEvent>,
) -> io::Result<HttpResponse> {
    // An event that could not be handed on is not handled: the answer is a 500, and a copy of the
    // call is another chance.
    print(&event).inspect_err(|error| tracing::error!(%error, "can't write the event"))?;
    tracing::info!(key = delivery.idempotency_key(&event), "received");
    Ok(HttpResponse::NoContent().finish())
}

fn print(event: &CreateEvent) -> io::Result<()> {
    let line = serde_json::to_string(event)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

async fn serve() -> Result<(), Box<dyn Error>> {
    // Made once, outside the factory, which runs once a worker: they share what was handled.
    let receiver = setup::receiver()?;
    let idle = receiver.idle();
    let app =
        move || App::new().app_data(receiver.clone()).route("/copernica", web::to(once(on_create)));
    let listen = setup::var("LISTEN").unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let server = HttpServer::new(app).disable_signals().shutdown_timeout(stop::SECONDS);
    // A connection that sends no head, or no further one, is closed; a worker has so many at once.
    let server = server
        .client_request_timeout(HEAD_TIME)
        .keep_alive(HEAD_TIME)
        .max_connections(MAX_CONNECTIONS);
    let server = server.bind(&listen).map_err(|error| format!("LISTEN={listen}: {error}"))?;
    tracing::info!(listen = ?server.addrs(), "ready");
    let server = server.run();
    rt::spawn(stop::on_signal(server.handle(), idle)?);
    server.await?;
    tracing::info!("stopped");
    Ok(())
}

#[actix_web::main]
async fn main() -> ExitCode {
    setup::log();
    let Err(error) = serve().await else { return ExitCode::SUCCESS };
    tracing::error!("{error}");
    ExitCode::FAILURE
}
