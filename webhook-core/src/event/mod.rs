//! What a handler receives: a profile or a subprofile was created.

mod check;
mod known;
mod read;
mod serial;

pub(crate) use read::{FromTree, Loaded};

use crate::id::{CollectionId, DatabaseId, ProfileId, SubprofileId};
use crate::interests::Interests;
use crate::map::{Fields, Map, Parameters};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// Something was created: a profile or a subprofile.
///
/// `F` is what the fields become: [`Fields`] by default (text, in wire order), or a
/// `#[derive(Deserialize)]` struct of yours; see [`Map::parse`] for what it may hold.
///
/// ```
/// use webhook_core::CreateEvent;
///
/// let event: CreateEvent = serde_json::from_str(r#"{
///     "type": "create", "profile": 123, "database": 1, "timestamp": "1979-02-12 12:49:23",
///     "fields": {"name": "Johny"}, "interests": {"blue": 1}
/// }"#)?;
/// match event {
///     CreateEvent::Profile(profile) => assert_eq!(profile.fields.get("name"), Some("Johny")),
///     CreateEvent::Subprofile(_) => unreachable!(),
/// }
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// The enum is exhaustive on purpose: an event is about a subprofile exactly when `subprofile` is
/// present, and neither empty nor 0 (nor JSON's `false` or `null`), and there is no third kind of
/// creation.
///
/// `Serialize` and `Deserialize` agree on one JSON shape, so an event can be queued and read back
/// without loss: keys as on the wire, ids and `time` as numbers, dates as the wire's text, every
/// leaf of `parameters` and `fields` a string, `interests` an object of names to 1 and 0.
/// `Debug` shows ids and the names of fields, never their values.
#[derive(Debug, Clone, PartialEq)]
pub enum CreateEvent<F = Fields> {
    /// A profile: somebody new in a database.
    Profile(ProfileCreated<F>),
    /// A subprofile: a new row in a collection under a profile.
    Subprofile(SubprofileCreated<F>),
}

/// A profile was created.
///
/// Source of the variables: Copernica's documentation of webhooks for profiles.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct ProfileCreated<F = Fields> {
    /// The created profile.
    pub profile: ProfileId,
    /// The database that it is in.
    pub database: DatabaseId,
    /// As sent; documented in examples only and contradictory there. Never an identity.
    pub id: Option<u64>,
    /// When it was created, in the account's own time: the wire names no zone.
    pub timestamp: NaiveDateTime,
    /// The same moment in UTC, when the sender told it.
    pub time: Option<DateTime<Utc>>,
    /// When the row was created; `None` when not set.
    pub created: Option<NaiveDateTime>,
    /// When the row was last changed; `None` when not set, as in a fresh profile.
    pub modified: Option<NaiveDateTime>,
    /// What the creating action was called with.
    pub parameters: Parameters,
    /// The current values of the fields.
    pub fields: F,
    /// The current interests.
    pub interests: Interests,
    /// Variables that nobody documented, as sent.
    pub undocumented: Map,
}

/// A subprofile was created.
///
/// Source of the variables: Copernica's documentation of webhooks for subprofiles.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct SubprofileCreated<F = Fields> {
    /// The profile that the subprofile belongs to.
    pub profile: ProfileId,
    /// The created subprofile.
    pub subprofile: SubprofileId,
    /// The database that the profile is in.
    pub database: DatabaseId,
    /// The collection that the subprofile is in.
    pub collection: CollectionId,
    /// As sent; documented in examples only and contradictory there. Never an identity.
    pub id: Option<u64>,
    /// When it was created, in the account's own time: the wire names no zone.
    pub timestamp: NaiveDateTime,
    /// The same moment in UTC, when the sender told it.
    pub time: Option<DateTime<Utc>>,
    /// When the row was created; `None` when not set.
    pub created: Option<NaiveDateTime>,
    /// When the row was last changed; `None` when not set.
    pub modified: Option<NaiveDateTime>,
    /// What the creating action was called with.
    pub parameters: Parameters,
    /// The current values of the fields.
    pub fields: F,
    /// Variables that nobody documented, as sent.
    pub undocumented: Map,
}

impl<F> ProfileCreated<F> {
    /// An event with what every event has, for tests and for events of your own making; the
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

impl<F> SubprofileCreated<F> {
    /// An event with what every event has, for tests and for events of your own making; the
    /// rest is public fields.
    #[must_use]
    pub fn new(
        database: DatabaseId,
        profile: ProfileId,
        collection: CollectionId,
        subprofile: SubprofileId,
        timestamp: NaiveDateTime,
        fields: F,
    ) -> Self {
        Self {
            profile,
            subprofile,
            database,
            collection,
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

/// Ids only: the rest is personal data.
impl<F> Debug for ProfileCreated<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProfileCreated")
            .field("profile", &self.profile)
            .field("database", &self.database)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

/// Ids only: the rest is personal data.
impl<F> Debug for SubprofileCreated<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SubprofileCreated")
            .field("profile", &self.profile)
            .field("subprofile", &self.subprofile)
            .field("database", &self.database)
            .field("collection", &self.collection)
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

/// What a webhook can carry: [`CreateEvent`], or one of its entities when a handler takes no
/// other (the other is refused with `unexpected_event`, 422).
///
/// Sealed: the sender's other triggers will join here.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of Copernica",
    label = "ask for `CreateEvent`, `ProfileCreated` or `SubprofileCreated`",
    note = "your own struct of fields goes inside: `CreateEvent<{Self}>`; it needs `Deserialize`"
)]
pub trait FromDelivery: FromTree + Send + 'static {
    /// What happened to what, the same whenever the same creation is told again:
    /// `create:profile:1:123` (database, profile) or `create:subprofile:2:123` (collection,
    /// subprofile).
    fn identity(&self) -> String;
}

impl<F: DeserializeOwned + Send + 'static> FromDelivery for CreateEvent<F> {
    fn identity(&self) -> String {
        match self {
            Self::Profile(profile) => profile.identity(),
            Self::Subprofile(subprofile) => subprofile.identity(),
        }
    }
}

impl<F: DeserializeOwned + Send + 'static> FromDelivery for ProfileCreated<F> {
    fn identity(&self) -> String {
        format!("create:profile:{}:{}", self.database, self.profile)
    }
}

impl<F: DeserializeOwned + Send + 'static> FromDelivery for SubprofileCreated<F> {
    fn identity(&self) -> String {
        format!("create:subprofile:{}:{}", self.collection, self.subprofile)
    }
}
