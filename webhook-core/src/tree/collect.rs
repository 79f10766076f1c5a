//! Any self-describing serde input (a JSON body, an event read back from a queue) → a tree.

use super::{Builder, EntryKey, Span, Tree, too_deep, too_many_pairs};
use crate::base64;
use crate::limits::Limits;
use crate::rejection::Refusal;
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt::{self, Write};

/// Collects what a deserializer visits.
#[derive(Debug)]
pub(crate) struct Collector {
    builder: Builder,
    text: TextBuffer,
    /// Whether `{"base64":…,"bytes":N}` is text that is not UTF-8.
    reads_bytes: bool,
    limits: Limits,
    entries: usize,
    refused: Option<Refusal>,
}

impl Collector {
    /// Makes one for an input of about `bytes`.
    pub(crate) fn new(limits: Limits, bytes: usize) -> Self {
        Self {
            builder: Builder::with_capacity((bytes / 16).min(limits.max_pairs())),
            text: TextBuffer(Vec::with_capacity(bytes)),
            reads_bytes: false,
            limits,
            entries: 0,
            refused: None,
        }
    }

    /// Takes [`Bytes`](crate::map::Value::Bytes) as they are written: for what was an event before,
    /// never for a call's body.
    pub(crate) fn reading_bytes(mut self) -> Self {
        self.reads_bytes = true;
        self
    }

    /// Returns the seed of an event's variables: one map, in which null is absent.
    pub(crate) fn variables(&mut self) -> EntrySeed<'_> {
        EntrySeed { collector: self, at: At::Variables, depth: 0 }
    }

    /// Returns the seed of a map, in which null is empty text.
    pub(crate) fn map(&mut self) -> EntrySeed<'_> {
        EntrySeed { collector: self, at: At::Map, depth: 0 }
    }

    /// Returns the seed of one value, which goes under the empty name.
    pub(crate) fn value(&mut self) -> EntrySeed<'_> {
        let at = At::Under { level: Tree::ROOT, name: Some(""), is_variable: false };
        EntrySeed { collector: self, at, depth: 1 }
    }

    /// Returns why it stopped, where a bound was the reason.
    pub(crate) fn refused(&mut self) -> Option<Refusal> {
        self.refused.take()
    }

    /// Returns the bytes of text that were collected.
    pub(crate) fn text_len(&self) -> usize {
        self.text.0.len()
    }

    /// Makes the tree.
    pub(crate) fn finish(mut self) -> Tree {
        self.builder.finish(self.text.0)
    }

    fn refuse<E: de::Error>(&mut self, refusal: Refusal) -> E {
        self.refused = Some(refusal);
        E::custom("a bound was exceeded")
    }

    /// Finds or makes the entry of this name, or the next one of a list.
    fn entry<E: de::Error>(&mut self, level: u32, name: Option<&str>) -> Result<u32, E> {
        self.entries += 1;
        if self.entries > self.limits.max_pairs() {
            return Err(self.refuse(too_many_pairs(self.limits)));
        }
        let key = match name {
            None => EntryKey::Next,
            Some(name) => {
                let start = self.text.0.len();
                self.text.0.extend_from_slice(name.as_bytes());
                EntryKey::Named(Span::new(start, self.text.0.len()))
            }
        };
        Ok(self.builder.entry(&self.text.0, level, key))
    }

    /// Appends bytes that were written as base64. Text that is UTF-8 is never written so: a map that
    /// only looks alike stays one.
    fn bytes(&mut self, base64: Span, length: u64) -> Option<Span> {
        let bytes = base64::decode(base64.of(&self.text.0))?;
        if u64::try_from(bytes.len()) != Ok(length) || str::from_utf8(&bytes).is_ok() {
            return None;
        }
        let start = self.text.0.len();
        self.text.0.extend_from_slice(&bytes);
        Some(Span::new(start, self.text.0.len()))
    }
}

/// Text that grows, mostly by what is formatted.
#[derive(Debug)]
struct TextBuffer(Vec<u8>);

impl Write for TextBuffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Collects one value into its place.
pub(crate) struct EntrySeed<'a> {
    collector: &'a mut Collector,
    at: At<'a>,
    depth: usize,
}

/// What a value was.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Seen {
    Text(Span),
    Number(u64),
    Other,
}

/// The place of a value.
#[derive(Clone, Copy)]
enum At<'a> {
    /// The variables of an event.
    Variables,
    /// A map of the user's.
    Map,
    /// An entry, which is made when its value comes: so the end of a list leaves none, and neither
    /// does a variable that is null.
    Under {
        level: u32,
        /// `None` for an item of a list.
        name: Option<&'a str>,
        is_variable: bool,
    },
}

