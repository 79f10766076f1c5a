//! `fields` as the user's own struct: a serde deserializer over decoded text.
//!
//! The wire knows only text, so each type reads its own: numbers by `FromStr`, `bool` from `1`, `0`
//! and nothing, an [`Option`] is `None` for empty text and for a date that is not set, chrono's dates
//! read the wire's form, enums read a select field's options.

mod access;
mod again;
mod dates;
mod error;
mod field_name;
pub mod from_text;

pub use error::FieldsError;

use crate::datetime;
use crate::map::{Map, Nested, Value};
use crate::tree::Tree;
use access::{Items, MapEntries, Variant};
use dates::Due;
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
    /// What a type reads:
    ///
    /// | type | text |
    /// |---|---|
    /// | numbers | what their `FromStr` reads; floats are finite |
    /// | `bool` | `1` is true; `0` and an empty text are false |
    /// | `NaiveDate` | `YYYY-MM-DD`, and the same with ` 00:00:00` |
    /// | `NaiveDateTime` | `YYYY-MM-DD HH:MM:SS`, and `YYYY-MM-DD` for the start of the day |
    /// | `DateTime` | RFC 3339: its text must name a zone, which Copernica's own dates do not |
    /// | `Option` | `None` for an empty text and for `0000-00-00` or `-0001-11-30`, with or without a time; of a date also for `0` and `false` |
    /// | an enum | a select field: the text is the variant |
    /// | `Vec`, maps, structs | what is nested; an empty text is an empty one |
    /// | other types of yours | their own text, as it was sent |
    ///
    /// A field with `#[serde(default)]` takes its default when its text is empty, or a date that is
    /// not set, and does not fit its type.
    ///
    /// # Flattened, tagged and untagged types
    ///
    /// serde buffers what goes into `#[serde(flatten)]`, `#[serde(tag = …)]` and
    /// `#[serde(untagged)]`, and text is all that it finds there. So text reads as it is (`String`,
    /// `Option<String>`, enums without data, a `HashMap<String, String>` or another
    /// [`Fields`](crate::Fields) for what is left over), and numbers, booleans, dates and options of
    /// those need [`from_text`]: `#[serde(with = "webhook_core::from_text")]`. Where
    /// it is missing, the error names the entry, unless the type is an untagged one that fits none of
    /// its variants even without that entry.
    ///
    /// # Errors
    /// An entry is missing or does not fit; the error names it and never repeats its value.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, FieldsError> {
        parse_level(&self.tree, self.level)
    }
}

/// Reads a level of a tree as a type of the user's; `map` is the view of it, and is what a [`Map`]
/// becomes.
pub(crate) fn fields_of<T: DeserializeOwned + 'static>(
    map: Map,
    tree: &Tree,
    level: u32,
) -> Result<T, FieldsError> {
    match fields_as_sent(map) {
        Some(same) => Ok(same),
        None => parse_level(tree, level),
    }
}

/// Returns `map` where that is what fields become; `None` for a type of the user's.
pub(crate) fn fields_as_sent<T: 'static>(map: Map) -> Option<T> {
    let mut map = Some(map);
    (&mut map as &mut dyn Any).downcast_mut::<Option<T>>()?.take()
}

fn parse_level<T: DeserializeOwned>(tree: &Tree, level: u32) -> Result<T, FieldsError> {
    let read = T::deserialize(Source(Value::Map(Nested::of(tree, level))));
    read.or_else(|error| again::parse(tree, level, error))
}

/// One decoded value as a deserializer.
#[derive(Clone, Copy)]
struct Source<'a>(Value<'a>);

impl<'a> Source<'a> {
    fn text(self, wanted: &dyn de::Expected) -> Result<&'a str, FieldsError> {
        self.0.as_text().ok_or_else(|| FieldsError::expected(wanted))
    }

    fn nested(self, problem: &'static str) -> Result<Nested<'a>, FieldsError> {
        match self.0 {
            Value::Text("") => Ok(Nested::empty()),
            Value::Text(_) | Value::Bytes(_) => Err(FieldsError::because(problem)),
            Value::List(nested) | Value::Map(nested) => Ok(nested),
        }
    }

    /// Visits text for a type that reads it by its own `FromStr`, or for a date of chrono's.
    fn visit_text<V: Visitor<'a>>(text: &'a str, visitor: V) -> Result<V::Value, FieldsError> {
        match Due::of::<V>() {
            Some(date) => date.read(text, visitor),
            None => visitor.visit_borrowed_str(text),
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
            Value::Text(text) => Self::visit_text(text, visitor),
            Value::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Value::List(list) => visitor.visit_seq(Items::new(list)),
            Value::Map(map) => visitor.visit_map(MapEntries::new(map)),
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
            // The sender's API writes false as an empty text, as PHP does.
            "0" | "" => visitor.visit_bool(false),
            _ => Err(FieldsError::because("expected 1, 0 or an empty text")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        match self.0 {
            Value::Text(text) if datetime::is_unset(text) => visitor.visit_none(),
            Value::Text(text) if datetime::is_no_date(text) && dates::is_optional::<V>() => {
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    /// Visits text; types with a `FromStr` of their own call this (`String` calls `deserialize_string`).
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        match (self.0, Due::of::<V>()) {
            (Value::Text(text), _) => Self::visit_text(text, visitor),
            (_, Some(date)) => Err(FieldsError::because(date.words())),
            (_, None) => Err(FieldsError::expected(&visitor)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldsError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        let list = self.nested("expected a list")?;
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
        let map = self.nested("expected a map")?;
        visitor.visit_map(MapEntries::new(map))
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
        match self.0.as_text().unwrap_or("nested") {
            "" => visitor.visit_unit(),
            _ => Err(FieldsError::because("expected an empty text")),
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
        match self.0.as_bytes() {
            Some(bytes) => visitor.visit_borrowed_bytes(bytes),
            None => Err(FieldsError::expected(&visitor)),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldsError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { char string identifier }
}
