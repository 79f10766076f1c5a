//! The command line.

mod check;
mod explain;
mod help;
mod send;
mod signing;
mod values;

use std::{ffi::OsString, fmt::Display};

use clap::{CommandFactory as _, Parser, Subcommand, error::ErrorKind};

pub(crate) use check::{CheckArgs, CheckPlan, Dns};
pub(crate) use explain::{ExplainArgs, Explained};
pub(crate) use send::{Prepared, SendArgs};

/// Plays Copernica: sends events to an endpoint and says how it answered.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Send events and say how they were answered
    #[command(override_help = help::send())]
    Send(Box<SendArgs>),
    Check(CheckArgs),
    Explain(ExplainArgs),
}

impl Args {
    /// Reads the command line, or ends the process with the code of a wrong one; without a subcommand it is
    /// that of `send`.
    pub(crate) fn of_process() -> Self {
        Self::parse_from(with_default(std::env::args_os()))
    }
}

fn with_default(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<_> = args.collect();
    let known = ["send", "check", "explain", "-V", "--version"];
    if args.get(1).is_none_or(|first| !known.iter().any(|name| first == name)) {
        args.insert(args.len().min(1), "send".into());
    }
    args
}

/// Returns a command line's error: the process ends with 2.
pub(crate) fn wrong(kind: ErrorKind, text: impl Display) -> clap::Error {
    Args::command().error(kind, text)
}

/// Returns the error of a value that can't be used.
pub(crate) fn invalid(text: impl Display) -> clap::Error {
    wrong(ErrorKind::InvalidValue, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_help_of_send_names_each_of_its_options() {
        let command = Args::command();
        let send = command.find_subcommand("send").unwrap();
        for option in send.get_arguments().filter_map(clap::Arg::get_long) {
            assert!(help::send().contains(&format!("--{option}")), "{option}");
        }
    }

    #[test]
    fn without_a_subcommand_it_is_send() {
        let full = |args: &[&str]| with_default(args.iter().map(OsString::from));
        assert_eq!(full(&["x"]), ["x", "send"]);
        assert_eq!(full(&["x", "--count", "2"]), ["x", "send", "--count", "2"]);
        assert_eq!(full(&["x", "check", "--help"]), ["x", "check", "--help"]);
    }
}