impl EntrySeed<'_> {
    fn entry<E: de::Error>(&mut self) -> Result<u32, E> {
        match self.at {
            At::Under { level, name, .. } => self.collector.entry(level, name),
            At::Variables | At::Map => {
                Err(E::invalid_type(de::Unexpected::Other("a single value"), &"a map of variables"))
            }
        }
    }

    fn number<E: de::Error>(self, number: impl fmt::Display) -> Result<Seen, E> {
        self.put(|text| {
            let written = write!(text, "{number}");
            debug_assert!(written.is_ok(), "a Vec takes every write");
        })
    }

    fn put<E: de::Error>(mut self, write: impl FnOnce(&mut TextBuffer)) -> Result<Seen, E> {
        let node = self.entry()?;
        let start = self.collector.text_len();
        write(&mut self.collector.text);
        let text = Span::new(start, self.collector.text_len());
        self.collector.builder.set_text(node, text);
        Ok(Seen::Text(text))
    }

    /// Makes a level, and returns it with the node that it is under, unless it is the root.
    fn level<E: de::Error>(&mut self) -> Result<(u32, Option<u32>), E> {
        let At::Under { .. } = self.at else { return Ok((Tree::ROOT, None)) };
        let node = self.entry()?;
        if self.depth > self.collector.limits.max_depth() {
            return Err(self.collector.refuse(too_deep(self.collector.limits)));
        }
        Ok((self.collector.builder.fresh_level(node), Some(node)))
    }
}

/// What a map was so far, as far as it may be bytes.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Empty,
    Base64(Span),
    Bytes(Span, u64),
    Other,
}

impl Shape {
    fn with(self, name: &str, seen: Seen) -> Self {
        match (self, name, seen) {
            (Self::Empty, "base64", Seen::Text(text)) => Self::Base64(text),
            (Self::Base64(text), "bytes", Seen::Number(length)) => Self::Bytes(text, length),
            _ => Self::Other,
        }
    }
}

impl<'de> DeserializeSeed<'de> for EntrySeed<'_> {
    type Value = Seen;

    fn deserialize<D: de::Deserializer<'de>>(self, input: D) -> Result<Seen, D::Error> {
        match self.at {
            At::Variables => input.deserialize_map(self),
            At::Map | At::Under { .. } => input.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for EntrySeed<'_> {
    type Value = Seen;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.at {
            At::Variables | At::Map => "a map of variables",
            At::Under { .. } => "text, a number, a boolean, a list or a map",
        })
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Seen, E> {
        self.put(|written| written.0.extend_from_slice(text.as_bytes()))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Seen, E> {
        let [no, yes] = match self.at {
            At::Under { name: Some(name), is_variable: true, .. } => booleans(name),
            _ => DIGITS,
        };
        self.visit_str(if value { yes } else { no })
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Seen, E> {
        self.number(number).map(|_| Seen::Number(number))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Seen, E> {
        self.number(number)
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Seen, E> {
        // As JSON writes it, so that 1e300 stays short.
        match serde_json::Number::from_f64(number) {
            Some(number) => self.number(number),
            None => Err(E::invalid_type(de::Unexpected::Float(number), &self)),
        }
    }

    fn visit_unit<E: de::Error>(self) -> Result<Seen, E> {
        match self.at {
            At::Variables | At::Map | At::Under { is_variable: true, .. } => Ok(Seen::Other),
            At::Under { .. } => self.put(|_| ()),
        }
    }

    fn visit_none<E: de::Error>(self) -> Result<Seen, E> {
        self.visit_unit()
    }

    fn visit_some<D: de::Deserializer<'de>>(self, input: D) -> Result<Seen, D::Error> {
        input.deserialize_any(self)
    }

    fn visit_newtype_struct<D: de::Deserializer<'de>>(self, input: D) -> Result<Seen, D::Error> {
        input.deserialize_any(self)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Seen, A::Error> {
        let (level, node) = self.level()?;
        let is_variable = matches!(self.at, At::Variables);
        self.collector.builder.mark_object(level);
        let mut shape = Shape::Empty;
        while let Some(name) = map.next_key_seed(NameSeed)? {
            let at = At::Under { level, name: Some(&name), is_variable };
            let collector = &mut *self.collector;
            let seen = map.next_value_seed(EntrySeed { collector, at, depth: self.depth + 1 })?;
            shape = shape.with(&name, seen);
        }
        if let (Some(node), Shape::Bytes(base64, length)) = (node, shape)
            && self.collector.reads_bytes
            && let Some(bytes) = self.collector.bytes(base64, length)
        {
            self.collector.builder.set_text(node, bytes);
        }
        Ok(Seen::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Seen, A::Error> {
        if matches!(self.at, At::Variables) {
            return Err(de::Error::invalid_type(de::Unexpected::Seq, &self));
        }
        let (level, _) = self.level()?;
        let at = At::Under { level, name: None, is_variable: false };
        loop {
            let collector = &mut *self.collector;
            let item = EntrySeed { collector, at, depth: self.depth + 1 };
            if list.next_element_seed(item)?.is_none() {
                return Ok(Seen::Other);
            }
        }
    }
}

/// The text that false and true become: as in PHP, and as in a form.
const DIGITS: [&str; 2] = ["0", "1"];

/// Returns what false and true become as the variable of this name. Numbers of the sender's are not
/// booleans: true is not the profile 1. A subprofile may be written as false where there is not one.
fn booleans(name: &str) -> [&'static str; 2] {
    match name {
        "subprofile" => ["", "true"],
        "profile" | "profileid" | "database" | "collection" | "mailing" | "mailingid" | "id"
        | "time" => ["false", "true"],
        _ => DIGITS,
    }
}

/// Reads a name, borrowed where the input allows.
struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: de::Deserializer<'de>>(self, input: D) -> Result<Cow<'de, str>, D::Error> {
        input.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
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
