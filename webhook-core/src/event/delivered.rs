//! A mail was delivered.

use super::identity;
use super::kind::EventKind;
use super::smtp;
use super::variables::{FromVariables, Variables};
use super::{FromDelivery, deserialize};
use crate::datetime;
use crate::id::{DatabaseId, MailingId, MessageId, ProfileId, SubprofileId};
use crate::map::Map;
use crate::rejection::Refusal;
use crate::tags::Tags;
use crate::text::{ByteText, Text};
use chrono::serde::ts_seconds_option;
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer};
use std::fmt;

/// A mail was delivered: the receiving server took it.
///
/// Only `id` is required: what else can't be read is `None`, and stays as it was sent.
///
/// Source of the variables: Copernica's documentation of webhooks for deliveries (Marketing Suite,
/// 2021-08; `SMTPeter`, 2021-10).
/// The English page of the former says `type=open`: such a call is an [`Open`](crate::Open) here, and nothing is guessed.
#[derive(Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename = "delivery")]
#[non_exhaustive]
pub struct Delivered {
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
    /// The message.
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
    /// The status code of the receiving server (RFC 5321 §4.2), as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Text>,
    /// The enhanced status code (RFC 3463), as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended: Option<Text>,
    /// What the receiving server replied, or the sender in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<ByteText>,
    /// The tags of the mail.
    #[serde(skip_serializing_if = "Tags::is_absent")]
    pub tags: Tags,
    /// Undocumented variables, and those that can't be read as documented, as sent.
    #[serde(flatten)]
    pub undocumented: Map,
}

impl Delivered {
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
            code: None,
            extended: None,
            description: None,
            tags: Tags::default(),
            undocumented: Map::new(),
        }
    }

    /// Returns [`code`](Self::code) as the number that it should be.
    #[must_use]
    pub fn code_number(&self) -> Option<u16> {
        smtp::code(self.code.as_ref()?)
    }

    /// Returns the numbers of [`extended`](Self::extended): class, subject and detail.
    #[must_use]
    pub fn extended_numbers(&self) -> Option<[u16; 3]> {
        smtp::enhanced(self.extended.as_ref()?)
    }

    /// Reads the variables, a line each, in the order that they arrive in: what was read is out of the
    /// next one's way. One that is not read here is undocumented, and kept.
    pub(super) fn read(variables: &mut Variables) -> Result<Self, Refusal> {
        Ok(Self {
            id: variables.text_id("id")?,
            timestamp: variables.optional_date("timestamp"),
            time: variables.time("time"),
            recipient: variables.optional_bytes("recipient"),
            code: variables.optional_text("code"),
            extended: variables.optional_text("extended"),
            description: variables.optional_bytes("description"),
            tags: variables.tags("tags"),
            profile: variables.optional_id_of(["profile", "profileid"]),
            mailing: variables.optional_id_of(["mailing", "mailingid"]),
            subprofile: variables.optional_id("subprofile"),
            database: variables.optional_id("database"),
            undocumented: variables.undocumented(),
        })
    }
}

impl FromVariables for Delivered {
    fn from_variables(variables: &mut Variables) -> Result<Self, Refusal> {
        EventKind::Delivery.expect(variables)?;
        Self::read(variables)
    }
}

impl FromDelivery for Delivered {
    fn identity(&self) -> Option<String> {
        // A message is delivered to a recipient once. No key holds an address, so both are hashed.
        let recipient = self.recipient.as_ref().map(ByteText::as_bytes).unwrap_or_default();
        if recipient.is_empty() {
            return None;
        }
        let hashed = [self.id.as_str().as_bytes(), b"\0", recipient].concat();
        identity::of("delivered", [Some(identity::hash(&hashed))])
    }
}

impl<'de> Deserialize<'de> for Delivered {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        deserialize(input)
    }
}

/// Ids only: the rest is personal data.
impl fmt::Debug for Delivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivered").field("id", &self.id).finish_non_exhaustive()
    }
}
