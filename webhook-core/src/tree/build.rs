//! Building a tree pair by pair: find or append, last one wins, `[]` counts up.

use super::index::{self, Index};
use super::{Level, NONE, Node, Slot, Span, Tree};
use crate::limits::LINEAR_KEYS;
use std::io::Write;

/// A tree under construction. The text grows elsewhere (in the decoder's buffer), so every call
/// that compares keys is handed what there is of it.
#[derive(Debug)]
pub(crate) struct Builder {
    nodes: Vec<Node>,
    levels: Vec<Level>,
    index: Index,
    /// Whether a key was given out for `[]`.
    counted: bool,
}

/// A key to find or append: where its text is, or the next number (`[]`).
#[derive(Debug, Clone, Copy)]
pub(crate) enum Key {
    Named(Span),
    Next,
}

impl Builder {
    /// Room for `nodes` entries before anything is moved.
    pub(crate) fn with_capacity(nodes: usize) -> Self {
        let mut levels = Vec::with_capacity(8);
        levels.push(Level::EMPTY);
        Self { nodes: Vec::with_capacity(nodes), levels, index: Index::default(), counted: false }
    }

    /// The node called `key` in `level`, appended when it isn't there: the position of a name is
    /// that of its first appearance, as in PHP.
    #[inline]
    pub(crate) fn entry(&mut self, text: &[u8], level: u32, key: Key) -> u32 {
        let Some(&Level { next_ordinal, .. }) = self.level(level) else { return NONE };
        let node = match key {
            Key::Named(span) => {
                let bytes = span.of(text);
                let ordinal = index::ordinal(bytes);
                let tag = index::tag(bytes, ordinal);
                Node { key: span, ordinal, tag, next: NONE, slot: Slot::Text(Span::new(0, 0)) }
            }
            Key::Next => {
                self.counted = true;
                let tag = index::tag(&[], next_ordinal);
                let nothing = Span::new(0, 0);
                let slot = Slot::Text(nothing);
                Node { key: nothing, ordinal: next_ordinal, tag, next: NONE, slot }
            }
        };
        match self.find(text, level, &node) {
            Some(found) => found,
            None => self.append(text, level, node),
        }
    }

    /// Puts text under a node, whatever was there.
    #[inline]
    pub(crate) fn set_text(&mut self, node: u32, span: Span) {
        self.set(node, Slot::Text(span));
    }

    /// The level under a node, made when there is none: text there gives way, as in PHP.
    #[inline]
    pub(crate) fn level_under(&mut self, node: u32) -> u32 {
        match self.node(node).map(|node| node.slot) {
            Some(Slot::Level(level)) => level,
            _ => {
                let level = to_u32(self.levels.len());
                self.levels.push(Level::EMPTY);
                self.set(node, Slot::Level(level));
                level
            }
        }
    }

    /// A new, empty level under a node, whatever was there.
    pub(crate) fn fresh_level(&mut self, node: u32) -> u32 {
        self.set_text(node, Span::new(0, 0));
        self.level_under(node)
    }

    /// Whether a level's keys are exactly 0…n-1 in order.
    pub(crate) fn is_list(&self, level: u32) -> bool {
        self.level(level).is_some_and(|level| level.list && level.len > 0)
    }

    /// Checks the text and finishes. Keys given out for `[]` get their digits here, where the
    /// level turned out to be a map after all or is shown as one.
    ///
    /// # Errors
    /// Where the text stops being UTF-8.
    pub(crate) fn finish(mut self, mut text: Vec<u8>) -> Result<Tree, NotUtf8> {
        let unnamed = if self.counted { self.nodes.as_mut_slice() } else { &mut [] };
        for node in unnamed {
            if node.ordinal != NONE && node.key == Span::new(0, 0) {
                let start = text.len();
                let written = write!(text, "{}", node.ordinal);
                debug_assert!(written.is_ok(), "a Vec takes every write");
                node.key = Span::new(start, text.len());
            }
        }
        match String::from_utf8(text) {
            Ok(text) => Ok(Tree { text, nodes: self.nodes, levels: self.levels }),
            Err(_) => Err(NotUtf8),
        }
    }

    /// As [`finish`](Self::finish) for text that is a `String` already.
    pub(crate) fn finish_text(self, text: String) -> Tree {
        self.finish(text.into_bytes()).unwrap_or_else(|NotUtf8| Tree::of_text(String::new()))
    }

    #[inline]
    fn find(&self, text: &[u8], level: u32, wanted: &Node) -> Option<u32> {
        let here = self.level(level)?;
        if wanted.ordinal != NONE && wanted.ordinal >= here.next_ordinal {
            return None;
        }
        if here.indexed {
            let same = |id: u32| self.node(id).is_some_and(|node| same_key(text, node, wanted));
            return self.index.find(level, wanted.key.of(text), wanted.ordinal, same);
        }
        let mut id = here.first;
        while let Some(node) = self.node(id) {
            if node.tag == wanted.tag && same_key(text, node, wanted) {
                return Some(id);
            }
            id = node.next;
        }
        None
    }

    #[inline]
    fn append(&mut self, text: &[u8], level: u32, node: Node) -> u32 {
        let id = to_u32(self.nodes.len());
        self.nodes.push(node);
        let Some(here) = self.levels.get_mut(level as usize) else { return id };
        let previous = here.last;
        if here.first == NONE {
            here.first = id;
        }
        here.last = id;
        here.list &= node.ordinal == here.len;
        here.len += 1;
        if node.ordinal != NONE {
            here.next_ordinal = here.next_ordinal.max(node.ordinal.saturating_add(1));
        }
        let (indexed, full) = (here.indexed, here.len > LINEAR_KEYS);
        if let Some(previous) = self.nodes.get_mut(previous as usize) {
            previous.next = id;
        }
        if indexed {
            self.index.insert(level, node.key.of(text), node.ordinal, id);
        } else if full && !self.is_list(level) {
            self.index_level(text, level);
        }
        id
    }

    /// From here on this level is searched by hash.
    #[cold]
    fn index_level(&mut self, text: &[u8], level: u32) {
        let Some(here) = self.levels.get_mut(level as usize) else { return };
        here.indexed = true;
        let mut id = here.first;
        self.index.reserve(self.nodes.capacity());
        while let Some(node) = self.nodes.get(id as usize) {
            self.index.insert(level, node.key.of(text), node.ordinal, id);
            id = node.next;
        }
    }

    fn node(&self, id: u32) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    fn level(&self, level: u32) -> Option<&Level> {
        self.levels.get(level as usize)
    }

    fn set(&mut self, node: u32, slot: Slot) {
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.slot = slot;
        }
    }
}

/// The text of a tree is not UTF-8 throughout.
#[derive(Debug)]
pub(crate) struct NotUtf8;

#[inline]
fn same_key(text: &[u8], a: &Node, b: &Node) -> bool {
    if a.ordinal != NONE || b.ordinal != NONE {
        return a.ordinal == b.ordinal;
    }
    a.key.of(text) == b.key.of(text)
}

/// Nodes and levels are fewer than bytes in a body, and those are at most 1 GiB.
#[inline]
#[allow(clippy::cast_possible_truncation)]
fn to_u32(count: usize) -> u32 {
    count as u32
}
