//! The command line.

use std::{
    io::Read as _,
    num::{NonZeroU64, NonZeroUsize},
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{CommandFactory as _, Parser, ValueEnum, error::ErrorKind};
use http::{Uri, uri::Scheme};

use crate::{
    body::{Body, Event},
    load::Load,
};

/// Plays Copernica: sends create events to an endpoint and says how it answered.
///
/// Without --field it sends the event of Copernica's documentation. Exits with 0 when every answer
/// is 2xx, with 1 when one is not, with 2 when the command line is wrong.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// What was created.
    #[arg(long, value_enum, default_value_t = Kind::Profile)]
    kind: Kind,

    /// A field of the created entity; split at the first `=`. Repeatable.
    #[arg(long = "field", value_name = "NAME=VALUE", value_parser = pair)]
    fields: Vec<(String, String)>,

    /// A parameter of the creating action; split at the first `=`. Repeatable.
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<(String, String)>,

    /// An interest the profile has. Repeatable.
    #[arg(long = "interest", value_name = "NAME")]
    interests: Vec<String>,

    /// Send this file's bytes as they are instead of an event; `-` is standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kind", "fields", "parameters", "interests"])]
    raw_body: Option<PathBuf>,

    /// How many events; the id of the created entity counts up from 123.
    #[arg(long, value_name = "N", default_value = "1")]
    count: NonZeroU64,

    /// How many calls may be under way at once.
    #[arg(long, value_name = "N", default_value = "1")]
    concurrency: NonZeroUsize,

    /// Where to send them; http only.
    #[arg(long, default_value = "http://127.0.0.1:3000/copernica", value_parser = endpoint)]
    url: Uri,

    /// How long to wait for one answer.
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    timeout: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Profile,
    Subprofile,
}

impl Args {
    /// What to send.
    pub(crate) fn body(&self) -> Result<Body, clap::Error> {
        if let Some(path) = &self.raw_body {
            return match read(path) {
                Ok(bytes) => Ok(Body::Raw(bytes.into())),
                Err(error) => {
                    let text = format!("cannot read {}: {error}", path.display());
                    Err(Self::command().error(ErrorKind::Io, text))
                }
            };
        }
        if self.kind == Kind::Subprofile && !self.interests.is_empty() {
            let text = "--interest needs --kind profile: a subprofile has no interests";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, text));
        }
        let mut event = Event::documented(self.kind);
        // Somebody who names fields means that event, not a mixture with the documented one.
        let own = !self.fields.is_empty();
        if own {
            event.fields.clone_from(&self.fields);
        }
        if own || !self.parameters.is_empty() {
            event.parameters.clone_from(&self.parameters);
        }
        if own || !self.interests.is_empty() {
            event.interests =
                self.interests.iter().map(|name| (name.clone(), "1".into())).collect();
        }
        Ok(Body::Event(event))
    }

    /// How to send it.
    pub(crate) fn load(&self) -> Load {
        Load {
            url: self.url.clone(),
            count: self.count.get(),
            concurrency: self.concurrency.get(),
            timeout: self.timeout,
        }
    }
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

fn endpoint(text: &str) -> Result<Uri, String> {
    let url: Uri = text.parse().map_err(|error: http::uri::InvalidUri| error.to_string())?;
    if url.scheme() != Some(&Scheme::HTTP) || url.host().is_none_or(str::is_empty) {
        return Err("not of the form http://host[:port]/path".into());
    }
    Ok(url)
}

fn seconds(text: &str) -> Result<Duration, String> {
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
        Args::command().debug_assert();
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
        for wrong in ["https://localhost/", "localhost:3000", "/copernica", "http://"] {
            assert!(endpoint(wrong).is_err(), "{wrong}");
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
