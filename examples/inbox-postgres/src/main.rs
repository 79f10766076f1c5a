//! Keeps Copernica's calls in PostgreSQL before they are acknowledged, and acts on each event once.

use clap::{Parser, Subcommand};
use inbox::commands::import::Import;
use inbox::commands::prune::Prune;
use inbox::commands::{export, retry, show, status};
use inbox::health::Health;
use inbox::{Error, database, monitor, receive, setup, work};
use sqlx::{Connection, PgConnection};
use std::io;
use std::process::ExitCode;

/// Keeps Copernica's calls in the PostgreSQL of DATABASE_URL, and acts on each event once.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Take calls and store them; LISTEN and the COPERNICA variables say which.
    Receive {
        /// Connections to the database, at most.
        #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
        connections: u32,
    },
    /// Act on what was stored.
    Work(work::Settings),
    #[command(flatten)]
    Operate(Operate),
}

/// What an operator calls, next to receivers and workers that run.
#[derive(Subcommand)]
enum Operate {
    /// Say what is in the inbox.
    Status,
    /// Try dead calls again, all of them, or the one of this key, which may also be waiting or set
    /// aside.
    Retry {
        /// An event's key or a call's.
        key: Option<String>,
        /// Those that are set aside, all or this one: the program knows more than it did.
        #[arg(long)]
        set_aside: bool,
    },
    /// Print what is known of one call: its state, and the names of its variables.
    Show {
        /// An event's key or a call's.
        key: String,
        /// Values too: personal data.
        #[arg(long)]
        values: bool,
    },
    /// Write one call as an HTTP/1.1 message; the lines of its proof are not kept.
    Export {
        /// An event's key or a call's.
        key: String,
    },
    /// Remove payloads, which are personal data; keys stay, so that nothing is handled again.
    Prune(Prune),
    /// Read create events from standard input, one JSON a line, and take those that are not known.
    Import(Import),
}

async fn run(command: Command) -> Result<(), Error> {
    let url = setup::var("DATABASE_URL").ok_or(
        "refusing to start: set DATABASE_URL, such as postgres://user:password@db.internal/shop",
    )?;
    match command {
        Command::Receive { connections } => {
            let watch = monitor::install()?;
            let (receiver, keys) = setup::receiver()?;
            database::prepare(&url).await?;
            let watch = match watch {
                Some(watch) => Some((watch, Health::new(&url)?, keys)),
                None => None,
            };
            let listen = setup::var("LISTEN").unwrap_or_else(|| "127.0.0.1:3000".to_owned());
            let pool = database::bounded(&url, connections)?;
            let idle = receiver.idle();
            let router = receive::router(receiver, pool);
            receive::serve(&listen, router, idle, watch).await
        }
        Command::Work(settings) => {
            let watch = monitor::install()?;
            database::prepare(&url).await?;
            if let Some(watch) = watch {
                watch.serve(None, Health::new(&url)?, None).await?;
            }
            work::work(&url, &settings).await
        }
        Command::Operate(what) => operate(what, &mut PgConnection::connect(&url).await?).await,
    }
}

async fn operate(what: Operate, connection: &mut PgConnection) -> Result<(), Error> {
    let out = &mut io::stdout();
    match what {
        Operate::Status => status::run(connection, out).await,
        Operate::Retry { key, set_aside } => {
            retry::run(connection, key.as_deref(), set_aside, out).await
        }
        Operate::Show { key, values } => show::run(connection, &key, values, out).await,
        Operate::Export { key } => export::run(connection, &key, out).await,
        Operate::Prune(prune) => prune.run(connection, out).await,
        Operate::Import(import) => import.run(connection, &mut io::stdin().lock(), out).await,
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    setup::log();
    let Err(error) = run(cli.command).await else { return ExitCode::SUCCESS };
    tracing::error!("{error}");
    ExitCode::FAILURE
}
