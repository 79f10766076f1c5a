//! A name as a deserializer, which distinguishes a field of a struct from a key of a map.

use super::{FieldsError, Source};
use crate::map::Value;
use serde::de::{Deserializer, Visitor};
use serde::forward_to_deserialize_any;

/// A name; `is_field` becomes true when it is read as an identifier, as only structs do.
pub(super) struct FieldName<'de, 'a> {
    pub(super) name: &'de str,
    pub(super) is_field: &'a mut bool,
}

/// Reads the name as text in a field is read.
macro_rules! as_text {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
            Source(Value::Text(self.name)).$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for FieldName<'de, '_> {
    type Error = FieldsError;

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        *self.is_field = true;
        visitor.visit_borrowed_str(self.name)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldsError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldsError> {
        Source(Value::Text(self.name)).deserialize_enum(name, variants, visitor)
    }

    as_text! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32
        deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_str
        deserialize_option deserialize_bytes deserialize_byte_buf
    }

    forward_to_deserialize_any! {
        char string unit unit_struct seq tuple tuple_struct map struct ignored_any
    }
}
