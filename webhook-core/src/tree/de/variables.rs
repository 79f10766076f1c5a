//! The variables of an event in any self-describing input: one map, in which null is absent.

use super::{Booleans, Loader, Place};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Reads all of them. A variable that is null says nothing, as if it had not been sent; further
/// inside null is empty text.
pub(crate) struct Variables<'a>(pub(crate) &'a mut Loader);

impl<'de> DeserializeSeed<'de> for Variables<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Variables<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of variables")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key_seed(Name)? {
            map.next_value_seed(Variable { loader: self.0, name: &name })?;
        }
        Ok(())
    }
}

/// A name, borrowed where the input allows.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Cow<'de, str>, D::Error> {
        input.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

struct Variable<'a> {
    loader: &'a mut Loader,
    name: &'a str,
}

impl<'de> DeserializeSeed<'de> for Variable<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Variable<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, a boolean, a list or a map")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        Place::variable(self.loader, self.name, booleans(self.name))?.deserialize(value)
    }
}

/// Returns what true and false become under a name. Numbers of the sender's are no booleans: true
/// is not the profile 1. No subprofile may be written as false.
fn booleans(name: &str) -> Booleans {
    match name {
        "subprofile" => Booleans::EMPTY_OR_WORD,
        "profile" | "database" | "collection" | "id" | "time" => Booleans::WORDS,
        _ => Booleans::DIGITS,
    }
}
