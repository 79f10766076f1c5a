//! A profile was created.

use crate::datetime;
use crate::event::identity;
use crate::event::kind::{Entity, EventKind};
use crate::event::variables::{FromVariables, Variables};
use crate::event::{FromDelivery, deserialize};
use crate::id::{DatabaseId, ProfileId};
use crate::interests::Interests;
use crate::map::{Fields, Map, Parameters, is_unread};
use crate::rejection::Refusal;
use chrono::serde::ts_seconds_option;
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use std::fmt;

/// A profile was created.
///
/// Source of the variables: Copernica's documentation of webhooks for profiles.
#[derive(Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename = "create", bound(serialize = "F: Serialize + 'static"))]
#[non_exhaustive]
pub struct ProfileCreated<F = Fields> {
    /// The created profile.
    pub profile: ProfileId,
    /// The database that it is in.
    pub database: DatabaseId,
    /// The variable `id`, where it is a number; documented in examples only, and contradictory there. Never an
    /// identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// When it was created, in the account's own time: the wire names no zone.
    #[serde(serialize_with = "datetime::serialize")]
    pub timestamp: NaiveDateTime,
    /// The moment of `timestamp` in UTC, when the sender reports it.
    #[serde(skip_serializing_if = "Option::is_none", with = "ts_seconds_option")]
    pub time: Option<DateTime<Utc>>,
    /// When the row was created; `None` when not set.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "datetime::serialize_set")]
    pub created: Option<NaiveDateTime>,
    /// When the row was last changed; `None` when not set, as in a fresh profile.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "datetime::serialize_set")]
    pub modified: Option<NaiveDateTime>,
    /// What the creating action was called with.
    #[serde(skip_serializing_if = "Map::is_unread")]
    pub parameters: Parameters,
    /// The current values of the fields.
    #[serde(skip_serializing_if = "is_unread")]
    pub fields: F,
    /// The current interests.
    #[serde(skip_serializing_if = "Interests::is_unread")]
    pub interests: Interests,
    /// Undocumented variables, and those that can't be read as documented, as sent.
    #[serde(flatten)]
    pub undocumented: Map,
}

impl<F> ProfileCreated<F> {
    /// Makes an event of what every event has, for tests and for events of your own making; the
    /// rest is public fields.
    #[must_use]
    pub fn new(
        database: DatabaseId,
        profile: ProfileId,
        timestamp: NaiveDateTime,
        fields: F,
    ) -> Self {
        Self {
            profile,
            database,
            id: None,
            timestamp,
            time: None,
            created: None,
            modified: None,
            parameters: Parameters::new(),
            fields,
            interests: Interests::default(),
            undocumented: Map::new(),
        }
    }
}

impl<F: DeserializeOwned + Send + 'static> ProfileCreated<F> {
    /// Reads the variables, a line each, in the order that they arrive in: what was read is out of the
    /// next one's way. One that is not read here is undocumented, and kept.
    pub(super) fn read(variables: &mut Variables) -> Result<Self, Refusal> {
        Ok(Self {
            profile: variables.id("profile")?,
            database: variables.id("database")?,
            timestamp: variables.date("timestamp")?,
            id: variables.optional_number("id"),
            parameters: variables.map("parameters"),
            fields: variables.fields("fields")?,
            interests: variables.interests("interests"),
            created: variables.optional_date("created"),
            modified: variables.optional_date("modified"),
            time: variables.time("time"),
            undocumented: {
                // Empty or 0 says that there is none.
                variables.has_id("collection");
                variables.undocumented()
            },
        })
    }
}

impl<F: DeserializeOwned + Send + 'static> FromVariables for ProfileCreated<F> {
    fn from_variables(variables: &mut Variables) -> Result<Self, Refusal> {
        EventKind::Create.expect(variables)?;
        Entity::Profile.expect(variables)?;
        Self::read(variables)
    }
}

impl<F: DeserializeOwned + Send + 'static> FromDelivery for ProfileCreated<F> {
    fn identity(&self) -> Option<String> {
        identity::of("create:profile", [identity::id(self.database), identity::id(self.profile)])
    }
}

impl<'de, F: DeserializeOwned + Send + 'static> Deserialize<'de> for ProfileCreated<F> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        deserialize(input)
    }
}

/// Ids only: the rest is personal data.
impl<F> fmt::Debug for ProfileCreated<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileCreated")
            .field("profile", &self.profile)
            .field("database", &self.database)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}
