//! `fields` as the user's own struct: a serde deserializer over decoded text.
//!
//! The wire knows only text, so each type reads its own: numbers by `FromStr`, `bool` from `1`
//! and `0`, an [`Option`] is `None` for empty text and for a date that is not set, chrono's
//! naive dates read the wire's form, enums read a select field's options.

mod access;
mod error;

pub use error::FieldsError;

use crate::datetime;
use crate::map::{Map, Nested, Value};
use access::{Entries, Items, Variant};
use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::any::Any;

impl Map {
    /// Reads the map as a type of yours; what [`Webhook`](crate::CreateEvent) does for `fields`,
    /// and useful for `parameters` too.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use serde::Deserialize;
    /// use webhook_core::Fields;
    ///
    /// #[derive(Debug, Deserialize)]
    /// struct Customer {
    ///     #[serde(rename = "First name")]
    ///     first_name: String,
    ///     newsletter: bool,
    ///     birthday: Option<NaiveDate>,
    ///     orders: u32,
    /// }
    ///
    /// let fields = Fields::from_iter([
    ///     ("First name", "Johny"), ("newsletter", "1"), ("birthday", "0000-00-00"), ("orders", "3"),
    /// ]);
    /// let customer: Customer = fields.parse()?;
    /// assert_eq!(customer.first_name, "Johny");
    /// assert!(customer.newsletter && customer.birthday.is_none() && customer.orders == 3);
    ///
    /// let error = Fields::from_iter([("First name", "Johny")]).parse::<Customer>().unwrap_err();
    /// assert_eq!(error.field(), Some("newsletter"));
    /// # Ok::<(), webhook_core::FieldsError>(())
    /// ```
    ///
    /// With `#[serde(flatten)]` what is left over can be collected into a
    /// `HashMap<String, String>` or another [`Fields`](crate::Fields); numbers inside a flattened
    /// struct do not work, because serde buffers those as text.
    ///
    /// # Errors
    /// When an entry is missing or does not fit; the error names it and never repeats its value.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, FieldsError> {
        T::deserialize(Source(Value::Map(self.nested())))
    }

    /// As [`parse`](Self::parse), but a `Map` itself is handed over as it is.
    pub(crate) fn parse_or_same<T: DeserializeOwned + 'static>(self) -> Result<T, FieldsError> {
        let mut this = Some(self);
        let same = (&mut this as &mut dyn Any).downcast_mut::<Option<T>>();
        if let Some(same) = same.and_then(Option::take) {
            return Ok(same);
        }
        this.unwrap_or_default().parse()
    }
}

/// One decoded value as a deserializer.
#[derive(Clone, Copy)]
struct Source<'a>(Value<'a>);

impl<'a> Source<'a> {
    fn text(self, wanted: &dyn de::Expected) -> Result<&'a str, FieldsError> {
        self.0.as_text().ok_or_else(|| FieldsError::expected(wanted))
    }

    fn nested(self, wanted: &dyn de::Expected) -> Result<Nested<'a>, FieldsError> {
        match self.0 {
            Value::Text("") => Ok(Nested::empty()),
            Value::Text(_) => Err(FieldsError::expected(wanted)),
            Value::List(nested) | Value::Map(nested) => Ok(nested),
        }
    }
}

/// Numbers: each by its own `FromStr`.
macro_rules! numbers {
    ($($method:ident $visit:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
            match self.text(&visitor)?.parse() {
                Ok(number) => visitor.$visit(number),
                Err(_) => Err(FieldsError::expected(&visitor)),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Source<'de> {
    type Error = FieldsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        match self.0 {
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::List(list) => visitor.visit_seq(Items::new(list)),
            Value::Map(map) => visitor.visit_map(Entries::new(map)),
        }
    }

    numbers! {
        deserialize_i8 visit_i8;
        deserialize_i16 visit_i16;
        deserialize_i32 visit_i32;
        deserialize_i64 visit_i64;
        deserialize_i128 visit_i128;
        deserialize_u8 visit_u8;
        deserialize_u16 visit_u16;
        deserialize_u32 visit_u32;
        deserialize_u64 visit_u64;
        deserialize_u128 visit_u128;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        match self.text(&visitor)?.parse::<f32>() {
            Ok(number) if number.is_finite() => visitor.visit_f32(number),
            _ => Err(FieldsError::expected(&visitor)),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        match self.text(&visitor)?.parse::<f64>() {
            Ok(number) if number.is_finite() => visitor.visit_f64(number),
            _ => Err(FieldsError::expected(&visitor)),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        match self.text(&visitor)? {
            "1" => visitor.visit_bool(true),
            "0" => visitor.visit_bool(false),
            _ => Err(FieldsError::expected(&"1 or 0")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        match self.0 {
            Value::Text(text) if datetime::is_unset(text) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    /// Types that read text by their own `FromStr` ask here (`String` asks `deserialize_string`).
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        let Value::Text(text) = self.0 else { return Err(FieldsError::expected(&visitor)) };
        // chrono reads date-times with a `T` only; where the wire has a space, it gets one.
        if datetime::parse(text).is_some() && datetime::is_chrono(&visitor) {
            return visitor.visit_string(text.replacen(' ', "T", 1));
        }
        visitor.visit_borrowed_str(text)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldsError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        let list = self.nested(&visitor)?;
        visitor.visit_seq(Items::new(list))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, FieldsError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, FieldsError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        let map = self.nested(&visitor)?;
        visitor.visit_map(Entries::new(map))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldsError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldsError> {
        visitor.visit_enum(Variant(self))
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        match self.text(&visitor)? {
            "" => visitor.visit_unit(),
            _ => Err(FieldsError::expected(&visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldsError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        let text = self.text(&visitor)?;
        visitor.visit_borrowed_bytes(text.as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { char string identifier }
}
