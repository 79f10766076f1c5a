//! The command line of `send`.

use std::{
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, error::ErrorKind};
use http::Uri;
use webhook_core::{
    CreateEvent, Event,
    testing::fixtures::{self, Fixture},
};

use super::{
    invalid,
    signing::SigningArgs,
    values::{endpoint, kind, message, pair, read, seconds},
    wrong,
};
use crate::{body::Body, event, load::Load, message::Message, sign::Calls, wire::Endpoint};

/// What to send where; `help::send` lists these options for who reads `--help`.
#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// What happened: one of the test kit's kinds
    #[arg(long, default_value = fixtures::CREATE_PROFILE.kind, value_parser = kind)]
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

    /// Send this HTTP/1.1 message, byte for byte, or with --key signed anew
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kind", "all", "fields", "parameters", "interests", "raw_body"])]
    from: Option<PathBuf>,

    /// How many events; their numbers count up from 123
    #[arg(long, value_name = "N", default_value = "1")]
    count: NonZeroU64,

    /// How many calls may be under way at once
    #[arg(long, value_name = "N", default_value = "1")]
    concurrency: NonZeroUsize,

    /// Where to send them
    #[arg(long, default_value = "http://127.0.0.1:3000/copernica", value_parser = endpoint)]
    url: Uri,

    /// A private certificate authority, in PEM, next to those known
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// How long to wait for one answer
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    timeout: Duration,

    /// Send an exact copy of each call after its answer: a replay
    #[arg(long)]
    repeat_exactly: bool,

    #[command(flatten)]
    signing: SigningArgs,

    /// Sign for this URL and send to --url: a proxy that rewrites both
    #[arg(long, value_name = "URL", requires = "key", conflicts_with = "host")]
    sign_for: Option<String>,

    /// First verify the first call here and print which check fails, and why
    #[arg(long, requires = "key")]
    explain: bool,
}

/// What is ready to be sent.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) load: Load,
    pub(crate) calls: Calls,
    pub(crate) body: Body,
    pub(crate) endpoint: Endpoint,
}

impl SendArgs {
    /// Reads what the options name.
    ///
    /// # Errors
    /// A file can't be read, or a call can't be made.
    pub(crate) fn prepare(&self) -> Result<Prepared, clap::Error> {
        let message = self.from.as_deref().map(message).transpose().map_err(invalid)?;
        let body = match &message {
            Some(message) => Body::Raw(message.body.clone()),
            None => self.body()?,
        };
        let calls = self.calls(message, &body)?;
        let endpoint = Endpoint::new(&self.url, self.ca.as_deref()).map_err(invalid)?;
        Ok(Prepared { load: self.load(&body), calls, body, endpoint })
    }

    /// Returns what to send.
    fn body(&self) -> Result<Body, clap::Error> {
        if let Some(path) = &self.raw_body {
            return match read(path) {
                Ok(bytes) => Ok(Body::Raw(bytes.into())),
                Err(error) => {
                    let text = format!("cannot read {}: {error}", path.display());
                    Err(wrong(ErrorKind::Io, text))
                }
            };
        }
        let fixtures = if self.all { fixtures::ALL } else { std::slice::from_ref(self.kind) };
        let events: Result<Vec<_>, _> = fixtures.iter().map(event::of_fixture).collect();
        let mut events = events.map_err(invalid)?;
        for event in &mut events {
            self.apply_options(event)?;
        }
        Ok(Body::Events(events))
    }

    /// Replaces what the options name; an option that this kind of event does not know is an error.
    fn apply_options(&self, event: &mut Event) -> Result<(), clap::Error> {
        let conflict = |text| Err(wrong(ErrorKind::ArgumentConflict, text));
        // A user who names fields means that event, not a mixture with the documented one.
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
    fn calls(&self, message: Option<Message>, body: &Body) -> Result<Calls, clap::Error> {
        let signing = self.signing.signing(self.sign_for.clone())?;
        let calls = Calls { url: self.url.clone(), signing, message };
        // The first of each event is written, so that none can fail later.
        for first in 0..body.each() {
            body.of_call(first).map_err(invalid)?;
        }
        calls.call(body.of_call(0).map_err(invalid)?).map_err(invalid)?;
        Ok(calls)
    }

    /// Returns how to send them.
    fn load(&self, body: &Body) -> Load {
        Load {
            count: self.count.get().saturating_mul(body.each()),
            concurrency: self.concurrency.get(),
            timeout: self.timeout,
            repeat: self.repeat_exactly,
            explain: self.explain,
        }
    }
}

/// Collects pairs; of a repeated name the last value counts, as in PHP's arrays.
fn map<M: for<'a> FromIterator<(&'a String, &'a String)>>(pairs: &[(String, String)]) -> M {
    pairs.iter().map(|(name, value)| (name, value)).collect()
}
