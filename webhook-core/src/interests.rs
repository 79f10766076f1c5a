//! The interests of a profile: names, each on or off, perhaps in a group.

use crate::id::InterestId;
use crate::map::Value;
use crate::tree::{Shared, Slot, Span, Tree};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// The interests of a profile, in wire order.
///
/// They arrive as a list of the active names, as a map of names to `1` and `0`, or with the group that
/// each is in; here they read the same whichever way. What has none of these shapes is no reason to
/// refuse a call: there are no interests then, and what was sent stands among the event's undocumented
/// variables.
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
    entries: Vec<Entry>,
    written: Written,
}

/// An interest, and where its texts are.
#[derive(Debug, Clone, Copy)]
struct Entry {
    name: Span,
    is_active: bool,
    group: Option<Span>,
    id: Option<InterestId>,
}

impl Entry {
    fn new(name: Span, is_active: bool) -> Self {
        Self { name, is_active, group: None, id: None }
    }
}

/// How interests are written.
#[derive(Debug, Clone, Copy, Default)]
enum Written {
    /// Names, each on or off.
    #[default]
    Flat,
    /// The level that was sent: they have groups.
    AsSent(u32),
    /// Nothing: what was sent is among the undocumented variables.
    Elsewhere,
}

/// One interest of a profile.
///
/// ```
/// use webhook_core::{CreateEvent, Receiver};
///
/// let body = b"type=create&profile=1&database=1&timestamp=1979-02-12+12:49:23\
///     &interests[Sport][]=football&interests[blue]=0";
/// let event: CreateEvent = Receiver::unverified().decode(body)?;
/// let CreateEvent::Profile(profile) = event else { unreachable!() };
///
/// let [football, blue] = profile.interests.iter().collect::<Vec<_>>()[..] else { unreachable!() };
/// assert_eq!((football.name, football.group, football.is_active), ("football", Some("Sport"), true));
/// assert_eq!((blue.name, blue.group, blue.is_active), ("blue", None, false));
/// # Ok::<(), webhook_core::Rejection>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interest<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it is on.
    pub is_active: bool,
    /// The group that it is in, where the sender says so: a changelog of 2021-12 announces that, and no
    /// table shows it.
    pub group: Option<&'a str>,
    /// Its number, where the sender says so.
    pub id: Option<InterestId>,
}

/// Nothing of it: what somebody is interested in is personal data.
impl fmt::Debug for Interest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interest").finish_non_exhaustive()
    }
}

impl Interests {
    /// Reports whether the interest called `name` is on; `None` when it wasn't mentioned. Of several in
    /// different groups the first counts.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<bool> {
        self.iter().find(|interest| interest.name == name).map(|interest| interest.is_active)
    }

    /// Reports whether the interest called `name` is on, in one group at least.
    #[must_use]
    pub fn is_active(&self, name: &str) -> bool {
        self.iter().any(|interest| interest.name == name && interest.is_active)
    }

    /// Iterates over the interests, in wire order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Interest<'_>> {
        let text = |span| self.tree.text(span);
        self.entries.iter().map(move |entry| Interest {
            name: text(entry.name),
            is_active: entry.is_active,
            group: entry.group.map(text),
            id: entry.id,
        })
    }

    /// Returns how many interests were mentioned.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Reports whether no interest was mentioned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns empty interests, in the place of something that can't be read and stands among the undocumented
    /// variables.
    pub(crate) fn unread() -> Self {
        Self { written: Written::Elsewhere, ..Self::default() }
    }

    /// Returns whether something stands among the undocumented variables in their place.
    pub(crate) fn is_unread(&self) -> bool {
        matches!(self.written, Written::Elsewhere)
    }

    /// Reads them from what stands under `interests`; `None` where it has no shape that the
    /// documentation allows.
    pub(crate) fn read(tree: &Arc<Tree>, level: u32) -> Option<Self> {
        if tree.spans(level).any(|(.., slot)| matches!(slot, Slot::Level(_))) {
            return Self::read_in_groups(tree, level);
        }
        let is_list = is_list(tree, level);
        let mut entries = Vec::with_capacity(tree.len(level));
        for (key, name, slot) in tree.spans(level) {
            let Some(entry) = flat(tree, is_list, key, name, slot) else {
                return Self::read_in_groups(tree, level);
            };
            entries.push(entry);
        }
        drop_repeats(tree, &mut entries);
        Some(Self { tree: Shared::of(tree), entries, written: Written::Flat })
    }

    /// Reads them where one at least is in a group. That is rare, and kept out of the way of what is not:
    /// code that does not run takes room in the processor's cache all the same.
    #[cold]
    fn read_in_groups(tree: &Arc<Tree>, level: u32) -> Option<Self> {
        let is_list = is_list(tree, level);
        let in_groups = tree.spans(level).map(|(.., slot)| match slot {
            Slot::Level(inner) => tree.len(inner),
            Slot::Text(_) => 1,
        });
        let mut entries = Vec::with_capacity(in_groups.sum());
        for (key, name, slot) in tree.spans(level) {
            match (flat(tree, is_list, key, name, slot), slot) {
                (Some(entry), _) => entries.push(entry),
                // `interests[football]=Sport`
                (None, Slot::Text(group)) => {
                    entries.push(Entry { group: Some(group), ..Entry::new(name, true) });
                }
                (None, Slot::Level(inner)) => {
                    match described(tree, inner).filter(|_| is_number(key)) {
                        Some(entry) => entries.push(entry),
                        None => read_group(tree, name, inner, &mut entries)?,
                    }
                }
            }
        }
        drop_repeats(tree, &mut entries);
        Some(Self { tree: Shared::of(tree), entries, written: Written::AsSent(level) })
    }
}

