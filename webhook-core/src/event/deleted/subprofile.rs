//! A subprofile was deleted.

use crate::datetime;
use crate::event::identity;
use crate::event::kind::{Entity, EventKind};
use crate::event::variables::{FromVariables, Variables};
use crate::event::{FromDelivery, deserialize};
use crate::id::{CollectionId, DatabaseId, ProfileId, SubprofileId};
use crate::map::{Fields, Map};
use crate::rejection::Refusal;
use chrono::serde::ts_seconds_option;
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use std::fmt;

/// A subprofile was deleted.
///
/// Source of the variables: Copernica's documentation of webhooks for subprofiles.
#[derive(Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename = "delete", bound(serialize = "F: Serialize + 'static"))]
#[non_exhaustive]
pub struct SubprofileDeleted<F = Fields> {
    /// The profile that the subprofile belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileId>,
    /// The deleted subprofile.
    pub subprofile: SubprofileId,
    /// The database that the profile is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseId>,
    /// The collection that the subprofile is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection: Option<CollectionId>,
    /// When it was deleted, in the account's own time: the wire names no zone.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "datetime::serialize_set")]
    pub timestamp: Option<NaiveDateTime>,
    /// The moment of `timestamp` in UTC, when the sender reports it.
    #[serde(skip_serializing_if = "Option::is_none", with = "ts_seconds_option")]
    pub time: Option<DateTime<Utc>>,
    /// The values that its fields had; `None` where they are not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<F>,
    /// Undocumented variables, and those that can't be read as documented, as sent.
    #[serde(flatten)]
    pub undocumented: Map,
}

impl<F> SubprofileDeleted<F> {
    /// Makes an event of what every event has, for tests and for events of your own making; the
    /// rest is public fields.
    #[must_use]
    pub fn new(subprofile: SubprofileId, timestamp: NaiveDateTime) -> Self {
        Self {
            profile: None,
            subprofile,
            database: None,
            collection: None,
            timestamp: Some(timestamp),
            time: None,
            fields: None,
            undocumented: Map::new(),
        }
    }
}

impl<F: DeserializeOwned + Send + 'static> SubprofileDeleted<F> {
    /// Reads the variables, a line each, in the order that they arrive in: what was read is out of the
    /// next one's way. One that is not read here is undocumented, and kept.
    pub(super) fn read(variables: &mut Variables) -> Result<Self, Refusal> {
        Ok(Self {
            profile: variables.optional_id("profile"),
            subprofile: variables.id("subprofile")?,
            database: variables.optional_id("database"),
            collection: variables.optional_id("collection"),
            timestamp: variables.optional_date("timestamp"),
            fields: variables.optional_fields("fields")?,
            time: variables.time("time"),
            undocumented: variables.undocumented(),
        })
    }
}

impl<F: DeserializeOwned + Send + 'static> FromVariables for SubprofileDeleted<F> {
    fn from_variables(variables: &mut Variables) -> Result<Self, Refusal> {
        EventKind::Delete.expect(variables)?;
        Entity::Subprofile.expect(variables)?;
        Self::read(variables)
    }
}

impl<F: DeserializeOwned + Send + 'static> FromDelivery for SubprofileDeleted<F> {
    fn identity(&self) -> Option<String> {
        // With its timestamp: a deletion can be undone, and what is deleted again is another event.
        let parts = [identity::id(self.subprofile), self.timestamp.and_then(identity::date)];
        identity::of("delete:subprofile", parts)
    }
}

impl<'de, F: DeserializeOwned + Send + 'static> Deserialize<'de> for SubprofileDeleted<F> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        deserialize(input)
    }
}

/// Ids only: the rest is personal data.
impl<F> fmt::Debug for SubprofileDeleted<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubprofileDeleted")
            .field("profile", &self.profile)
            .field("subprofile", &self.subprofile)
            .field("database", &self.database)
            .field("collection", &self.collection)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}
