//! What a case is sent to: what the handler asks for, and how its receiver is set up.

use crate::runner::Kind;
use serde::{Deserialize, Serialize};
use webhook_core::Receiver;

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
    /// An application without a receiver.
    Missing,
}

impl Setup {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Events,
        Self::Profiles,
        Self::Subprofiles,
        Self::Typed,
        Self::Lossy,
        Self::Results,
        Self::Missing,
    ];

    /// The implementations that have it: a receiver that is missing does not compile elsewhere.
    pub const fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Missing => &[Kind::Actix],
            _ => &Kind::ALL,
        }
    }

    /// Its receiver.
    pub fn receiver(self) -> Receiver {
        match self {
            Self::Lossy => Receiver::unverified().with_lossy_utf8(),
            _ => Receiver::unverified(),
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
