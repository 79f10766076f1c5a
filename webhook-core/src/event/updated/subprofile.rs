//! A subprofile was changed.

use crate::datetime;
use crate::event::kind::{Entity, EventKind};
use crate::event::variables::{FromVariables, Variables};
use crate::event::{FromDelivery, deserialize};
use crate::id::{CollectionId, DatabaseId, ProfileId, SubprofileId};
use crate::map::{Fields, Map, Parameters, is_unread};
use crate::rejection::Refusal;
use chrono::serde::ts_seconds_option;
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use std::fmt;

/// A subprofile was changed.
///
/// Source of the variables: Copernica's documentation of webhooks for subprofiles.
#[derive(Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename = "update", bound(serialize = "F: Serialize + 'static"))]
#[non_exhaustive]
pub struct SubprofileUpdated<F = Fields> {
    /// The profile that the subprofile belongs to.
    pub profile: ProfileId,
    /// The changed subprofile.
    pub subprofile: SubprofileId,
    /// The database that the profile is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseId>,
    /// The collection that the subprofile is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection: Option<CollectionId>,
    /// The variable `id`, where it is a number; documented in examples only, and contradictory there. Never an
    /// identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// When it was changed, in the account's own time: the wire names no zone.
    #[serde(serialize_with = "datetime::serialize")]
    pub timestamp: NaiveDateTime,
    /// The moment of `timestamp` in UTC, when the sender reports it.
    #[serde(skip_serializing_if = "Option::is_none", with = "ts_seconds_option")]
    pub time: Option<DateTime<Utc>>,
    /// When the row was created; `None` when not set.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "datetime::serialize_set")]
    pub created: Option<NaiveDateTime>,
    /// When the row was last changed; `None` when not set.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "datetime::serialize_set")]
    pub modified: Option<NaiveDateTime>,
    /// What the changing action was called with: often only what was to change.
    #[serde(skip_serializing_if = "Map::is_unread")]
    pub parameters: Parameters,
    /// The values of the fields after the change.
    #[serde(skip_serializing_if = "is_unread")]
    pub fields: F,
    /// Undocumented variables, and those that can't be read as documented, as sent.
    #[serde(flatten)]
    pub undocumented: Map,
}

impl<F> SubprofileUpdated<F> {
    /// Makes an event of what every event has, for tests and for events of your own making; the
    /// rest is public fields.
    #[must_use]
    pub fn new(
        profile: ProfileId,
        subprofile: SubprofileId,
        timestamp: NaiveDateTime,
        fields: F,
    ) -> Self {
        Self {
            profile,
            subprofile,
            database: None,
            collection: None,
            id: None,
            timestamp,
            time: None,
            created: None,
            modified: None,
            parameters: Parameters::new(),
            fields,
            undocumented: Map::new(),
        }
    }
}

impl<F: DeserializeOwned + Send + 'static> SubprofileUpdated<F> {
    /// Reads the variables, a line each, in the order that they arrive in: what was read is out of the
    /// next one's way. One that is not read here is undocumented, and kept.
    pub(super) fn read(variables: &mut Variables) -> Result<Self, Refusal> {
        Ok(Self {
            profile: variables.id("profile")?,
            subprofile: variables.id("subprofile")?,
            database: variables.optional_id("database"),
            collection: variables.optional_id("collection"),
            timestamp: variables.date("timestamp")?,
            id: variables.optional_number("id"),
            parameters: variables.map("parameters"),
            fields: variables.fields("fields")?,
            created: variables.optional_date("created"),
            modified: variables.optional_date("modified"),
            time: variables.time("time"),
            undocumented: variables.undocumented(),
        })
    }
}

impl<F: DeserializeOwned + Send + 'static> FromVariables for SubprofileUpdated<F> {
    fn from_variables(variables: &mut Variables) -> Result<Self, Refusal> {
        EventKind::Update.expect(variables)?;
        Entity::Subprofile.expect(variables)?;
        Self::read(variables)
    }
}

impl<F: DeserializeOwned + Send + 'static> FromDelivery for SubprofileUpdated<F> {
    fn identity(&self) -> Option<String> {
        None
    }
}

impl<'de, F: DeserializeOwned + Send + 'static> Deserialize<'de> for SubprofileUpdated<F> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        deserialize(input)
    }
}

/// Ids only: the rest is personal data.
impl<F> fmt::Debug for SubprofileUpdated<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubprofileUpdated")
            .field("profile", &self.profile)
            .field("subprofile", &self.subprofile)
            .field("database", &self.database)
            .field("collection", &self.collection)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}
