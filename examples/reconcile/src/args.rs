//! The command line.

use clap::{CommandFactory as _, Parser, Subcommand, error::ErrorKind};
use std::{path::PathBuf, str::FromStr, time::Duration};
use webhook_core::Account;

/// Queries Copernica's REST API for the profiles and subprofiles that were created since its last run, and
/// writes each as the JSON line of a create event.
///
/// The API's access token is in the environment, `COPERNICA_TOKEN`. Exit codes: 0, all was queried and taken;
/// 1, something failed and the cursor is where it was; 2, the command line is wrong.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) query: Option<Query>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Moves the cursor to the end of the last run without --into: its lines were taken.
    Ack {
        /// The cursor's file.
        #[arg(long, value_name = "FILE")]
        state: PathBuf,
    },
}

/// What to query, and where it goes.
#[derive(Debug, clap::Args)]
pub(crate) struct Query {
    /// A database whose profiles are queried; repeatable
    #[arg(long = "database", value_name = "ID", value_parser = number)]
    databases: Vec<u64>,

    /// A collection whose subprofiles are queried, and the database that it is in; repeatable
    #[arg(long = "collection", value_name = "ID:DATABASE", value_parser = collection)]
    collections: Vec<(u64, u64)>,

    /// The cursor's file: up to where lists were queried
    #[arg(long, value_name = "FILE")]
    pub(crate) state: PathBuf,

    /// Where a new cursor begins: after this id, or after the highest that there is (`latest`)
    #[arg(long, value_name = "N|latest")]
    pub(crate) since_id: Option<Since>,

    /// Fails unless the token is one of this account: `1234` or `account_1234`
    #[arg(long, value_parser = account)]
    pub(crate) account: Option<Account>,

    /// Counts and writes nothing; the cursor stays
    #[arg(long, conflicts_with = "into")]
    pub(crate) dry_run: bool,

    /// The REST API
    #[arg(long, value_name = "URL", default_value = "https://api.copernica.com/v4", value_parser = base)]
    pub(crate) api: String,

    /// Where the token becomes a JWT
    #[arg(long, value_name = "URL", default_value = "https://authenticate.copernica.com", value_parser = base)]
    pub(crate) auth: String,

    /// Pause after a first 429, 5xx or broken connection; each further one is twice as long
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub(crate) back_off: Duration,

    /// Runs this command and writes to its standard input; the cursor moves when it exits 0. It takes the
    /// rest of the line
    #[arg(long, value_name = "CMD", num_args = 1.., allow_hyphen_values = true)]
    pub(crate) into: Vec<String>,
}

/// Where a new cursor begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    Id(u64),
    Latest,
}

/// What is queried: one list of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Database(u64),
    Collection { id: u64, database: u64 },
}

impl Source {
    /// Returns the list's path below the API's base.
    pub(crate) fn path(self) -> String {
        match self {
            Self::Database(id) => format!("database/{id}/profiles"),
            Self::Collection { id, .. } => format!("collection/{id}/subprofiles"),
        }
    }
}

/// Its name in the state and in messages.
impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Database(id) => write!(f, "database {id}"),
            Self::Collection { id, .. } => write!(f, "collection {id}"),
        }
    }
}

impl Query {
    /// Returns the lists to query, each once.
    ///
    /// # Errors
    ///
    /// No list is named, or a collection of two databases.
    pub(crate) fn sources(&self) -> Result<Vec<Source>, clap::Error> {
        let mut sources: Vec<Source> = Vec::new();
        let databases = self.databases.iter().map(|id| Source::Database(*id));
        let collections = self.collections.iter();
        let collections =
            collections.map(|(id, database)| Source::Collection { id: *id, database: *database });
        for source in databases.chain(collections) {
            if sources.contains(&source) {
                continue;
            }
            if sources.iter().any(|other| other.to_string() == source.to_string()) {
                return Err(usage(format!("{source} is in one database")));
            }
            sources.push(source);
        }
        if sources.is_empty() {
            return Err(usage("nothing to query: name a --database or a --collection"));
        }
        Ok(sources)
    }
}

pub(crate) fn usage(text: impl std::fmt::Display) -> clap::Error {
    Cli::command().error(ErrorKind::ValueValidation, text)
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "latest" => Ok(Self::Latest),
            number => {
                number.parse().map(Self::Id).map_err(|_| "neither a number nor `latest`".to_owned())
            }
        }
    }
}

fn number(text: &str) -> Result<u64, &'static str> {
    text.parse().ok().filter(|id| *id > 0).ok_or("not a number above 0")
}

fn collection(text: &str) -> Result<(u64, u64), &'static str> {
    let (id, database) = text.split_once(':').ok_or("not of the form ID:DATABASE")?;
    Ok((number(id)?, number(database)?))
}

fn account(text: &str) -> Result<Account, String> {
    match text.parse() {
        Ok(number) => Ok(Account::new(number)),
        Err(_) => text.parse().map_err(|error| format!("{error}")),
    }
}

fn base(text: &str) -> Result<String, String> {
    let url: reqwest::Url = text.parse().map_err(|error| format!("{error}"))?;
    if !["http", "https"].contains(&url.scheme())
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err("not of the form http(s)://host[:port][/path]".to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "not a number")?;
    Duration::try_from_secs_f64(number).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds() {
        Cli::command().debug_assert();
    }

    #[test]
    fn into_takes_the_rest_of_the_line() {
        let words =
            "reconcile --database 1 --state s --into inbox import --account 34 --unverified";
        let cli = Cli::parse_from(words.split(' '));
        let query = cli.query.map(|query| (query.into.join(" "), query.account));
        assert_eq!(query, Some(("inbox import --account 34 --unverified".to_owned(), None)));
    }
}
