//! Queries Copernica's REST API for what was created while no receiver was listening.

mod api;
mod args;
mod entity;
mod list;
mod progress;
mod run;
mod sink;
mod state;

use args::{Cli, Command, usage};
use clap::Parser as _;
use run::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let done = match Cli::parse() {
        Cli { command: Some(Command::Ack { state }), .. } => state::Files::lock(&state)
            .and_then(|files| files.acknowledge())
            .map_err(Failure::Failed),
        Cli { query: Some(query), .. } => query_all(&query),
        Cli { .. } => {
            Err(Failure::Usage(usage("nothing to query: name a --database or a --collection")))
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(error)) => error.exit(),
        Err(Failure::Failed(error)) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn query_all(query: &args::Query) -> Result<(), Failure> {
    let token = std::env::var("COPERNICA_TOKEN").ok().filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| {
        Failure::Usage(usage("set COPERNICA_TOKEN to an access token of the API"))
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::Failed(format!("cannot start the runtime: {error}")))?;
    runtime.block_on(run::run(query, token))
}
