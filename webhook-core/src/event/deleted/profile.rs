//! A profile was deleted.

use crate::datetime;
use crate::event::identity;
use crate::event::kind::{Entity, EventKind};
use crate::event::variables::{FromVariables, Variables};
use crate::event::{FromDelivery, deserialize};
use crate::id::{DatabaseId, ProfileId};
use crate::interests::Interests;
use crate::map::{Fields, Map};
use crate::rejection::Refusal;
use chrono::serde::ts_seconds_option;
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use std::fmt;

/// A profile was deleted.
///
/// Source of the variables: Copernica's documentation of webhooks for profiles.
#[derive(Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename = "delete", bound(serialize = "F: Serialize + 'static"))]
#[non_exhaustive]
pub struct ProfileDeleted<F = Fields> {
    /// The deleted profile.
    pub profile: ProfileId,
    /// The database that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseId>,
    /// When it was deleted, in the account's own time: the wire names no zone.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "datetime::serialize_set")]
    pub timestamp: Option<NaiveDateTime>,
    /// The moment of `timestamp` in UTC, when the sender reports it.
    #[serde(skip_serializing_if = "Option::is_none", with = "ts_seconds_option")]
    pub time: Option<DateTime<Utc>>,
    /// The values that its fields had; `None` where they are not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<F>,
    /// The interests that it had, where they are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interests: Option<Interests>,
    /// Undocumented variables, and those that can't be read as documented, as sent.
    #[serde(flatten)]
    pub undocumented: Map,
}

impl<F> ProfileDeleted<F> {
    /// Makes an event of what every event has, for tests and for events of your own making; the
    /// rest is public fields.
    #[must_use]
    pub fn new(profile: ProfileId, timestamp: NaiveDateTime) -> Self {
        Self {
            profile,
            database: None,
            timestamp: Some(timestamp),
            time: None,
            fields: None,
            interests: None,
            undocumented: Map::new(),
        }
    }
}

impl<F: DeserializeOwned + Send + 'static> ProfileDeleted<F> {
    /// Reads the variables, a line each, in the order that they arrive in: what was read is out of the
    /// next one's way. One that is not read here is undocumented, and kept.
    pub(super) fn read(variables: &mut Variables) -> Result<Self, Refusal> {
        Ok(Self {
            profile: variables.id("profile")?,
            database: variables.optional_id("database"),
            timestamp: variables.optional_date("timestamp"),
            fields: variables.optional_fields("fields")?,
            interests: variables.optional_interests("interests"),
            time: variables.time("time"),
            undocumented: {
                // Empty or 0 says that there is none.
                variables.has_id("collection");
                variables.undocumented()
            },
        })
    }
}

impl<F: DeserializeOwned + Send + 'static> FromVariables for ProfileDeleted<F> {
    fn from_variables(variables: &mut Variables) -> Result<Self, Refusal> {
        EventKind::Delete.expect(variables)?;
        Entity::Profile.expect(variables)?;
        Self::read(variables)
    }
}

impl<F: DeserializeOwned + Send + 'static> FromDelivery for ProfileDeleted<F> {
    fn identity(&self) -> Option<String> {
        // With its timestamp: a deletion can be undone, and what is deleted again is another event.
        let parts = [identity::id(self.profile), self.timestamp.and_then(identity::date)];
        identity::of("delete:profile", parts)
    }
}

impl<'de, F: DeserializeOwned + Send + 'static> Deserialize<'de> for ProfileDeleted<F> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        deserialize(input)
    }
}

/// Ids only: the rest is personal data.
impl<F> fmt::Debug for ProfileDeleted<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileDeleted")
            .field("profile", &self.profile)
            .field("database", &self.database)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}
