//! Something was created: a profile or a subprofile.

mod profile;
mod subprofile;

pub use profile::ProfileCreated;
pub use subprofile::SubprofileCreated;

use super::kind::{Entity, EventKind};
use super::variables::{FromVariables, Variables};
use super::{FromDelivery, deserialize};
use crate::map::Fields;
use crate::rejection::Refusal;
use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};

/// Something was created: a profile or a subprofile.
///
/// `F` is what the fields become: [`Fields`] by default (text, in wire order), or a
/// `#[derive(Deserialize)]` struct of yours; see [`Map::parse`](crate::map::Map::parse) for what it may hold.
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
/// leaf of `parameters` and `fields` a string, `interests` an object of names to 1 and 0 (as sent, where
/// they came with groups). A variable that can't be read stands there as it was sent.
/// `Debug` shows ids and the names of fields, never their values.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged, bound(serialize = "F: Serialize + 'static"))]
pub enum CreateEvent<F = Fields> {
    /// A profile: a new row in a database.
    Profile(ProfileCreated<F>),
    /// A subprofile: a new row in a collection under a profile.
    Subprofile(SubprofileCreated<F>),
}

impl<F: DeserializeOwned + Send + 'static> CreateEvent<F> {
    /// Reads the variables, of either entity.
    #[inline(always)]
    #[allow(clippy::inline_always)] // what it returns is large, and would be moved once more
    pub(super) fn read(variables: &mut Variables) -> Result<Self, Refusal> {
        Ok(match Entity::of(variables) {
            Entity::Profile => Self::Profile(ProfileCreated::read(variables)?),
            Entity::Subprofile => Self::Subprofile(SubprofileCreated::read(variables)?),
        })
    }
}

impl<F: DeserializeOwned + Send + 'static> FromVariables for CreateEvent<F> {
    #[inline(always)]
    #[allow(clippy::inline_always)] // what it returns is large, and would be moved once more
    fn from_variables(variables: &mut Variables) -> Result<Self, Refusal> {
        EventKind::Create.expect(variables)?;
        Self::read(variables)
    }
}

impl<F: DeserializeOwned + Send + 'static> FromDelivery for CreateEvent<F> {
    fn identity(&self) -> Option<String> {
        match self {
            Self::Profile(profile) => profile.identity(),
            Self::Subprofile(subprofile) => subprofile.identity(),
        }
    }
}

impl<'de, F: DeserializeOwned + Send + 'static> Deserialize<'de> for CreateEvent<F> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        deserialize(input)
    }
}
