//! The tags of a mail.

use crate::map::{Map, Value};
use crate::tree::{Shared, Slot, Span, Tree};
use serde::ser::{Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

/// The tags of a mail, in wire order.
///
/// The documentation never shows their form. They are read from a list (`tags[]=news`), from the
/// values of a map (`tags[7]=news`; `tags[news]=1` is the tag `news`), and from one text with `;`
/// between them, which is how the vendor's log files have them.
///
/// ```
/// use webhook_core::Tags;
///
/// let tags = Tags::from_iter(["news", "march"]);
/// assert!(tags.contains("news") && !tags.contains("april"));
/// assert_eq!(tags.iter().collect::<Vec<_>>(), ["news", "march"]);
/// ```
#[derive(Clone, Default)]
pub struct Tags(Option<Sent>);

/// The tags as they were sent.
#[derive(Clone)]
enum Sent {
    Text(Shared, Span),
    Map(Map),
}

impl Tags {
    /// Reads what stands under `tags`; `None` where there is more nested in it.
    pub(crate) fn read(tree: &Arc<Tree>, slot: Slot) -> Option<Self> {
        Some(Self(Some(match slot {
            Slot::Text(text) => Sent::Text(Shared::of(tree), text),
            Slot::Level(level) => {
                let is_flat = tree.entries(level).all(|(_, slot)| matches!(slot, Slot::Text(_)));
                if !is_flat {
                    return None;
                }
                Sent::Map(Map::of(Shared::of(tree), level))
            }
        })))
    }

    /// Iterates over the tags, in wire order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let (text, map) = match &self.0 {
            None => (None, None),
            Some(Sent::Text(tree, text)) => (Some(tree.text(*text)), None),
            Some(Sent::Map(map)) => (None, Some(map)),
        };
        let of_text = text.into_iter().flat_map(|text| text.split(';')).map(str::trim);
        let of_map = map.into_iter().flatten().filter_map(|(name, value)| tag(name, value));
        of_text.chain(of_map).filter(|tag| !tag.is_empty())
    }

    /// Reports whether one of the tags is this one.
    #[must_use]
    pub fn contains(&self, tag: &str) -> bool {
        self.iter().any(|found| found == tag)
    }

    /// Reports whether there is no tag.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Reports whether nothing was sent, so that nothing is written.
    pub(crate) fn is_absent(&self) -> bool {
        self.0.is_none()
    }
}

/// Returns the tag that an entry of a map is: its value, or its name where that is switched on.
fn tag<'a>(name: &'a str, value: Value<'a>) -> Option<&'a str> {
    let value = value.as_text()?;
    match value {
        _ if name.bytes().all(|byte| byte.is_ascii_digit()) => Some(value),
        "1" => Some(name),
        "0" => None,
        _ => Some(value),
    }
}

impl<'a> FromIterator<&'a str> for Tags {
    fn from_iter<I: IntoIterator<Item = &'a str>>(tags: I) -> Self {
        let numbered = tags.into_iter().enumerate().map(|(at, tag)| (at.to_string(), tag));
        let map: Map = numbered.collect();
        Self((!map.is_empty()).then_some(Sent::Map(map)))
    }
}

/// Compares tags and their order.
impl PartialEq for Tags {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Tags {}

/// How many, not which: what a mail was about is personal data.
impl fmt::Debug for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tags({})", self.iter().count())
    }
}

/// Writes the tags as they were sent: a list, a map or one text.
impl Serialize for Tags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            None => serializer.collect_seq(std::iter::empty::<&str>()),
            Some(Sent::Text(tree, text)) => serializer.serialize_str(tree.text(*text)),
            Some(Sent::Map(map)) => map.as_value().serialize(serializer),
        }
    }
}
