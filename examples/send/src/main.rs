//! Plays Copernica: sends calls of every trigger to an endpoint and says how it answered.

mod args;
mod body;
mod check;
mod connect;
mod event;
mod explain;
mod help;
mod kind;
mod load;
mod message;
mod report;
mod sign;
mod wire;

use std::{io::Write as _, process::ExitCode};

use crate::args::{Args, Cli, invalid};

/// A wrong command line, as clap itself exits.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::read();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start the runtime: {error}");
            return ExitCode::from(USAGE);
        }
    };
    let done = runtime.block_on(async {
        match cli {
            Cli::Send(args) => send(&args).await,
            Cli::Explain(args) => explain::run(args).await.map_err(invalid),
            Cli::Check(args) => check::run(args).await.map_err(invalid),
        }
    });
    done.unwrap_or_else(|error| error.exit())
}

async fn send(args: &Args) -> Result<ExitCode, clap::Error> {
    let body = args.body()?;
    let calls = args.calls(&body)?;
    let report = load::run(args.load(&body)?, calls, body).await;
    // After the pipe was closed, the table has no reader; the exit code still counts.
    let _ = write!(std::io::stdout(), "{report}");
    Ok(if report.all_accepted() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
