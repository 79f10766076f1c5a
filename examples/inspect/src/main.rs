//! Shows calls of Copernica's webhooks in a browser as they arrive: each check of their proof, what is in
//! them, and the code to handle them.

mod access;
mod again;
mod answer;
mod app;
mod call;
mod code;
mod events;
mod guess;
mod options;
mod page;
mod receive;
mod serve;
mod setup;
mod store;
mod variables;
mod view;

use app::App;
use hyper_util::service::TowerToHyperService;
use options::{Begin, Options};
use std::future::ready;
use std::io::{self, Write};
use std::{error::Error, process::ExitCode, sync::Arc};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let receiver = setup::receiver()?;
    let idle = receiver.idle();
    let calls = bind("LISTEN", &options.listen).await?;
    let page = bind("INSPECT_LISTEN", &options.inspect_listen).await?;
    let address = page.local_addr()?;
    let access = options.access(address)?;
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let app = Arc::new(App::new(receiver, access, options, calls.local_addr()?));
    let stopping = Arc::clone(&app);
    tokio::spawn(async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        stopping.stop();
    });
    tracing::info!("calls come in on http://{}/copernica", calls.local_addr()?);
    tracing::info!("the page is at http://{address}/");
    let receive = TowerToHyperService::new(receive::router(Arc::clone(&app)));
    let show = TowerToHyperService::new(page::router(Arc::clone(&app)));
    tokio::join!(
        serve::serve(calls, receive, app.stopped(), idle),
        serve::serve(page, show, app.stopped(), ready(())),
    );
    tracing::info!("stopped");
    Ok(())
}

async fn bind(name: &str, address: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| format!("{name}={address}: {error}"))
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = match options::begin(std::env::args().skip(1)) {
        Ok(Begin::Run(options)) => *options,
        Ok(Begin::Help) => {
            let written = io::stdout().write_all(options::HELP.as_bytes());
            return if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
        Err(error) => {
            drop(writeln!(io::stderr(), "{error}"));
            return ExitCode::from(2);
        }
    };
    setup::log();
    let Err(error) = run(options).await else { return ExitCode::SUCCESS };
    tracing::error!("{error}");
    ExitCode::FAILURE
}
