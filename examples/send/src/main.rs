//! Plays Copernica: sends calls of every trigger to an endpoint and says how it answered.

mod args;
mod body;
mod event;
mod load;
mod report;
mod sign;

use std::{io::Write as _, process::ExitCode};

use clap::Parser;

use crate::args::Args;

/// A wrong command line, as clap itself exits.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    let prepared = args.body().and_then(|body| Ok((args.calls(&body)?, body)));
    let (calls, body) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => error.exit(),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start the runtime: {error}");
            return ExitCode::from(USAGE);
        }
    };
    let report = runtime.block_on(load::run(args.load(&body), calls, body));
    // After the pipe was closed, the table has no reader; the exit code still counts.
    let _ = write!(std::io::stdout(), "{report}");
    if report.all_accepted() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
