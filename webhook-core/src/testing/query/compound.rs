//! A list, a map or a struct on its way into a body.

use super::name::NameSerializer;
use super::{Mark, Query, QueryError, Result};
use serde::ser::{self, Serialize};
use serde_json::Value as Json;

/// A list, a map or a struct that is being written: one pair for each leaf, so nothing at all when
/// it is empty.
#[derive(Debug)]
pub(in crate::testing) struct Compound<'a> {
    query: &'a mut Query,
    /// How much of the name was there before.
    keep: Mark,
    index: usize,
    key: Option<String>,
}

impl<'a> Compound<'a> {
    pub(super) fn new(query: &'a mut Query, keep: Mark) -> Self {
        Self { query, keep, index: 0, key: None }
    }

    /// Returns the query, to write the only value of a variant.
    pub(super) fn into_query(self) -> &'a mut Query {
        self.query
    }
}

impl Compound<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        let before = self.query.mark();
        self.query.push_index(self.index);
        self.index += 1;
        value.serialize(&mut *self.query)?;
        self.query.back_to(before);
        Ok(())
    }

    fn entry<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result {
        if self.query.interests_as_list
            && self.query.segments == 1
            && self.query.name == "interests"
        {
            // Those that have groups are written as they came: no value is a number.
            if let Ok(Json::Number(is_active)) = serde_json::to_value(value) {
                return if is_active.as_u64() == Some(1) { self.item(key) } else { Ok(()) };
            }
        }
        let before = self.query.mark();
        self.query.push(key);
        value.serialize(&mut *self.query)?;
        self.query.back_to(before);
        Ok(())
    }

    fn close(self) {
        self.query.back_to(self.keep);
    }
}

macro_rules! lists {
    ($($list:ident::$item:ident)*) => {$(
        impl ser::$list for Compound<'_> {
            type Ok = ();
            type Error = QueryError;

            fn $item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
                self.item(value)
            }

            fn end(self) -> Result {
                self.close();
                Ok(())
            }
        }
    )*};
}

lists! {
    SerializeSeq::serialize_element SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field SerializeTupleVariant::serialize_field
}

macro_rules! structs {
    ($($list:ident)*) => {$(
        impl ser::$list for Compound<'_> {
            type Ok = ();
            type Error = QueryError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result {
                self.entry(key, value)
            }

            fn end(self) -> Result {
                self.close();
                Ok(())
            }
        }
    )*};
}

structs! { SerializeStruct SerializeStructVariant }

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = QueryError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result {
        self.key = Some(key.serialize(NameSerializer)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        let key = self.key.take().unwrap_or_default();
        self.entry(&key, value)
    }

    fn end(self) -> Result {
        self.close();
        Ok(())
    }
}
