//! A mail was reported as abuse.

use super::kind::EventKind;
use super::variables::{FromVariables, Variables};
use super::{FromDelivery, deserialize};
use crate::datetime;
use crate::id::{DatabaseId, MailingId, MessageId, ProfileId, SubprofileId};
use crate::map::Map;
use crate::rejection::Refusal;
use crate::tags::Tags;
use crate::text::ByteText;
use chrono::serde::ts_seconds_option;
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer};
use std::fmt;

/// A mail was reported as abuse: its recipient pressed "this is spam".
///
/// Only `id` is required: what else can't be read is `None`, and stays as it was sent.
///
/// Source of the variables: the documentation of webhooks for abuse reports of `SMTPeter` (2019-06).
#[derive(Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename = "abuse")]
#[non_exhaustive]
pub struct Abuse {
    /// The profile that the mail was sent to; `profile` or `profileid` on the wire. Sent since 2021-12, by a
    /// changelog of the vendor that no table followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileId>,
    /// The subprofile that the mail was sent to, if the sender says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subprofile: Option<SubprofileId>,
    /// The database that the profile is in, if the sender says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<DatabaseId>,
    /// The mailing that the mail was part of; `mailing` or `mailingid` on the wire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mailing: Option<MailingId>,
    /// The message that it is about.
    pub id: MessageId,
    /// When it happened: the wire names no zone.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "datetime::serialize_set")]
    pub timestamp: Option<NaiveDateTime>,
    /// The moment of `timestamp` in UTC, when the sender reports it.
    #[serde(skip_serializing_if = "Option::is_none", with = "ts_seconds_option")]
    pub time: Option<DateTime<Utc>>,
    /// The address that the mail was sent to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recipient: Option<ByteText>,
    /// Who reports it; `emailfrom` or `mailfrom` on the wire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emailfrom: Option<ByteText>,
    /// The report, raw: it may be 8-bit, and megabytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime: Option<ByteText>,
    /// The tags of the mail.
    #[serde(skip_serializing_if = "Tags::is_absent")]
    pub tags: Tags,
    /// Undocumented variables, and those that can't be read as documented, as sent.
    #[serde(flatten)]
    pub undocumented: Map,
}

impl Abuse {
    /// Makes an event of what every event has, for tests and for events of your own making; the
    /// rest is public fields.
    #[must_use]
    pub fn new(id: MessageId) -> Self {
        Self {
            profile: None,
            subprofile: None,
            database: None,
            mailing: None,
            id,
            timestamp: None,
            time: None,
            recipient: None,
            emailfrom: None,
            mime: None,
            tags: Tags::default(),
            undocumented: Map::new(),
        }
    }

    /// Returns the raw report, for a parser of mail.
    #[must_use]
    pub fn mime(&self) -> Option<&[u8]> {
        self.mime.as_ref().map(ByteText::as_bytes)
    }

    /// Reads the variables, a line each, in the order that they arrive in: what was read is out of the
    /// next one's way. One that is not read here is undocumented, and kept.
    pub(super) fn read(variables: &mut Variables) -> Result<Self, Refusal> {
        Ok(Self {
            id: variables.text_id("id")?,
            timestamp: variables.optional_date("timestamp"),
            time: variables.time("time"),
            recipient: variables.optional_bytes("recipient"),
            emailfrom: variables.optional_bytes_of(["emailfrom", "mailfrom"]),
            mime: variables.optional_bytes("mime"),
            tags: variables.tags("tags"),
            profile: variables.optional_id_of(["profile", "profileid"]),
            mailing: variables.optional_id_of(["mailing", "mailingid"]),
            subprofile: variables.optional_id("subprofile"),
            database: variables.optional_id("database"),
            undocumented: variables.undocumented(),
        })
    }
}

impl FromVariables for Abuse {
    fn from_variables(variables: &mut Variables) -> Result<Self, Refusal> {
        EventKind::Abuse.expect(variables)?;
        Self::read(variables)
    }
}

impl FromDelivery for Abuse {
    fn identity(&self) -> Option<String> {
        None
    }
}

impl<'de> Deserialize<'de> for Abuse {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        deserialize(input)
    }
}

/// Ids only: the rest is personal data.
impl fmt::Debug for Abuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Abuse").field("id", &self.id).finish_non_exhaustive()
    }
}
