//! A key of a map, as a segment of a name.

use super::{QueryError, Result};
use serde::ser::{Impossible, Serialize, Serializer};

/// Writes a scalar as text, and refuses all else.
pub(super) struct NameSerializer;

fn nested<T>() -> Result<T> {
    Err(QueryError("a name that is not text".to_owned()))
}

impl Serializer for NameSerializer {
    type Ok = String;
    type Error = QueryError;
    type SerializeSeq = Impossible<String, QueryError>;
    type SerializeTuple = Impossible<String, QueryError>;
    type SerializeTupleStruct = Impossible<String, QueryError>;
    type SerializeTupleVariant = Impossible<String, QueryError>;
    type SerializeMap = Impossible<String, QueryError>;
    type SerializeStruct = Impossible<String, QueryError>;
    type SerializeStructVariant = Impossible<String, QueryError>;

    scalars!();

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<String> {
        value.serialize(self)
    }

    fn serialize_str(self, value: &str) -> Result<String> {
        Ok(value.to_owned())
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<String> {
        nested()
    }

    fn serialize_none(self) -> Result<String> {
        nested()
    }

    fn serialize_unit(self) -> Result<String> {
        nested()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<String> {
        nested()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<String> {
        nested()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq> {
        nested()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple> {
        nested()
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct> {
        nested()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        nested()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap> {
        nested()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct> {
        nested()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant> {
        nested()
    }
}
