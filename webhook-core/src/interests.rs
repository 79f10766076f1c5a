//! The interests of a profile: names, each on or off.

use crate::tree::{Shared, Slot, Span, Tree};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::HashSet;
use std::fmt;

/// The interests of a profile, in wire order.
///
/// They arrive as a list of the active names or as a map of names to `1` and `0`; here they read
/// the same either way.
///
/// ```
/// use webhook_core::Interests;
///
/// let interests = Interests::from_iter([("blue", true), ("red", false)]);
/// assert_eq!(interests.get("blue"), Some(true));
/// assert_eq!(interests.get("green"), None);
/// assert!(interests.is_active("blue") && !interests.is_active("red"));
/// ```
#[derive(Clone, Default)]
pub struct Interests {
    tree: Shared,
    entries: Vec<(Span, bool)>,
}

impl Interests {
    /// Reports whether the interest called `name` is on; `None` when it wasn't mentioned.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<bool> {
        self.iter().find(|(found, _)| *found == name).map(|(_, active)| active)
    }

    /// Reports whether the interest called `name` is on.
    #[must_use]
    pub fn is_active(&self, name: &str) -> bool {
        self.get(name) == Some(true)
    }

    /// Iterates over names and whether each is on, in wire order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, bool)> {
        self.entries.iter().map(|(name, active)| (self.tree.text(*name), *active))
    }

    /// Returns how many interests were mentioned.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Reports whether none was mentioned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Reads them from what stands under `interests`; the error is the name of the entry that is
    /// neither on nor off.
    pub(crate) fn read(tree: &Tree, shared: Shared, level: u32) -> Result<Self, String> {
        let list = tree.is_list(level) && !tree.is_object(level);
        let mut entries = Vec::with_capacity(tree.len(level));
        for (key, name, slot) in tree.spans(level) {
            let Slot::Text(span) = slot else { return Err(key.to_owned()) };
            entries.push(match (tree.text(span), list) {
                (_, true) => (span, true),
                ("1", false) => (name, true),
                ("0" | "", false) => (name, false),
                // A list whose numbers have gaps, as PHP's array_filter leaves them.
                (_, false) if key.bytes().all(|byte| byte.is_ascii_digit()) => (span, true),
                _ => return Err(key.to_owned()),
            });
        }
        drop_repeats(tree, &mut entries);
        Ok(Self { tree: shared, entries })
    }
}

/// Up to this many interests, one that is repeated is looked for without a set.
const FEW_INTERESTS: usize = 16;

/// Drops what a list names twice; names in a map are unique already.
fn drop_repeats(tree: &Tree, entries: &mut Vec<(Span, bool)>) {
    let before = |at: usize| entries.iter().take(at).map(|(name, _)| tree.text(*name));
    let repeats = |(at, (name, _)): (usize, &(Span, bool))| {
        before(at).any(|before| before == tree.text(*name))
    };
    // Mostly there are few and none is repeated: that is seen sooner than a set is made.
    if entries.len() <= FEW_INTERESTS && !entries.iter().enumerate().any(repeats) {
        return;
    }
    let mut seen = HashSet::with_capacity(entries.len());
    entries.retain(|(name, _)| seen.insert(tree.text(*name)));
}

impl<N: AsRef<str>> FromIterator<(N, bool)> for Interests {
    fn from_iter<I: IntoIterator<Item = (N, bool)>>(interests: I) -> Self {
        let mut text = String::new();
        let mut entries: Vec<(Span, bool)> = Vec::new();
        for (name, active) in interests {
            let start = text.len();
            text.push_str(name.as_ref());
            entries.push((Span::new(start, text.len()), active));
        }
        let tree = Tree::of_text(text);
        drop_repeats(&tree, &mut entries);
        Self { tree: Shared::new(tree), entries }
    }
}

/// The same interests in the same order.
impl PartialEq for Interests {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for Interests {}

/// How many, not which: what somebody is interested in is personal data.
impl fmt::Debug for Interests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Interests({})", self.len())
    }
}

/// An object of names to 1 or 0.
impl Serialize for Interests {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, active) in self.iter() {
            map.serialize_entry(name, &u8::from(active))?;
        }
        map.end()
    }
}
