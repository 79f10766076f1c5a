//! Which of chrono's types is due, known by the type of the visitor that the type's own `Deserialize`
//! passes.
//!
//! A custom type has a visitor of its own, so it sees its own text; a newtype, a `Box`, a list or an
//! `Option` around a date hands over the date's. Which visitors those are, [`visitor_of`] finds out by
//! having each type deserialized from nothing.

use super::FieldsError;
use crate::datetime;
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Utc};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::any::TypeId;
use std::fmt;

/// A date as chrono divides them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// A day: `NaiveDate`.
    Day,
    /// A day and a time of it: `NaiveDateTime`.
    Moment,
    /// A moment with its zone: `DateTime`. The wire's own dates name none, and none is guessed.
    Zoned,
}

impl Due {
    /// Returns which date a visitor of this type makes, if any.
    #[inline]
    pub(super) fn of<V>() -> Option<Self> {
        let visitor = typeid::of::<V>();
        if visitor == visitor_of::<NaiveDate>() {
            Some(Self::Day)
        } else if visitor == visitor_of::<NaiveDateTime>() {
            Some(Self::Moment)
        } else if visitor == visitor_of::<DateTime<Utc>>()
            || visitor == visitor_of::<DateTime<FixedOffset>>()
        {
            Some(Self::Zoned)
        } else {
            None
        }
    }

    /// Hands a date over in the form that chrono reads.
    pub(super) fn read<'de, V: Visitor<'de>>(
        self,
        text: &'de str,
        visitor: V,
    ) -> Result<V::Value, FieldsError> {
        if datetime::is_no_date(text) {
            // chrono would read a year before the first one.
            return Err(FieldsError::no_date(self.words()));
        }
        let read: Result<_, FieldsError> = match (self, text.split_at_checked(DAY)) {
            // chrono reads a moment with a `T` only; where the wire has a space, it gets one.
            (Self::Moment, Some((day, time))) if datetime::parse(text).is_some() => {
                visitor.visit_string(format!("{day}T{}", time.trim_ascii_start()))
            }
            (Self::Moment, Some((day, ""))) => visitor.visit_string(format!("{day}T00:00:00")),
            (Self::Day, Some((day, " 00:00:00"))) => visitor.visit_borrowed_str(day),
            _ => visitor.visit_borrowed_str(text),
        };
        read.map_err(|_| FieldsError::because(self.words()))
    }

    /// Returns what is expected in its place.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Day => "expected a date, YYYY-MM-DD",
            Self::Moment => "expected a date and time, YYYY-MM-DD HH:MM:SS",
            Self::Zoned => "expected a date and time with a zone, as in RFC 3339",
        }
    }
}

/// Bytes of `YYYY-MM-DD`.
const DAY: usize = 10;

/// Returns whether a visitor of this type makes an `Option` of a date.
#[inline]
pub(super) fn is_optional<V>() -> bool {
    let visitor = typeid::of::<V>();
    visitor == visitor_of::<Option<NaiveDate>>()
        || visitor == visitor_of::<Option<NaiveDateTime>>()
        || visitor == visitor_of::<Option<DateTime<Utc>>>()
        || visitor == visitor_of::<Option<DateTime<FixedOffset>>>()
}

/// Returns the type of the visitor that `T` passes; `()` for a type that passes none.
#[inline]
fn visitor_of<'de, T: Deserialize<'de>>() -> TypeId {
    match T::deserialize(Nothing) {
        Err(VisitorType(Some(visitor))) => visitor,
        Ok(_) | Err(VisitorType(None)) => TypeId::of::<()>(),
    }
}

/// A deserializer of nothing: its error is the type of the visitor.
struct Nothing;

#[derive(Debug)]
struct VisitorType(Option<TypeId>);

impl<'de> Deserializer<'de> for Nothing {
    type Error = VisitorType;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, VisitorType> {
        Err(VisitorType(Some(typeid::of::<V>())))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl de::Error for VisitorType {
    fn custom<T: fmt::Display>(_text: T) -> Self {
        Self(None)
    }
}

impl fmt::Display for VisitorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is nothing to deserialize")
    }
}

impl std::error::Error for VisitorType {}
