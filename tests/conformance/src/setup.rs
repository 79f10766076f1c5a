//! What a case is sent to: what the handler takes, and how its receiver is set up.

use crate::doubles::{Away, Says};
use crate::for_event::Alone;
use crate::runner::Kind;
use crate::sign;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use webhook_core::replay::MemoryStore;
use webhook_core::{Account, Limits, Receiver, ReceiverBuilder};

/// What a case is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setup {
    /// `Webhook<CreateEvent>`: whatever was created.
    Events,
    /// `Webhook<ProfileCreated>`
    Profiles,
    /// `Webhook<SubprofileCreated>`
    Subprofiles,
    /// `Webhook<ProfileCreated<Customer>>`: fields into a struct.
    Typed,
    /// As [`Self::Events`], by a receiver that replaces what is not UTF-8.
    Lossy,
    /// `Result<Webhook, _>` (in warp by `try_webhook`): the handler answers refusals.
    Results,
    /// `Webhook<Event>`: whatever happened.
    Any,
    /// One event and no other.
    Alone(Alone),
    /// `Webhook<Raw>`: the handler answers it as it would be queued.
    Raw,
    /// `Webhook<Raw>`: the handler decodes it as [`Self::Any`] does, and answers refusals alike.
    Later,
    /// As [`Self::Any`], by a receiver with the limits for mail events.
    Mail,
    /// As [`Self::Results`], by a receiver that ignores what is unexpected.
    IgnoringResults,
    /// An application without a receiver.
    Missing,
    /// `once` around `Webhook<CreateEvent>`, by a receiver that verifies, as all that follow do:
    /// for account 1234 and environment 77.
    Signed,
    /// As [`Self::Signed`], around `Webhook<Event>`.
    SignedAny,
    /// As [`Self::Signed`], around `Webhook<Raw>`.
    SignedRaw,
    /// As [`Self::Signed`], by a receiver that ignores what is unexpected.
    Ignoring,
    /// As [`Self::Signed`], after two routers that take a prefix off: `/hooks/v1/copernica`.
    Nested,
    /// By a receiver that names its hosts.
    Hosts,
    /// By a receiver that requires longer keys than any here.
    LongKeys,
    /// By a receiver whose public URL is [`PUBLIC_URL`].
    Public,
    /// By a receiver that takes what is two minutes old, or early, and nothing older.
    Patient,
    /// By a receiver without any memory: for calls that share a signing string.
    Forgetful,
    /// Keys can't be looked up now.
    KeysAway,
    /// The replay store is full.
    Full,
    /// The replay store can't be reached.
    StoreAway,
    /// The replay store says that every delivery is being handled.
    InFlight,
    /// The replay store says that every delivery was handled.
    Done,
    /// As [`Self::Signed`], for the handler of [`counted`](crate::counted).
    Counted,
    /// As [`Self::Counted`], without `once`.
    Bare,
}

/// What is called by who calls [`Setup::Public`].
pub const PUBLIC_URL: &str = "https://hooks.example.com/public/copernica";

impl Setup {
    /// Returns all that have cases.
    pub fn all() -> Vec<Self> {
        Self::SINGLE.into_iter().chain(Alone::ALL.map(Self::Alone)).collect()
    }

    /// All that have cases, but those that take one event and no other.
    const SINGLE: [Self; 27] = [
        Self::Events,
        Self::Profiles,
        Self::Subprofiles,
        Self::Typed,
        Self::Lossy,
        Self::Results,
        Self::Any,
        Self::Raw,
        Self::Later,
        Self::Mail,
        Self::IgnoringResults,
        Self::Missing,
        Self::Signed,
        Self::SignedAny,
        Self::SignedRaw,
        Self::Ignoring,
        Self::Nested,
        Self::Hosts,
        Self::LongKeys,
        Self::Public,
        Self::Patient,
        Self::Forgetful,
        Self::KeysAway,
        Self::Full,
        Self::StoreAway,
        Self::InFlight,
        Self::Done,
    ];

    /// Returns the implementations that have it: a receiver that is missing does not compile elsewhere.
    pub const fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Missing => &[Kind::Actix],
            _ => &Kind::ALL,
        }
    }

    /// Returns its receiver.
    pub fn receiver(self) -> Receiver {
        match self {
            Self::Lossy => Receiver::builder().lossy_utf8().unverified(),
            Self::Mail => Receiver::builder().limits(Limits::mail()).unverified(),
            Self::IgnoringResults => Receiver::builder().ignore_unexpected().unverified(),
            Self::Results | Self::Missing | Self::Later => Receiver::unverified(),
            _ if self.is_plain() => Receiver::unverified(),
            _ => self.verifying().build().unwrap(),
        }
    }

    /// Returns whether its handler answers an unsigned event, and nothing else.
    pub(crate) const fn is_plain(self) -> bool {
        matches!(
            self,
            Self::Events
                | Self::Profiles
                | Self::Subprofiles
                | Self::Typed
                | Self::Lossy
                | Self::Any
                | Self::Alone(_)
                | Self::Raw
                | Self::Mail
        )
    }

    /// Returns the builder of a receiver that verifies.
    pub fn verifying(self) -> ReceiverBuilder {
        let builder = Receiver::builder().account(1234).account(Account::environment(77));
        let builder = builder.clock(sign::now).keys(sign::keys());
        match self {
            Self::Hosts => builder.host("Hooks.Example.com:443").host("other.example:8080"),
            Self::Ignoring => builder.ignore_unexpected(),
            Self::LongKeys => builder.min_key_bits(3072),
            Self::Public => builder.public_url(PUBLIC_URL),
            Self::Patient => {
                let two_minutes = Duration::from_secs(120);
                builder.max_age(two_minutes).max_ahead(two_minutes)
            }
            Self::Forgetful => builder.replay(Says::Fresh),
            Self::KeysAway => builder.keys(Away),
            Self::Full => builder.replay(MemoryStore::bounded(0)),
            Self::StoreAway => builder.replay(Says::Nothing),
            Self::InFlight => builder.replay(Says::InFlight),
            Self::Done => builder.replay(Says::Done),
            _ => builder,
        }
    }
}

/// What [`Setup::Typed`] makes of fields.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Customer {
    #[serde(rename = "First name")]
    first_name: String,
    newsletter: bool,
    visits: u32,
    score: Option<f64>,
    born: Option<chrono::NaiveDate>,
    #[serde(default)]
    tags: Vec<String>,
}
