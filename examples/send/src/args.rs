//! The command line.

use std::{
    fmt::Display,
    io::Read as _,
    num::{NonZeroU64, NonZeroUsize},
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use clap::{CommandFactory as _, Parser, error::ErrorKind};
use http::{Uri, uri::Scheme};
use webhook_core::{
    Account, CreateEvent, Event,
    testing::{
        Signer,
        fixtures::{self, Fixture},
    },
};

use crate::{
    body::Body,
    check, connect, event, explain, help, kind,
    load::Load,
    message::Message,
    sign::{Calls, Signing},
};

/// What is to be done.
#[derive(Debug, Parser)]
#[command(version, override_help = help::ALL, disable_help_subcommand = true)]
pub(crate) enum Cli {
    /// Sends events.
    #[command(version, override_help = help::send())]
    Send(Box<Args>),
    /// Verifies a message.
    #[command(override_help = help::EXPLAIN)]
    Explain(explain::Args),
    /// Compares what arrives with what is sent.
    #[command(override_help = help::CHECK)]
    Check(check::Args),
}

impl Cli {
    /// Reads the command line; one without a subcommand is that of `send`.
    pub(crate) fn read() -> Self {
        let mut words: Vec<_> = std::env::args_os().collect();
        let first = words.get(1).and_then(|word| word.to_str());
        let global = ["send", "explain", "check", "--help", "-h", "--version", "-V"];
        if first.is_none_or(|word| !global.contains(&word)) {
            words.insert(words.len().min(1), "send".into());
        }
        Self::parse_from(words)
    }
}

/// Plays Copernica: sends events to an endpoint and says how it answered.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What happened: one of the kinds below
    #[arg(long, default_value = "create-profile", value_parser = kind::parse)]
    kind: &'static Fixture,

    /// Play one of each kind; with --count, so many of each
    #[arg(long, conflicts_with_all = ["kind", "fields", "parameters", "interests", "raw_body"])]
    all: bool,

    /// A field of the created entity, not the documented; repeatable
    #[arg(long = "field", value_name = "NAME=VALUE", value_parser = pair)]
    fields: Vec<(String, String)>,

    /// A parameter of the creating action; repeatable
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<(String, String)>,

    /// An interest that the created profile has; repeatable
    #[arg(long = "interest", value_name = "NAME")]
    interests: Vec<String>,

    /// Send this file's bytes instead of an event; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kind", "fields", "parameters", "interests"])]
    raw_body: Option<PathBuf>,

    /// Send this HTTP/1.1 message as it is, or with --key its body re-signed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kind", "all", "fields", "parameters", "interests", "raw_body"])]
    from: Option<PathBuf>,

    /// Trust this CA too, in PEM
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// How many events; their numbers count up from 123
    #[arg(long, value_name = "N", default_value = "1")]
    count: NonZeroU64,

    /// How many calls may be under way at once
    #[arg(long, value_name = "N", default_value = "1")]
    concurrency: NonZeroUsize,

    /// Where to send them: http or https
    #[arg(long, default_value = "http://127.0.0.1:3000/copernica", value_parser = endpoint)]
    url: Uri,

    /// How long to wait for one answer
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    timeout: Duration,

    /// Send an exact copy of each call after its answer: a replay
    #[arg(long)]
    repeat_exactly: bool,

    #[command(flatten)]
    signing: SigningArgs,
}

/// How calls are signed; without --key they are not.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Signing")]
struct SigningArgs {
    /// Sign as Copernica does, with this RSA private key in PEM
    #[arg(long, value_name = "FILE", requires = "account")]
    key: Option<PathBuf>,

    /// Whose calls: `1234`, `account_1234` or `environment_1234`
    #[arg(long, requires = "key", value_parser = account)]
    account: Option<Account>,

    /// The key's published name
    #[arg(long, value_name = "NAME", default_value = "one._domainkey.copernica.com")]
    key_id: String,

    /// When they were signed: RFC 3339, as in a Date header, or -90, +60
    #[arg(long, requires = "key", value_parser = date, allow_hyphen_values = true)]
    date: Option<Date>,

    /// The documentation's capitals (SHA-256=) instead of lower case
    #[arg(long, requires = "key")]
    documented_style: bool,

    /// One nonce in all calls, instead of a fresh one in each
    #[arg(long, requires = "key")]
    nonce: Option<String>,

    /// Another Host than that of --url, signed and sent
    #[arg(long, requires = "key")]
    host: Option<String>,

