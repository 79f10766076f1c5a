//! Maps in and out of serde: lists are arrays, maps are objects, every leaf is a string.

use crate::base64;
use crate::limits::{Limits, MAX_BODY_BYTES};
use crate::map::{Map, Value};
use crate::tree::{Builder, Collector, EntryKey, Seen, Shared, Span, Tree};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error};
use serde::ser::{Serialize, SerializeStruct, Serializer};

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self)
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => Leaf(bytes).serialize(serializer),
            Self::List(list) => serializer.collect_seq(list.iter().map(|(_, value)| value)),
            Self::Map(map) => serializer.collect_map(*map),
        }
    }
}

/// The name of [`Leaf`] as serde sees it where it is not UTF-8, for an encoder that writes bytes.
pub(crate) const BYTES: &str = "webhook_core::Bytes";

/// Text that may be any bytes: a string where it is UTF-8, else an object of its base64 and its
/// length. The length is a number: no leaf of a body is, so nothing that was sent is written alike.
pub(crate) struct Leaf<'a>(pub(crate) &'a [u8]);

impl Serialize for Leaf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match str::from_utf8(self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => serializer.serialize_newtype_struct(BYTES, &Bytes(self.0)),
        }
    }
}

struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Bytes", 2)?;
        object.serialize_field("base64", &base64::encode(self.0))?;
        object.serialize_field("bytes", &self.0.len())?;
        object.end()
    }
}

/// Numbers and booleans become text (true is 1; a number has the digits that the format's parser
/// kept, which for most is 64 bits), null becomes empty text, a list is a map of positions. Needs a
/// self-describing format, such as JSON.
impl<'de> Deserialize<'de> for Map {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let tree = collect(|collector| collector.map().deserialize(input))?;
        Ok(Self::of(Shared::new(tree), Tree::ROOT))
    }
}

/// Collects the variables of an event that was accepted before.
pub(crate) fn collect_variables<'de, D: Deserializer<'de>>(input: D) -> Result<Tree, D::Error> {
    collect(|collector| collector.variables().deserialize(input))
}

/// Collects a tree without limits but those of memory.
fn collect<E: Error>(read: impl FnOnce(&mut Collector) -> Result<Seen, E>) -> Result<Tree, E> {
    let mut collector = Collector::new(Limits::unbounded(), 0).reading_bytes();
    read(&mut collector)?;
    if collector.text_len() > MAX_BODY_BYTES {
        return Err(E::custom("more than 1 GiB of text"));
    }
    Ok(collector.finish())
}

/// A flat map of names to text; of a repeated name the last value counts.
impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Map {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Self {
        let mut builder = Builder::with_capacity(0);
        let mut text = String::new();
        let push = |text: &mut String, part: &str| {
            let start = text.len();
            text.push_str(part);
            Span::new(start, text.len())
        };
        for (name, value) in entries {
            let key = EntryKey::Named(push(&mut text, name.as_ref()));
            let node = builder.entry(text.as_bytes(), Tree::ROOT, key);
            let value = push(&mut text, value.as_ref());
            builder.set_text(node, value);
        }
        Self::of(Shared::new(builder.finish(text.into_bytes())), Tree::ROOT)
    }
}