/// Returns whether interests are sent as a list of names.
fn is_list(tree: &Tree, level: u32) -> bool {
    tree.is_list(level) && !tree.is_object(level)
}

/// Reads an interest that is in no group: `interests[]=football` or `interests[football]=1`.
#[inline]
fn flat(tree: &Tree, is_list: bool, key: &str, name: Span, slot: Slot) -> Option<Entry> {
    let Slot::Text(text) = slot else { return None };
    if is_list {
        return Some(Entry::new(text, true));
    }
    match switched(tree, text) {
        Some(is_active) => Some(Entry::new(name, is_active)),
        // A list whose numbers have gaps, as PHP's array_filter leaves them.
        None => is_number(key).then(|| Entry::new(text, true)),
    }
}

/// Reads `interests[Sport][]=football` and `interests[Sport][football]=1`: the interests of a group.
fn read_group(tree: &Tree, group: Span, level: u32, entries: &mut Vec<Entry>) -> Option<()> {
    let is_list = is_list(tree, level);
    for (key, name, slot) in tree.spans(level) {
        let Slot::Text(text) = slot else { return None };
        let (name, is_active) = match switched(tree, text) {
            Some(is_active) if !is_list => (name, is_active),
            None if !is_list && !is_number(key) => return None,
            _ => (text, true),
        };
        entries.push(Entry { group: Some(group), ..Entry::new(name, is_active) });
    }
    Some(())
}

/// Reads `interests[0][name]=football&interests[0][group]=Sport`, perhaps with an id.
fn described(tree: &Tree, level: u32) -> Option<Entry> {
    let text = |key: &str| match tree.find(level, key) {
        Some(Slot::Text(text)) => Some(text),
        _ => None,
    };
    let id = text("ID").or_else(|| text("id")).and_then(|id| tree.text(id).parse::<u64>().ok());
    Some(Entry {
        group: text("group").filter(|group| !group.is_empty()),
        id: id.map(InterestId::new),
        ..Entry::new(text("name")?, true)
    })
}

/// Returns whether an interest is on, where a text says just that.
fn switched(tree: &Tree, text: Span) -> Option<bool> {
    match tree.text(text) {
        "1" => Some(true),
        "0" | "" => Some(false),
        _ => None,
    }
}

fn is_number(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit())
}

/// Interests up to which a repeated one is looked for without a set.
const FEW_INTERESTS: usize = 16;

/// Drops duplicates, by name and group.
fn drop_repeats(tree: &Tree, entries: &mut Vec<Entry>) {
    // A name that was sent twice may be in two groups: that is for the set to say.
    let repeats = |(at, entry): (usize, &Entry)| {
        let name = tree.bytes(entry.name);
        entries.iter().take(at).any(|before| tree.bytes(before.name) == name)
    };
    // Mostly there are few and none is repeated: that is seen sooner than a set is made.
    if entries.len() > FEW_INTERESTS || entries.iter().enumerate().any(repeats) {
        drop_by_set(tree, entries);
    }
}

#[cold]
fn drop_by_set(tree: &Tree, entries: &mut Vec<Entry>) {
    let key = |entry: &Entry| (tree.text(entry.name), entry.group.map(|group| tree.text(group)));
    let mut seen = HashSet::with_capacity(entries.len());
    entries.retain(|entry| seen.insert(key(entry)));
}

impl<N: AsRef<str>> FromIterator<(N, bool)> for Interests {
    fn from_iter<I: IntoIterator<Item = (N, bool)>>(interests: I) -> Self {
        let mut text = String::new();
        let mut entries = Vec::new();
        for (name, is_active) in interests {
            let start = text.len();
            text.push_str(name.as_ref());
            entries.push(Entry::new(Span::new(start, text.len()), is_active));
        }
        let tree = Tree::of_text(text);
        drop_repeats(&tree, &mut entries);
        Self { tree: Shared::new(tree), entries, written: Written::Flat }
    }
}

/// Compares interests and their order.
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

/// An object of names to 1 or 0; as they were sent where they have groups.
impl Serialize for Interests {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Written::AsSent(level) = self.written {
            return Value::new(&self.tree, Slot::Level(level)).serialize(serializer);
        }
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for interest in self.iter() {
            map.serialize_entry(interest.name, &u8::from(interest.is_active))?;
        }
        map.end()
    }
}