    /// Sign for this URL and send to --url: a proxy that rewrites both
    #[arg(long, value_name = "URL", requires = "key", conflicts_with = "host")]
    sign_for: Option<String>,

    /// First verify the first call here and print which check fails, and why
    #[arg(long, requires = "key")]
    explain: bool,
}

/// When calls say that they were signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Date {
    At(DateTime<Utc>),
    FromNow(TimeDelta),
}

impl Args {
    /// Returns what to send.
    pub(crate) fn body(&self) -> Result<Body, clap::Error> {
        if let Some(path) = &self.raw_body {
            return match read(path) {
                Ok(bytes) => Ok(Body::Raw(bytes.into())),
                Err(error) => {
                    let text = format!("cannot read {}: {error}", path.display());
                    Err(Cli::command().error(ErrorKind::Io, text))
                }
            };
        }
        if let Some(path) = &self.from {
            let message = message(path).map_err(invalid)?;
            if self.signing.key.is_none() {
                return Ok(Body::Message(Box::new(message)));
            }
            return Ok(Body::Raw(message.call.into_body()));
        }
        let kinds = if self.all { fixtures::ALL } else { std::slice::from_ref(self.kind) };
        let events: Result<Vec<_>, _> = kinds.iter().map(event::of_kind).collect();
        let mut events = events.map_err(invalid)?;
        for event in &mut events {
            self.apply_options(event)?;
        }
        Ok(Body::Events(events))
    }

