//! The decoded variables as a tree in three flat buffers: text, nodes, levels.
//!
//! A node is a key and what stands under it: text or another level. Both keys and text are
//! ranges into one buffer, so an event costs the same handful of allocations however many
//! fields it has. [`Map`](crate::Map) is the view that users hold.

mod build;
mod index;
mod level;
mod load;

pub(crate) use build::{Builder, Key, NotUtf8};
pub(crate) use load::{Loader, Place, too_deep, too_many_pairs};

use std::fmt;
use std::sync::{Arc, LazyLock};

/// A range of bytes in a tree's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    /// `text[start..end]`. Bodies are at most 1 GiB, so both fit.
    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    #[inline]
    pub(crate) fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// The end of a chain of siblings; also "no ordinal".
pub(crate) const NONE: u32 = u32::MAX;

/// What stands under a key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Slot {
    Text(Span),
    Level(u32),
}

/// One entry of a level.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    key: Span,
    /// The key as a whole number when it is one written canonically (`0`, `7`, not `07`), or was
    /// given out for `[]`; else [`NONE`].
    ordinal: u32,
    /// In a level that is searched in order a digest of the key: most unequal keys differ here
    /// already. In an indexed level that level's number.
    mark: u32,
    next: u32,
    slot: Slot,
}

/// The entries under one name, chained in wire order.
#[derive(Debug, Clone)]
pub(crate) struct Level {
    /// A bit for each key that came: most new keys find theirs unset and need no search.
    seen: [u64; 16],
    first: u32,
    last: u32,
    len: u32,
    /// What the next `[]` is called.
    next_ordinal: u32,
    /// Keys so far are 0…n-1 in order.
    list: bool,
    indexed: bool,
    /// Came as a JSON object: its keys are names, though they may look like positions.
    object: bool,
}

impl Level {
    const EMPTY: Self = Self {
        seen: [0; 16],
        first: NONE,
        last: NONE,
        len: 0,
        next_ordinal: 0,
        list: true,
        indexed: false,
        object: false,
    };
}

/// A finished tree: checked UTF-8 and its structure.
pub(crate) struct Tree {
    text: String,
    nodes: Vec<Node>,
    levels: Vec<Level>,
}

impl Tree {
    /// The level of the variables themselves.
    pub(crate) const ROOT: u32 = 0;

    /// A tree without any variable, for all that are empty.
    pub(crate) fn shared_empty() -> Arc<Self> {
        static EMPTY: LazyLock<Arc<Tree>> =
            LazyLock::new(|| Arc::new(Tree::of_text(String::new())));
        Arc::clone(&EMPTY)
    }

    /// Text without structure.
    pub(crate) const fn of_text(text: String) -> Self {
        Self { text, nodes: Vec::new(), levels: Vec::new() }
    }

    /// Takes out of the root those variables that `known` claims; what is left there stays in
    /// order.
    pub(crate) fn claim(&mut self, mut known: impl FnMut(&str, Slot) -> bool) {
        let Some(mut root) = self.level(Self::ROOT).cloned() else { return };
        let mut id = root.first;
        (root.first, root.last, root.len) = (NONE, NONE, 0);
        while let Some(&node) = self.nodes.get(id as usize) {
            if !known(self.text(node.key), node.slot) {
                match self.nodes.get_mut(root.last as usize) {
                    Some(last) => last.next = id,
                    None => root.first = id,
                }
                root.last = id;
                root.len += 1;
            }
            id = node.next;
        }
        if let Some(last) = self.nodes.get_mut(root.last as usize) {
            last.next = NONE;
        }
        if let Some(level) = self.levels.get_mut(Self::ROOT as usize) {
            *level = root;
        }
    }

    pub(crate) fn len(&self, level: u32) -> usize {
        self.level(level).map_or(0, |level| level.len as usize)
    }

    pub(crate) fn is_list(&self, level: u32) -> bool {
        self.level(level).is_some_and(|level| level.list && level.len > 0)
    }

    /// Whether the keys are surely names: a form can't tell, JSON can.
    pub(crate) fn is_object(&self, level: u32) -> bool {
        self.level(level).is_some_and(|level| level.object)
    }

    #[inline]
    pub(crate) fn text(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    pub(crate) fn entries(&self, level: u32) -> Entries<'_> {
        let (next, left) = self.level(level).map_or((NONE, 0), |level| (level.first, level.len));
        Entries { tree: self, next, left }
    }

    /// As [`entries`](Self::entries), with where each key stands.
    pub(crate) fn spans(&self, level: u32) -> impl Iterator<Item = (&str, Span, Slot)> {
        let mut id = self.level(level).map_or(NONE, |level| level.first);
        std::iter::from_fn(move || {
            let node = self.nodes.get(id as usize)?;
            id = node.next;
            Some((self.text(node.key), node.key, node.slot))
        })
    }

    pub(crate) fn find(&self, level: u32, key: &str) -> Option<Slot> {
        self.entries(level).find(|(found, _)| *found == key).map(|(_, slot)| slot)
    }

    fn level(&self, level: u32) -> Option<&Level> {
        self.levels.get(level as usize)
    }
}

/// Sizes only: the text is personal data.
impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree")
            .field("bytes", &self.text.len())
            .field("nodes", &self.nodes.len())
            .finish_non_exhaustive()
    }
}

/// Iterator over a level's keys and slots in wire order.
#[derive(Debug, Clone)]
pub(crate) struct Entries<'a> {
    tree: &'a Tree,
    next: u32,
    left: u32,
}

impl<'a> Iterator for Entries<'a> {
    type Item = (&'a str, Slot);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let node = self.tree.nodes.get(self.next as usize)?;
        self.next = node.next;
        self.left = self.left.saturating_sub(1);
        Some((self.tree.text(node.key), node.slot))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}
