//! A profile was unsubscribed.

use super::identity;
use super::kind::EventKind;
use super::variables::{FromVariables, Variables};
use super::{FromDelivery, deserialize};
use crate::datetime;
use crate::id::{CollectionId, DatabaseId, MailingId, ProfileId, SubprofileId, UnsubscribeId};
use crate::map::Map;
use crate::rejection::Refusal;
use chrono::serde::ts_seconds_option;
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer};
use std::fmt;

/// A profile was unsubscribed, or a subprofile.
///
/// What its database is set to do then, to update or to remove the profile, may be reported by an event
/// of its own. Only `id` or `profile` is required: what else can't be read is `None`, and stays as it was
/// sent.
///
/// Source of the variables: Copernica's documentation of webhooks for unsubscribes (Marketing Suite,
/// 2024-04).
#[derive(Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename = "unsubscribe")]
#[non_exhaustive]
pub struct Unsubscribe {
    /// The profile that was unsubscribed; `profile` or `profileid` on the wire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileId>,
    /// The subprofile that was unsubscribed, if the sender says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subprofile: Option<SubprofileId>,
    /// The database that the profile is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseId>,
    /// The collection that the subprofile is in, if the sender says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection: Option<CollectionId>,
    /// The mailing that led to it; `mailing` or `mailingid` on the wire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mailing: Option<MailingId>,
    /// The unsubscription itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<UnsubscribeId>,
    /// When it happened: the wire names no zone.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "datetime::serialize_set")]
    pub timestamp: Option<NaiveDateTime>,
    /// The moment of `timestamp` in UTC, when the sender reports it.
    #[serde(skip_serializing_if = "Option::is_none", with = "ts_seconds_option")]
    pub time: Option<DateTime<Utc>>,
    /// Undocumented variables, and those that can't be read as documented, as sent.
    #[serde(flatten)]
    pub undocumented: Map,
}

impl Unsubscribe {
    /// Makes an event of what nearly every one has, for tests and for events of your own making; the
    /// rest is public fields.
    #[must_use]
    pub fn new(id: UnsubscribeId, profile: ProfileId) -> Self {
        Self {
            profile: Some(profile),
            subprofile: None,
            database: None,
            collection: None,
            mailing: None,
            id: Some(id),
            timestamp: None,
            time: None,
            undocumented: Map::new(),
        }
    }

    /// Reads the variables, a line each. One that is not read here is undocumented, and kept.
    pub(super) fn read(variables: &mut Variables) -> Result<Self, Refusal> {
        let id = variables.optional_text_id("id");
        let profile = match id {
            Some(_) => variables.optional_id_of(["profile", "profileid"]),
            None => Some(variables.id_of(["profile", "profileid"])?),
        };
        Ok(Self {
            profile,
            subprofile: variables.optional_id("subprofile"),
            database: variables.optional_id("database"),
            collection: variables.optional_id("collection"),
            mailing: variables.optional_id_of(["mailing", "mailingid"]),
            id,
            timestamp: variables.optional_date("timestamp"),
            time: variables.time("time"),
            undocumented: variables.undocumented(),
        })
    }
}

impl FromVariables for Unsubscribe {
    fn from_variables(variables: &mut Variables) -> Result<Self, Refusal> {
        EventKind::Unsubscribe.expect(variables)?;
        Self::read(variables)
    }
}

impl FromDelivery for Unsubscribe {
    fn identity(&self) -> Option<String> {
        // With its timestamp: who subscribes again can be unsubscribed again.
        let parts = [
            self.id.as_ref().map(|id| identity::text(id.as_str())),
            self.profile.and_then(identity::id),
            self.timestamp.and_then(identity::date),
        ];
        identity::of("unsubscribe", parts)
    }
}

impl<'de> Deserialize<'de> for Unsubscribe {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        deserialize(input)
    }
}

/// Ids only: the rest is personal data.
impl fmt::Debug for Unsubscribe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsubscribe")
            .field("id", &self.id)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}
