//! Something was deleted: a profile or a subprofile.

mod profile;
mod subprofile;

pub use profile::ProfileDeleted;
pub use subprofile::SubprofileDeleted;

use super::kind::{Entity, EventKind};
use super::variables::{FromVariables, Variables};
use super::{FromDelivery, deserialize};
use crate::map::Fields;
use crate::rejection::Refusal;
use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};

/// Something was deleted: a profile or a subprofile.
///
/// `F` is what the fields become: [`Fields`] by default (text, in wire order), or a
/// `#[derive(Deserialize)]` struct of yours; see [`Map::parse`](crate::map::Map::parse) for what it may hold.
///
/// ```
/// use webhook_core::DeleteEvent;
///
/// let event: DeleteEvent = serde_json::from_str(r#"{
///     "type": "delete", "profile": 123, "database": 1, "timestamp": "1979-02-12 12:49:23",
///     "fields": {"name": "Johny"}, "interests": {"blue": 1}
/// }"#)?;
/// match event {
///     DeleteEvent::Profile(profile) => assert_eq!(profile.fields.unwrap().get("name"), Some("Johny")),
///     DeleteEvent::Subprofile(_) => unreachable!(),
/// }
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// `fields` are what the deleted row had, where they are sent: `None` is not the same as empty. Whether
/// the deletion of a profile is followed by those of its subprofiles is documented nowhere.
///
/// The enum is exhaustive on purpose: an event is about a subprofile exactly when `subprofile` is
/// present, and neither empty nor 0 (nor JSON's `false` or `null`).
///
/// `Serialize` and `Deserialize` agree on one JSON shape, that of [`CreateEvent`](crate::CreateEvent).
/// `Debug` shows ids and the names of fields, never their values.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged, bound(serialize = "F: Serialize + 'static"))]
pub enum DeleteEvent<F = Fields> {
    /// A profile: a row in a database.
    Profile(ProfileDeleted<F>),
    /// A subprofile: a row in a collection under a profile.
    Subprofile(SubprofileDeleted<F>),
}

impl<F: DeserializeOwned + Send + 'static> DeleteEvent<F> {
    /// Reads the variables, of either entity.
    pub(super) fn read(variables: &mut Variables) -> Result<Self, Refusal> {
        Ok(match Entity::of(variables) {
            Entity::Profile => Self::Profile(ProfileDeleted::read(variables)?),
            Entity::Subprofile => Self::Subprofile(SubprofileDeleted::read(variables)?),
        })
    }
}

impl<F: DeserializeOwned + Send + 'static> FromVariables for DeleteEvent<F> {
    fn from_variables(variables: &mut Variables) -> Result<Self, Refusal> {
        EventKind::Delete.expect(variables)?;
        Self::read(variables)
    }
}

impl<F: DeserializeOwned + Send + 'static> FromDelivery for DeleteEvent<F> {
    fn identity(&self) -> Option<String> {
        match self {
            Self::Profile(profile) => profile.identity(),
            Self::Subprofile(subprofile) => subprofile.identity(),
        }
    }
}

impl<'de, F: DeserializeOwned + Send + 'static> Deserialize<'de> for DeleteEvent<F> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        deserialize(input)
    }
}
