//! Maps, lists and enums for the typed deserializer; each step of the way adds its name to an
//! error that passes.

use super::field_name::FieldName;
use super::{FieldsError, Source};
use crate::map::{Iter, Nested, Value};
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// Names and values.
pub(super) struct MapEntries<'a> {
    iter: Iter<'a>,
    value: Option<(&'a str, Value<'a>)>,
    /// Whether the last name was read as a field of a struct.
    is_field: bool,
}

impl<'a> MapEntries<'a> {
    pub(super) fn new(map: Nested<'a>) -> Self {
        Self { iter: map.iter(), value: None, is_field: false }
    }
}

impl<'de> MapAccess<'de> for MapEntries<'de> {
    type Error = FieldsError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, FieldsError> {
        self.value = self.iter.next();
        let Some((name, _)) = self.value else { return Ok(None) };
        self.is_field = false;
        let key = FieldName { name, is_field: &mut self.is_field };
        // A struct that does not know the name refuses it here: it is not one of its fields.
        seed.deserialize(key).map(Some).map_err(|error| error.within(name, false))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, FieldsError> {
        let (name, value) = self.value.take().unwrap_or(("", Value::Text("")));
        seed.deserialize(Source(value)).map_err(|error| error.within(name, self.is_field))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.iter.len())
    }
}

/// Values alone.
pub(super) struct Items<'a>(Iter<'a>);

impl<'a> Items<'a> {
    pub(super) fn new(list: Nested<'a>) -> Self {
        Self(list.iter())
    }
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = FieldsError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, FieldsError> {
        let Some((name, value)) = self.0.next() else { return Ok(None) };
        let read = seed.deserialize(Source(value)).map(Some);
        read.map_err(|error| error.within(name, false))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// A select field: its text is the variant. (A map with one entry is a variant with data.)
pub(super) struct Variant<'a>(pub(super) Source<'a>);

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = FieldsError;
    type Variant = Data<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Data<'de>), FieldsError> {
        let (name, data) = match self.0.0 {
            Value::Text(text) => (text, Value::Text("")),
            Value::Bytes(_) => return Err(FieldsError::because("expected one of the options")),
            Value::List(nested) | Value::Map(nested) => {
                match (nested.len(), nested.iter().next()) {
                    (1, Some(entry)) => entry,
                    _ => return Err(FieldsError::because("expected one of the options")),
                }
            }
        };
        let name: StrDeserializer<'de, FieldsError> = name.into_deserializer();
        Ok((seed.deserialize(name)?, Data(Source(data))))
    }
}

/// What a variant holds.
pub(super) struct Data<'a>(Source<'a>);

impl<'de> VariantAccess<'de> for Data<'de> {
    type Error = FieldsError;

    fn unit_variant(self) -> Result<(), FieldsError> {
        match self.0.0 {
            Value::Text("") => Ok(()),
            _ => Err(FieldsError::because("expected an option without data")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, FieldsError> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, FieldsError> {
        visitor.visit_seq(Items::new(self.0.nested("expected a list")?))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldsError> {
        visitor.visit_map(MapEntries::new(self.0.nested("expected a map")?))
    }
}
