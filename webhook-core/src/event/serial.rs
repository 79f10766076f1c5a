//! Events in and out of serde, in the JSON shape that [`CreateEvent`] describes.

use super::read::{FromTree, Loaded};
use super::{CreateEvent, ProfileCreated, SubprofileCreated};
use crate::datetime::Wire;
use crate::map::Map;
use crate::map::load_variables;
use chrono::NaiveDateTime;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};

impl<F: Serialize> Serialize for CreateEvent<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Profile(profile) => profile.serialize(serializer),
            Self::Subprofile(subprofile) => subprofile.serialize(serializer),
        }
    }
}

impl<F: Serialize> Serialize for ProfileCreated<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", "create")?;
        map.serialize_entry("profile", &self.profile)?;
        map.serialize_entry("database", &self.database)?;
        optional(&mut map, "id", self.id)?;
        date(&mut map, "timestamp", Some(self.timestamp))?;
        optional(&mut map, "time", self.time.map(|time| time.timestamp()))?;
        date(&mut map, "created", self.created)?;
        date(&mut map, "modified", self.modified)?;
        map.serialize_entry("parameters", &self.parameters)?;
        map.serialize_entry("fields", &self.fields)?;
        map.serialize_entry("interests", &self.interests)?;
        undocumented(&mut map, &self.undocumented)?;
        map.end()
    }
}

impl<F: Serialize> Serialize for SubprofileCreated<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", "create")?;
        map.serialize_entry("profile", &self.profile)?;
        map.serialize_entry("subprofile", &self.subprofile)?;
        map.serialize_entry("database", &self.database)?;
        map.serialize_entry("collection", &self.collection)?;
        optional(&mut map, "id", self.id)?;
        date(&mut map, "timestamp", Some(self.timestamp))?;
        optional(&mut map, "time", self.time.map(|time| time.timestamp()))?;
        date(&mut map, "created", self.created)?;
        date(&mut map, "modified", self.modified)?;
        map.serialize_entry("parameters", &self.parameters)?;
        map.serialize_entry("fields", &self.fields)?;
        undocumented(&mut map, &self.undocumented)?;
        map.end()
    }
}

fn optional<M: SerializeMap>(
    map: &mut M,
    name: &str,
    number: Option<impl Serialize>,
) -> Result<(), M::Error> {
    number.map_or(Ok(()), |number| map.serialize_entry(name, &number))
}

fn date<M: SerializeMap>(
    map: &mut M,
    name: &str,
    date: Option<NaiveDateTime>,
) -> Result<(), M::Error> {
    let Some(date) = date else { return Ok(()) };
    let wire = Wire::new(date).ok_or_else(|| {
        M::Error::custom(format_args!("{name}: the wire has whole seconds of the years 0 to 9999"))
    })?;
    map.serialize_entry(name, &format_args!("{wire}"))
}

fn undocumented<M: SerializeMap>(map: &mut M, variables: &Map) -> Result<(), M::Error> {
    variables.iter().try_for_each(|(name, value)| map.serialize_entry(name, &value))
}

/// The reading half of the shape; the same rules as for a JSON body.
macro_rules! deserialize {
    ($($event:ident)*) => {$(
        impl<'de, F: DeserializeOwned + Send + 'static> Deserialize<'de> for $event<F> {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                Self::from_tree(Loaded(load_variables(input)?)).map_err(D::Error::custom)
            }
        }
    )*};
}

deserialize! { CreateEvent ProfileCreated SubprofileCreated }
