//! A message came back to a mail's envelope address.

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

/// A message came back to a mail's envelope address: a report of its delivery, an out-of-office reply, or
/// anything else.
///
/// Only `id` is required: what else can't be read is `None`, and stays as it was sent.
///
/// Source of the variables: Copernica's documentation of webhooks for bounces (Marketing Suite and
/// `SMTPeter`, 2019-06).
#[derive(Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename = "bounce")]
#[non_exhaustive]
pub struct Bounce {
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
    /// The message that it came back for.
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
    /// The envelope address that the bounce went to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub envelope: Option<ByteText>,
    /// The `MAIL FROM` that the bounce came in with, by older pages of the documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mailfrom: Option<ByteText>,
    /// The `RCPT TO` that the bounce came in with, by older pages of the documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rcptto: Option<ByteText>,
    /// The message that came back, raw: it may be 8-bit, and megabytes. `mime` or `data` on the wire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime: Option<ByteText>,
    /// The tags of the mail.
    #[serde(skip_serializing_if = "Tags::is_absent")]
    pub tags: Tags,
    /// Undocumented variables, and those that can't be read as documented, as sent.
    #[serde(flatten)]
    pub undocumented: Map,
}

impl Bounce {
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
            envelope: None,
            mailfrom: None,
            rcptto: None,
            mime: None,
            tags: Tags::default(),
            undocumented: Map::new(),
        }
    }

    /// Returns the raw message, for a parser of mail.
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
            envelope: variables.optional_bytes("envelope"),
            mailfrom: variables.optional_bytes("mailfrom"),
            rcptto: variables.optional_bytes("rcptto"),
            mime: variables.optional_bytes_of(["mime", "data"]),
            tags: variables.tags("tags"),
            profile: variables.optional_id_of(["profile", "profileid"]),
            mailing: variables.optional_id_of(["mailing", "mailingid"]),
            subprofile: variables.optional_id("subprofile"),
            database: variables.optional_id("database"),
            undocumented: variables.undocumented(),
        })
    }
}

impl FromVariables for Bounce {
    fn from_variables(variables: &mut Variables) -> Result<Self, Refusal> {
        EventKind::Bounce.expect(variables)?;
        Self::read(variables)
    }
}

impl FromDelivery for Bounce {
    fn identity(&self) -> Option<String> {
        None
    }
}

impl<'de> Deserialize<'de> for Bounce {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        deserialize(input)
    }
}

/// Ids only: the rest is personal data.
impl fmt::Debug for Bounce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bounce").field("id", &self.id).finish_non_exhaustive()
    }
}
