//! Plays Copernica: sends calls of every trigger to an endpoint and says how it answered, checks the way to
//! one before go-live, and explains proofs.

mod args;
mod body;
mod check;
mod event;
mod explain;
mod head;
mod load;
mod message;
mod report;
mod sign;
mod wire;

use std::{io::Write as _, process::ExitCode};

use crate::args::{Args, Command};

fn main() -> ExitCode {
    let command = Args::of_process().command;
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start the runtime: {error}");
            return ExitCode::from(2);
        }
    };
    let done = runtime.block_on(async {
        match command {
            Command::Send(args) => {
                let report = load::run(args.prepare()?).await;
                // After the pipe was closed, the table has no reader; the exit code still counts.
                let _ = write!(std::io::stdout(), "{report}");
                Ok(report.all_accepted())
            }
            Command::Check(args) => check::run(args.prepare()?).await,
            Command::Explain(args) => explain::run(args.prepare()?).await,
        }
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // With 2, as for each wrong command line.
        Err(error) => error.exit(),
    }
}
