//! The decoded maps: names as their owner wrote them, in wire order, text or nested.

mod de;
mod serde;

pub use de::{FieldsError, from_text};
pub(crate) use de::{fields_as_sent, fields_of};
#[cfg(feature = "testing")]
pub(crate) use serde::BYTES;
pub(crate) use serde::{Leaf, collect_variables};

use crate::rejection::looks_like_one;
use crate::tree::{Entries, NONE, Shared, Slot, Tree};
use std::any::Any;
use std::fmt;

/// An ordered map of names to text, or to nested lists and maps of text.
///
/// `fields`, `parameters` and the undocumented variables of an event are such maps. A clone is
/// cheap: all maps of an event share one buffer.
///
/// ```
/// use webhook_core::Fields;
///
/// let fields = Fields::from_iter([("name", "Johny"), ("First seen", "1979-02-12")]);
/// assert_eq!(fields.get("name"), Some("Johny"));
/// assert_eq!(fields.get("mail"), None);
/// assert_eq!(fields.keys().collect::<Vec<_>>(), ["name", "First seen"]);
/// ```
#[derive(Clone)]
pub struct Map {
    tree: Shared,
    level: u32,
}

/// The level of a map in whose place there was something else.
const UNREAD: u32 = NONE - 1;

/// Reports whether `fields` stand among the undocumented variables: they are written there.
pub(crate) fn is_unread<F: 'static>(fields: &F) -> bool {
    (fields as &dyn Any).downcast_ref().is_some_and(Map::is_unread)
}

/// The current values of a profile's or subprofile's fields, by the names its owner chose.
pub type Fields = Map;
/// What the creating action was called with.
pub type Parameters = Map;

impl Map {
    pub(crate) fn of(tree: Shared, level: u32) -> Self {
        Self { tree, level }
    }

    /// Returns an empty map in the place of something that is not a map, and stands among the
    /// undocumented variables.
    pub(crate) fn unread() -> Self {
        Self { tree: Shared::default(), level: UNREAD }
    }

    /// Returns whether something stands among the undocumented variables in the map's place.
    pub(crate) fn is_unread(&self) -> bool {
        self.level == UNREAD
    }

    /// Returns an empty map.
    #[must_use]
    pub fn new() -> Self {
        Self { tree: Shared::default(), level: NONE }
    }

    /// Returns the text under `name`, or `None` if there is none or it is nested.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.nested().get(name)
    }

    /// Returns what stands under `name`: text, a list or a map.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Value<'_>> {
        self.nested().value(name)
    }

    /// Returns how many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tree.len(self.level)
    }

    /// Returns whether the map is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Iterates over names and values, in wire order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        self.nested().iter()
    }

    /// Returns the names, in wire order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    /// Returns the map as what it may be: a list.
    pub(crate) fn as_value(&self) -> Value<'_> {
        Value::new(&self.tree, Slot::Level(self.level))
    }

    pub(crate) fn nested(&self) -> Nested<'_> {
        Nested::of(&self.tree, self.level)
    }
}

impl Default for Map {
    fn default() -> Self {
        Self::new()
    }
}

/// Compares names, values and their order.
impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for Map {}

/// Names only: values are personal data, and `{:?}` is how they get into logs. Of names those that
/// look like one, for the same reason.
impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.nested().fmt(f)
    }
}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a str, Value<'a>);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// What stands under a name.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Text, perhaps empty.
    Text(&'a str),
    /// Text that is not UTF-8, in a variable that may be any bytes.
    Bytes(&'a [u8]),
    /// A list: its keys were `[]` or exactly 0…n-1 in order.
    List(Nested<'a>),
    /// A map.
    Map(Nested<'a>),
}

impl<'a> Value<'a> {
    pub(crate) fn new(tree: &'a Tree, slot: Slot) -> Self {
        match slot {
            Slot::Text(span) => match tree.text_or_bytes(span) {
                Ok(text) => Self::Text(text),
                Err(bytes) => Self::Bytes(bytes),
            },
            Slot::Level(level) if tree.is_list(level) => Self::List(Nested { tree, level }),
            Slot::Level(level) => Self::Map(Nested { tree, level }),
        }
    }

    /// Returns the text, when it is UTF-8 text.
    #[must_use]
    pub fn as_text(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(_) | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Returns the bytes of a text, whether or not it is UTF-8.
    #[must_use]
    pub fn as_bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Text(text) => Some(text.as_bytes()),
            Self::Bytes(bytes) => Some(bytes),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Returns the nested level, when it is one.
    #[must_use]
    pub fn as_nested(self) -> Option<Nested<'a>> {
        match self {
            Self::Text(_) | Self::Bytes(_) => None,
            Self::List(nested) | Self::Map(nested) => Some(nested),
        }
    }
}

/// The kind only; see [`Map`]'s `Debug`.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::List(list) => write!(f, "List({} items)", list.len()),
            Self::Map(map) => write!(f, "Map({map:?})"),
        }
    }
}

/// A list or map inside a [`Map`]; a list's names are its positions.
#[derive(Clone, Copy)]
pub struct Nested<'a> {
    tree: &'a Tree,
    level: u32,
}

impl<'a> Nested<'a> {
    pub(crate) fn of(tree: &'a Tree, level: u32) -> Self {
        Self { tree, level }
    }

    pub(crate) fn empty() -> Self {
        static EMPTY: Tree = Tree::of_text(String::new());
        Self { tree: &EMPTY, level: NONE }
    }

    /// Returns the text under `name`, or `None` if there is none or it is nested.
    ///
    /// ```
    /// use webhook_core::map::Map;
    ///
    /// let map: Map = serde_json::from_str(r#"{"address": {"city": "Utrecht", "lines": ["a", "b"]}}"#)?;
    /// let address = map.value("address").and_then(|value| value.as_nested()).unwrap();
    /// assert_eq!(address.get("city"), Some("Utrecht"));
    /// assert_eq!(address.get("lines"), None);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn get(self, name: &str) -> Option<&'a str> {
        self.value(name).and_then(Value::as_text)
    }

    /// Returns what stands under `name`: text, a list or a map.
    #[must_use]
    pub fn value(self, name: &str) -> Option<Value<'a>> {
        self.tree.find(self.level, name).map(|slot| Value::new(self.tree, slot))
    }

    /// Iterates over names and values, in wire order.
    #[must_use]
    pub fn iter(self) -> Iter<'a> {
        Iter { tree: self.tree, entries: self.tree.entries(self.level) }
    }

    /// Returns how many entries there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.tree.len(self.level)
    }

    /// Returns whether there are no entries.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl PartialEq for Nested<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for Nested<'_> {}

impl fmt::Debug for Nested<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, _)| if looks_like_one(name) { name } else { "…" };
        f.debug_set().entries(self.iter().map(shown)).finish()
    }
}

impl<'a> IntoIterator for Nested<'a> {
    type Item = (&'a str, Value<'a>);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// Iterator over names and values in wire order.
#[derive(Debug, Clone)]
pub struct Iter<'a> {
    tree: &'a Tree,
    entries: Entries<'a>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.entries.next().map(|(name, slot)| (name, Value::new(self.tree, slot)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl ExactSizeIterator for Iter<'_> {}