    /// Replaces what the options name; an option that this kind of event does not know is an error.
    fn apply_options(&self, event: &mut Event) -> Result<(), clap::Error> {
        let conflict = |text| Err(Cli::command().error(ErrorKind::ArgumentConflict, text));
        // Somebody who names fields means that event, not a mixture with the documented one.
        let own = !self.fields.is_empty();
        let interests = !self.interests.is_empty();
        let parameters = !self.parameters.is_empty();
        match event {
            Event::Create(CreateEvent::Profile(event)) => {
                if own {
                    event.fields = map(&self.fields);
                }
                if own || parameters {
                    event.parameters = map(&self.parameters);
                }
                if own || interests {
                    event.interests = self.interests.iter().map(|name| (name, true)).collect();
                }
            }
            Event::Create(CreateEvent::Subprofile(event)) => {
                if interests {
                    return conflict(
                        "--interest needs --kind create-profile: a subprofile has no interests",
                    );
                }
                if own {
                    event.fields = map(&self.fields);
                }
                if own || parameters {
                    event.parameters = map(&self.parameters);
                }
            }
            _ if own || parameters || interests => {
                return conflict("--field, --parameter and --interest need --kind create-…");
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns how the calls are made, after one has been made as a test.
    pub(crate) fn calls(&self, body: &Body) -> Result<Calls, clap::Error> {
        let signing = self.signing().map_err(invalid)?;
        let calls = Calls { url: self.url.clone(), signing };
        // The first of each event is written, so that none can fail later.
        for first in 0..body.each() {
            body.of_call(first).map_err(invalid)?;
        }
        calls.call(body.of_call(0).map_err(invalid)?).map_err(invalid)?;
        Ok(calls)
    }

    fn signing(&self) -> Result<Option<Signing>, String> {
        let args = &self.signing;
        let (Some(path), Some(account)) = (&args.key, args.account) else { return Ok(None) };
        let failed = |error: &dyn Display| format!("cannot sign with {}: {error}", path.display());
        let pem = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        let mut signer = Signer::from_pem(&pem).map_err(|error| failed(&error))?;
        signer = signer.account(account).key_name(&args.key_id);
        if let Some(path) = self.from.as_deref().filter(|path| *path != Path::new("-")) {
            // Re-signed: what kind of body it is goes with it.
            let message = message(path)?;
            let media_type = message.call.headers().get(http::header::CONTENT_TYPE);
            if let Some(media_type) = media_type.and_then(|value| value.to_str().ok()) {
                signer = signer.content_type(media_type);
            }
        }
        signer = match args.date {
            Some(Date::At(date)) => signer.date(date),
            Some(Date::FromNow(delta)) => signer.clock(move || Utc::now() + delta),
            None => signer,
        };
        if args.documented_style {
            signer = signer.documented_style();
        }
        if let Some(nonce) = &args.nonce {
            signer = signer.nonce(nonce);
        }
        let (sign_for, host) = (args.sign_for.clone(), args.host.clone());
        Ok(Some(Signing { signer, account, sign_for, host }))
    }

    /// Returns how to send them.
    pub(crate) fn load(&self, body: &Body) -> Result<Load, clap::Error> {
        let tls = connect::tls(self.ca.as_deref()).map_err(invalid)?;
        Ok(Load {
            tls,
            count: self.count.get().saturating_mul(body.each()),
            concurrency: self.concurrency.get(),
            timeout: self.timeout,
            repeat: self.repeat_exactly,
            explain: self.signing.explain,
        })
    }
}

/// Reads a message from a file.
pub(crate) fn message(path: &Path) -> Result<Message, String> {
    let failed = |error: &dyn Display| format!("--from {}: {error}", path.display());
    let bytes = read(path).map_err(|error| failed(&error))?;
    Message::parse(bytes).map_err(|error| failed(&error))
}

/// Collects pairs; of a repeated name the last value counts, as in PHP's arrays.
fn map<M: for<'a> FromIterator<(&'a String, &'a String)>>(pairs: &[(String, String)]) -> M {
    pairs.iter().map(|(name, value)| (name, value)).collect()
}

pub(crate) fn invalid(error: impl Display) -> clap::Error {
    Cli::command().error(ErrorKind::InvalidValue, error)
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(path)
}

fn pair(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("no `=` in it")?;
    if name.is_empty() {
        return Err("no name before the `=`");
    }
    Ok((name.into(), value.into()))
}

pub(crate) fn endpoint(text: &str) -> Result<Uri, String> {
    let url: Uri = text.parse().map_err(|error: http::uri::InvalidUri| error.to_string())?;
    let known = [Some(&Scheme::HTTP), Some(&Scheme::HTTPS)].contains(&url.scheme());
    if !known || url.host().is_none_or(str::is_empty) {
        return Err("not of the form http(s)://host[:port]/path".into());
    }
    Ok(url)
}

pub(crate) fn account(text: &str) -> Result<Account, String> {
    match text.parse() {
        Ok(number) => Ok(Account::new(number)),
        Err(_) => text.parse().map_err(|error| format!("{error}")),
    }
}

fn date(text: &str) -> Result<Date, &'static str> {
    if text.starts_with(['-', '+']) {
        let delta = text.parse().ok().and_then(TimeDelta::try_seconds);
        let near = delta.filter(|delta| delta.abs() <= TimeDelta::weeks(100 * 52));
        return near.map(Date::FromNow).ok_or("not a whole number of seconds in this century");
    }
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_rfc2822(text))
        .map(|date| Date::At(date.to_utc()))
        .map_err(|_| "neither RFC 3339, nor as in a Date header, nor seconds from now")
}

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "not a number")?;
    match Duration::try_from_secs_f64(number) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        Ok(_) => Err("must be more than 0".into()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds() {
        Cli::command().debug_assert();
    }

    #[test]
    fn pairs_split_at_the_first_equals_sign() {
        assert_eq!(pair("a=b=c"), Ok(("a".into(), "b=c".into())));
        assert_eq!(pair("a="), Ok(("a".into(), String::new())));
        assert!(pair("a").is_err());
        assert!(pair("=a").is_err());
    }

    #[test]
    fn urls_are_http_with_a_host() {
        assert!(endpoint("http://localhost:3000").is_ok());
        assert!(endpoint("https://localhost/").is_ok());
        for wrong in ["ftp://localhost/", "localhost:3000", "/copernica", "http://"] {
            assert!(endpoint(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn dates_are_absolute_or_from_now() {
        let at = Date::At("2014-01-05T21:31:40Z".parse().unwrap());
        assert_eq!(date("2014-01-05T22:31:40+01:00"), Ok(at));
        assert_eq!(date("Sun, 05 Jan 2014 21:31:40 GMT"), Ok(at));
        assert_eq!(date("-90"), Ok(Date::FromNow(TimeDelta::seconds(-90))));
        assert_eq!(date("+60"), Ok(Date::FromNow(TimeDelta::seconds(60))));
        for wrong in ["", "60", "-", "-1.5", "+9223372036854775807", "yesterday"] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn accounts_are_numbers_or_named() {
        assert_eq!(account("1234"), account("account_1234"));
        assert_eq!(account("environment_5"), Ok(Account::environment(5)));
        for wrong in ["", "-1", "user_5", "1234 "] {
            assert!(account(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn timeouts_are_positive_and_finite() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["0", "-1", "inf", "NaN", "1s"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
