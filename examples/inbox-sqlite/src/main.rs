//! Receives Copernica's calls, writes them down before it answers, then handles them.

#![warn(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod call;
mod commands;
mod duplicate;
mod effect;
mod event;
mod faults;
mod health;
mod inbox;
mod keys;
mod monitor;
mod private;
mod queue;
mod receive;
mod schema;
mod serve;
mod setup;

mod worker;
mod writer;

use axum::extract::FromRef;
use axum::{Router, routing::post};
use clap::{Args, Parser, Subcommand};
use commands::import::Import;
use commands::prune::Prune;
use commands::{export, retry, show, status};
use health::Health;
use hyper_util::service::TowerToHyperService;
use inbox::Patience;
use keys::WatchedKeys;
use monitor::Watch;
use queue::Inbox;
use std::path::{Path, PathBuf};
use std::{error::Error, io, process::ExitCode, time::Duration};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::{net::TcpListener, runtime::Runtime, time::sleep};
use webhook_axum::{Receiver, once};

/// How long calls and attempts that have begun may take to end.
const STOP: Duration = Duration::from_secs(10);

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Receives Copernica's calls and loses none that it acknowledged
#[derive(Parser)]
struct Cli {
    /// The database
    #[arg(long, global = true, default_value = "inbox.db")]
    database: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Receives calls and handles them (set up by the environment, see the README)
    Serve(Serve),
    /// Says what is waiting, running, done, dead and set aside
    Status,
    /// Puts dead events back: all of them, or the one with this key, which may also be waiting or set
    /// aside
    Retry {
        /// An event's key or a call's
        key: Option<String>,
        /// Puts calls back that are set aside, all or this one: the program knows more than it did
        #[arg(long)]
        set_aside: bool,
    },
    /// Prints what is known of one call: its state, and the names of its variables
    Show {
        /// An event's key or a call's
        key: String,
        /// Prints values too: personal data
        #[arg(long)]
        values: bool,
    },
    /// Writes one call as an HTTP/1.1 message; the lines of its proof are not kept
    Export {
        /// An event's key or a call's
        key: String,
    },
    /// Removes payloads, which are personal data; keys stay, so that nothing is handled again
    Prune(Prune),
    /// Reads create events from standard input, one JSON a line, and takes those that are not known
    Import(Import),
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    patience: Patience,
    /// Most that one commit takes together
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    group: u32,
    /// Most that waits for a commit; further calls are answered 503
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..))]
    queue: u32,
    /// Most bytes of bodies that wait for a commit; further calls are answered 503
    #[arg(long, default_value_t = 64 << 20, value_parser = clap::value_parser!(u32).range(1..))]
    queue_bytes: u32,
    /// How far a commit is written before it counts: full or extra; it refuses to start with less
    #[arg(long, default_value = "full")]
    synchronous: String,
}

#[derive(Clone, FromRef)]
struct App {
    receiver: Receiver,
    inbox: Inbox,
}

/// Receives and handles until it is to stop.
async fn run(
    receiver: Receiver,
    inbox: Inbox,
    watch: Option<Watch>,
    (keys, path): (Option<WatchedKeys>, &Path),
) -> Result<()> {
    let idle = receiver.idle();
    let app = App { receiver, inbox: inbox.clone() };
    let app = Router::new().route("/copernica", post(once(receive::on_call))).with_state(app);
    let listen = setup::var("LISTEN").unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&listen).await.map_err(|e| format!("LISTEN={listen}: {e}"))?;
    tracing::info!("listening on http://{}/copernica", listener.local_addr()?);
    if let Some(watch) = watch {
        let health = Health::new(inbox.clone(), path);
        watch.serve(Some(listener.local_addr()?), health, keys).await?;
    }

    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(worker::run(inbox.clone(), stopped.clone()));
    tokio::spawn(async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        stop.send_replace(true);
    });
    let told = |mut stopped: watch::Receiver<bool>| async move {
        // Fails when the sender is gone: then it is time to stop, too.
        drop(stopped.wait_for(|stop| *stop).await);
    };
    let stop = told(stopped.clone());
    let server = async {
        serve::serve(listener, TowerToHyperService::new(app), stop, idle).await;
        Ok(())
    };
    // Both end when they are to stop; one that breaks ends the other, for a supervisor to start anew.
    let both = async {
        tokio::try_join!(server, async { worker.await.map_err(io::Error::other) }).map(drop)
    };
    // A connection that hangs, or an effect, does not keep the process: what was not acknowledged
    // is sent again, and what was not done is claimed again.
    tokio::select! {
        ended = both => ended?,
        () = inbox.closed() => return Err("the writer ended".into()),
        () = async { told(stopped).await; sleep(STOP).await } => tracing::warn!("cut off"),
    }
    Ok(())
}

fn serve(
    path: &Path,
    Serve { patience, group, queue, queue_bytes, synchronous }: Serve,
) -> Result<()> {
    let runtime = Runtime::new()?;
    // First: without an account no empty database is made.
    let watch = monitor::install()?;
    let (receiver, keys) = runtime.block_on(async { setup::receiver() })?;
    let db =
        writer::open(path, &synchronous).map_err(|error| format!("{}: {error}", path.display()))?;
    if watch.is_some() {
        health::prepare(&db)?;
    }
    let (jobs, waiting) = mpsc::channel(queue.try_into()?);
    let writer = writer::start(db, waiting, group.try_into()?)?;
    let inbox = Inbox::new(jobs, patience, queue_bytes);
    let ended = runtime.block_on(run(receiver, inbox, watch, (keys, path)));
    // With the runtime go the last calls, with them the way to the writer: it ends and closes.
    drop(runtime);
    writer.join().map_err(|_| "the writer panicked")?;
    tracing::info!("stopped");
    ended
}

fn main() -> ExitCode {
    setup::log();
    let Cli { database, command } = Cli::parse();
    let mut out = io::stdout().lock();
    let outcome = match command {
        Command::Serve(serve) => self::serve(&database, serve),
        Command::Status => status::status(&database, &mut out),
        Command::Retry { key, set_aside } => {
            retry::retry(&database, key.as_deref(), set_aside, &mut out)
        }
        Command::Show { key, values } => show::show(&database, &key, values, &mut out),
        Command::Export { key } => export::export(&database, &key, &mut out),
        Command::Prune(prune) => prune.run(&database, &mut out),
        Command::Import(import) => import.run(&database, &mut io::stdin().lock(), &mut out),
    };
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    tracing::error!("{error}");
    ExitCode::FAILURE
}
