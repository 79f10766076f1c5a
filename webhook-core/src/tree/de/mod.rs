//! Any self-describing serde input (a JSON body, an event read back from a queue) → a tree.

mod variables;

pub(crate) use variables::Variables;

use super::{Builder, Key, NONE, NotUtf8, Span, Tree, too_deep, too_many_pairs};
use crate::limits::Limits;
use crate::rejection::Refusal;
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use std::fmt::{self, Write};

/// Collects what a deserializer visits.
#[derive(Debug)]
pub(crate) struct Loader {
    builder: Builder,
    text: String,
    limits: Limits,
    entries: usize,
    refused: Option<Refusal>,
}

impl Loader {
    /// `bytes` is about how long the input is.
    pub(crate) fn new(limits: Limits, bytes: usize) -> Self {
        Self {
            builder: Builder::with_capacity((bytes / 16).min(limits.max_pairs())),
            text: String::with_capacity(bytes),
            limits,
            entries: 0,
            refused: None,
        }
    }

    /// Why loading failed, when a bound was the reason.
    pub(crate) fn refused(&mut self) -> Option<Refusal> {
        self.refused.take()
    }

    pub(crate) fn text_len(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn finish(mut self) -> Result<Tree, NotUtf8> {
        self.builder.finish(self.text.into_bytes())
    }

    fn push(&mut self, text: &str) -> Span {
        let start = self.text.len();
        self.text.push_str(text);
        Span::new(start, self.text.len())
    }

    fn refuse<E: de::Error>(&mut self, rejection: Refusal) -> E {
        self.refused = Some(rejection);
        E::custom("a bound was exceeded")
    }

    fn entry<E: de::Error>(&mut self, level: u32, key: Option<&str>) -> Result<u32, E> {
        self.entries += 1;
        if self.entries > self.limits.max_pairs() {
            return Err(self.refuse(too_many_pairs(self.limits)));
        }
        let key = key.map_or(Key::Next, |key| Key::Named(self.push(key)));
        Ok(self.builder.entry(self.text.as_bytes(), level, key))
    }
}

/// Where the visited value belongs: a level's own entries, or one node.
pub(crate) struct Place<'a> {
    loader: &'a mut Loader,
    at: At,
    depth: usize,
    booleans: Booleans,
}

/// The text that false and true become.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Booleans([&'static str; 2]);

impl Booleans {
    /// As in PHP, and as in a form.
    pub(crate) const DIGITS: Self = Self(["0", "1"]);
    /// Text that is no number.
    pub(crate) const WORDS: Self = Self(["false", "true"]);
    /// False is nothing, and true is no number.
    pub(crate) const EMPTY_OR_WORD: Self = Self(["", "true"]);
}

#[derive(Clone, Copy)]
enum At {
    Root,
    Node(u32),
}

impl<'a> Place<'a> {
    /// The variables themselves: the input must be a map.
    pub(crate) fn root(loader: &'a mut Loader) -> Self {
        Self { loader, at: At::Root, depth: 0, booleans: Booleans::DIGITS }
    }

    /// The variable called `name`, whose own booleans become this text; those inside it are digits.
    pub(crate) fn variable<E: de::Error>(
        loader: &'a mut Loader,
        name: &str,
        booleans: Booleans,
    ) -> Result<Self, E> {
        let node = loader.entry(Tree::ROOT, Some(name))?;
        Ok(Self { loader, at: At::Node(node), depth: 1, booleans })
    }

    fn inside(loader: &'a mut Loader, node: u32, depth: usize) -> Self {
        Self { loader, at: At::Node(node), depth, booleans: Booleans::DIGITS }
    }

    fn text<E: de::Error>(self, text: fmt::Arguments<'_>) -> Result<(), E> {
        let At::Node(node) = self.at else {
            return Err(E::invalid_type(de::Unexpected::Other("a single value"), &self));
        };
        let start = self.loader.text.len();
        let written = self.loader.text.write_fmt(text);
        debug_assert!(written.is_ok(), "a String takes every write");
        self.loader.builder.set_text(node, Span::new(start, self.loader.text.len()));
        Ok(())
    }

    fn level<E: de::Error>(&mut self) -> Result<u32, E> {
        match self.at {
            At::Root => Ok(Tree::ROOT),
            At::Node(_) if self.depth > self.loader.limits.max_depth() => {
                Err(self.loader.refuse(too_deep(self.loader.limits)))
            }
            At::Node(node) => Ok(self.loader.builder.fresh_level(node)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.at {
            At::Root => "a map of variables",
            At::Node(_) => "text, a number, a boolean, a list or a map",
        })
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.text(format_args!("{text}"))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        let [no, yes] = self.booleans.0;
        self.visit_str(if value { yes } else { no })
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<(), E> {
        self.text(format_args!("{number}"))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<(), E> {
        self.text(format_args!("{number}"))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<(), E> {
        // As JSON writes it, so that 1e300 stays short.
        match serde_json::Number::from_f64(number) {
            Some(number) => self.text(format_args!("{number}")),
            None => Err(E::invalid_type(de::Unexpected::Float(number), &self)),
        }
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        match self.at {
            At::Root => Ok(()),
            At::Node(_) => self.text(format_args!("")),
        }
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_some<D: de::Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_any(self)
    }

    fn visit_newtype_struct<D: de::Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_any(self)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let level = self.level()?;
        self.loader.builder.mark_object(level);
        while let Some(node) = map.next_key_seed(Name { loader: self.loader, level })? {
            map.next_value_seed(Place::inside(self.loader, node, self.depth + 1))?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        let level = self.level()?;
        loop {
            // The node comes with the item, so that a list's end leaves none behind.
            let item = Item { loader: self.loader, level, depth: self.depth + 1 };
            if list.next_element_seed(item)?.is_none() {
                return Ok(());
            }
        }
    }
}

struct Item<'a> {
    loader: &'a mut Loader,
    level: u32,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        let node = self.loader.entry(self.level, None)?;
        Place::inside(self.loader, node, self.depth).deserialize(input)
    }
}

struct Name<'a> {
    loader: &'a mut Loader,
    level: u32,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = u32;

    fn deserialize<D: de::Deserializer<'de>>(self, input: D) -> Result<u32, D::Error> {
        input.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<u32, E> {
        match self.loader.entry(self.level, Some(name))? {
            NONE => Err(E::custom("no such level")),
            node => Ok(node),
        }
    }
}
