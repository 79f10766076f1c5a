//! Keeps Copernica's events in PostgreSQL before they are acknowledged, and acts on each once.

use clap::{Parser, Subcommand};
use inbox::{Error, database, receive, setup, status, work};
use sqlx::{Connection, PgConnection};
use std::io::{self, Write};
use std::process::ExitCode;

/// Keeps Copernica's events in the PostgreSQL of DATABASE_URL, and acts on each once.
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
    /// Say what is in the inbox.
    Status,
    /// Try dead events again, all of them, or the one of this key, which may also be waiting.
    Retry { key: Option<String> },
}

async fn run(command: Command) -> Result<(), Error> {
    let url = setup::var("DATABASE_URL").ok_or(
        "refusing to start: set DATABASE_URL, such as postgres://user:password@db.internal/shop",
    )?;
    match command {
        Command::Receive { connections } => {
            let receiver = setup::receiver()?;
            database::prepare(&url).await?;
            let listen = setup::var("LISTEN").unwrap_or_else(|| "127.0.0.1:3000".to_owned());
            let pool = database::bounded(&url, connections)?;
            let idle = receiver.idle();
            receive::serve(&listen, receive::router(receiver, pool), idle).await
        }
        Command::Work(settings) => {
            database::prepare(&url).await?;
            work::work(&url, &settings).await
        }
        Command::Status => {
            let status = status::status(&mut PgConnection::connect(&url).await?).await?;
            Ok(writeln!(io::stdout(), "{status}")?)
        }
        Command::Retry { key } => {
            let mut connection = PgConnection::connect(&url).await?;
            let risen = status::retry(&mut connection, key.as_deref()).await?;
            writeln!(io::stdout(), "{risen} to be tried again")?;
            if risen == 0 && key.is_some() {
                Err("no dead or waiting event has this key".into())
            } else {
                Ok(())
            }
        }
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
