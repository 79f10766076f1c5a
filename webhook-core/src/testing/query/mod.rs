//! PHP's `http_build_query` as a serde format: what a PHP sender makes of an array, pair by pair.
//!
//! Not `serde_qs`: it writes booleans as words, and `fields=` for an empty map, which PHP drops.

/// Methods that write a value as its `Display` does.
macro_rules! displayed {
    ($($method:ident: $type:ty,)*) => {$(
        fn $method(self, value: $type) -> Result<Self::Ok> {
            self.serialize_str(&value.to_string())
        }
    )*};
}

/// Methods that write a scalar, whether it is a value or a name.
macro_rules! scalars {
    () => {
        displayed! {
            serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
            serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32,
            serialize_u64: u64, serialize_u128: u128, serialize_f32: f32, serialize_f64: f64,
            serialize_char: char,
        }

        /// Writes 1 or 0, as PHP does.
        fn serialize_bool(self, value: bool) -> Result<Self::Ok> {
            self.serialize_str(if value { "1" } else { "0" })
        }

        fn serialize_unit_variant(
            self,
            _: &'static str,
            _: u32,
            variant: &'static str,
        ) -> Result<Self::Ok> {
            self.serialize_str(variant)
        }

        fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Self::Ok> {
            value.serialize(self)
        }
    };
}

mod compound;
mod name;

use super::{Brackets, ListStyle};
use crate::base64;
use crate::map::BYTES;
use compound::Compound;
use serde::ser::{self, Error as _, Serialize, Serializer};
use serde_json::Value as Json;
use std::fmt::{self, Write as _};

/// Why a value can't be written as a form.
#[derive(Debug)]
pub(super) struct QueryError(String);

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for QueryError {}

impl ser::Error for QueryError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

type Result<T = ()> = std::result::Result<T, QueryError>;

/// A length of the name.
#[derive(Debug, Clone, Copy)]
struct Mark {
    name: usize,
    segments: usize,
}

/// A body that is being written.
#[derive(Debug)]
pub(super) struct Query {
    lists: ListStyle,
    brackets: Brackets,
    /// Writes the map `interests` as a list of the names whose value is the number 1.
    interests_as_list: bool,
    body: String,
    /// The name of the value that comes next, escaped.
    name: String,
    /// How many segments the name has: none is a name of its own, and not the empty one.
    segments: usize,
    /// Where the last segment of `name` begins, and its index: it was written as `[]`, which only a
    /// scalar can keep.
    unnumbered: Option<(Mark, usize)>,
}

impl Query {
    pub(super) fn new(lists: ListStyle, brackets: Brackets, interests_as_list: bool) -> Self {
        let (body, name) = (String::new(), String::new());
        Self { lists, brackets, interests_as_list, body, name, segments: 0, unnumbered: None }
    }

    /// Writes a map or a struct as a body.
    pub(super) fn write(mut self, value: &impl Serialize) -> Result<String> {
        value.serialize(&mut self)?;
        Ok(self.body)
    }

    fn leaf(&mut self, value: &[u8]) -> Result {
        self.unnumbered = None;
        if self.segments == 0 {
            return Err(QueryError("a value without a name".to_owned()));
        }
        if !self.body.is_empty() {
            self.body.push('&');
        }
        self.body.push_str(&self.name);
        self.body.push('=');
        escape(value, &mut self.body);
        Ok(())
    }

    /// Appends a segment to the name: in brackets, unless it is the first.
    fn push(&mut self, key: &str) {
        self.unnumbered = None;
        let (open, close) = match self.brackets {
            _ if self.segments == 0 => ("", ""),
            Brackets::Escaped => ("%5B", "%5D"),
            Brackets::Raw => ("[", "]"),
        };
        self.name.push_str(open);
        escape(key.as_bytes(), &mut self.name);
        self.name.push_str(close);
        self.segments += 1;
    }

    fn mark(&self) -> Mark {
        Mark { name: self.name.len(), segments: self.segments }
    }

    /// Takes off what was appended since.
    fn back_to(&mut self, mark: Mark) {
        self.unnumbered = None;
        self.name.truncate(mark.name);
        self.segments = mark.segments;
    }

    fn push_index(&mut self, index: usize) {
        match self.lists {
            ListStyle::Indexed => self.push(&index.to_string()),
            ListStyle::Empty => {
                let start = self.mark();
                self.push("");
                self.unnumbered = Some((start, index));
            }
        }
    }

    /// Begins what has names or items of its own. As an item of a list it is numbered in either
    /// style: `a[][x]=1&a[][y]=2` would be two items.
    fn open(&mut self, variant: Option<&str>, keep: Mark) -> Compound<'_> {
        if let Some((start, index)) = self.unnumbered.take() {
            self.back_to(start);
            self.push(&index.to_string());
        }
        if let Some(variant) = variant {
            self.push(variant);
        }
        Compound::new(self, keep)
    }
}

/// Returns the bytes of a text that is not UTF-8, which serde has as an object.
fn bytes_of<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let written = serde_json::to_value(value).map_err(QueryError::custom)?;
    let bytes = written.get("base64").and_then(Json::as_str).map(str::as_bytes);
    bytes.and_then(base64::decode).ok_or_else(|| QueryError("no bytes".to_owned()))
}

/// Escapes as PHP's `urlencode` does: all but letters, digits and `-_.`, a space as `+`.
fn escape(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                out.push(char::from(*byte));
            }
            b' ' => out.push('+'),
            // Writing to a String does not fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
}

impl<'a> Serializer for &'a mut Query {
    type Ok = ();
    type Error = QueryError;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeStructVariant = Compound<'a>;

    scalars!();

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result {
        match name {
            BYTES => self.leaf(&bytes_of(value)?),
            _ => value.serialize(self),
        }
    }

    fn serialize_str(self, value: &str) -> Result {
        self.leaf(value.as_bytes())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result {
        self.leaf(value)
    }

    /// Writes nothing: PHP drops null.
    fn serialize_none(self) -> Result {
        Ok(())
    }

    fn serialize_unit(self) -> Result {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result {
        Ok(())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result {
        let keep = self.mark();
        value.serialize(&mut *self.open(Some(variant), keep).into_query())?;
        self.back_to(keep);
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'a>> {
        let keep = self.mark();
        Ok(self.open(None, keep))
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'a>> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'a>> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a>> {
        let keep = self.mark();
        Ok(self.open(Some(variant), keep))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'a>> {
        self.serialize_seq(None)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'a>> {
        self.serialize_seq(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a>> {
        let keep = self.mark();
        Ok(self.open(Some(variant), keep))
    }
}
