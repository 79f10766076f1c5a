//! What the environment says: whose calls are taken, by which keys, and how much is logged.

use std::{env, error::Error, fs, io};
use tracing_subscriber::{filter::Targets, fmt, prelude::*};
use webhook_axum::key::{COPERNICA_ZONE, KeyName, StaticKeys};
use webhook_axum::{Account, Receiver};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Returns the value of a variable, or `None` if it is missing or empty.
pub fn var(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Logs to stderr. `RUST_LOG=info,webhook_core=debug` also logs what a failed proof compared.
pub fn log() {
    let filter = var("RUST_LOG").and_then(|text| text.parse::<Targets>().ok());
    let filter = filter.unwrap_or(Targets::new().with_default(tracing::Level::INFO));
    tracing_subscriber::registry().with(fmt::layer().with_writer(io::stderr)).with(filter).init();
}

/// Builds a receiver that verifies, unless the environment explicitly turns the proof off.
pub fn receiver() -> Result<Receiver> {
    // An account's other webhooks may point at this URL too: what the handler does not take is answered
    // 204, or the account's log of errors would have failures where nothing failed.
    let mut builder = Receiver::builder().ignore_unexpected();
    let unverified = var("COPERNICA_UNVERIFIED").as_deref() == Some("1");
    let accounts = match (var("COPERNICA_ACCOUNT"), unverified) {
        (Some(accounts), false) => accounts,
        (None, true) => return Ok(builder.unverified()),
        (Some(_), true) => {
            return Err("refusing to start: COPERNICA_ACCOUNT requires a proof and \
                        COPERNICA_UNVERIFIED=1 none; unset one of them"
                .into());
        }
        (None, false) => {
            return Err("refusing to start: set COPERNICA_ACCOUNT to the number of your account \
                        at Copernica, such as 1234, so that only its calls are taken (or \
                        COPERNICA_UNVERIFIED=1 to verify nothing)"
                .into());
        }
    };
    for account in accounts.split(',') {
        builder = builder.account(self::account(account.trim())?);
    }
    if let Some(url) = var("COPERNICA_PUBLIC_URL") {
        builder = builder.public_url(url);
    }
    if let Some(list) = var("COPERNICA_SELECTORS") {
        builder = builder.selectors(list.split(',').map(str::trim));
    }
    if let Some(list) = var("COPERNICA_KEY") {
        tracing::warn!("keys come from files and not from DNS: Copernica's own change every month");
        builder = builder.keys(keys(&list)?);
    }
    builder.build().map_err(|error| match error.source() {
        Some(cause) => format!("{error}: {cause}").into(),
        None => error.into(),
    })
}

/// Parses `1234`, `account_1234` or `environment_1234`.
fn account(text: &str) -> Result<Account> {
    match text.parse() {
        Ok(number) => Ok(Account::new(number)),
        Err(_) => text.parse().map_err(|error| {
            format!("COPERNICA_ACCOUNT={text}: if it is no number, it {error}").into()
        }),
    }
}

/// Reads the keys of a list such as `one._domainkey.copernica.com=path/to/public.pem`, with commas
/// between them.
fn keys(list: &str) -> Result<StaticKeys> {
    list.split(',').map(str::trim).try_fold(StaticKeys::new(), |keys, item| {
        let (name, path) = item.split_once('=').ok_or("COPERNICA_KEY: must be NAME=PATH")?;
        let name = KeyName::under(&[COPERNICA_ZONE], name)
            .ok_or("COPERNICA_KEY: the name must be <selector>._domainkey.copernica.com")?;
        let pem = fs::read_to_string(path).map_err(|e| format!("COPERNICA_KEY: {path}: {e}"))?;
        keys.pem(name, &pem).map_err(|e| format!("COPERNICA_KEY: {path}: {e}").into())
    })
}
