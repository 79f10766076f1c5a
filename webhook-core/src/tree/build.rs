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
    #[inline(always)]
    #[allow(clippy::inline_always)] // the hottest call of a decode, and there are two of it
    pub(crate) fn entry(&mut self, text: &[u8], level: u32, key: Key) -> u32 {
        let Some(here) = self.levels.get_mut(level as usize) else { return NONE };
        let (key, ordinal) = match key {
            Key::Named(span) => (span, index::ordinal(span.of(text))),
            Key::Next => {
                self.counted = true;
                (Span::new(0, 0), here.next_ordinal)
            }
        };
        let slot = Slot::Text(Span::new(0, 0));
        let mut node = Node { key, ordinal, mark: level, next: NONE, slot };
        // Past the largest number so far, as in every list that counts up: new without a look.
        let counts_up = ordinal != NONE && ordinal >= here.next_ordinal;
        if here.indexed {
            return self.indexed_entry(text, level, node);
        }
        node.mark = index::tag(key.of(text), ordinal);
        if !here.remember(node.mark) || counts_up {
            return self.append(level, node);
        }
        if here.len > LINEAR_KEYS {
            self.index_level(text, level);
            return self.indexed_entry(text, level, Node { mark: level, ..node });
        }
        match self.find(text, level, &node) {
            Some(found) => found,
            None => self.append(level, node),
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
        if let Some(Slot::Level(level)) = self.node(node).map(|node| node.slot) {
            return level;
        }
        let level = to_u32(self.levels.len());
        self.levels.push(Level::EMPTY);
        self.set(node, Slot::Level(level));
        level
    }

    /// A new, empty level under a node, whatever was there.
    pub(crate) fn fresh_level(&mut self, node: u32) -> u32 {
        self.set_text(node, Span::new(0, 0));
        self.level_under(node)
    }

    /// The level's keys are names, whatever they look like.
    pub(crate) fn mark_object(&mut self, level: u32) {
        if let Some(level) = self.levels.get_mut(level as usize) {
            level.object = true;
        }
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

    /// The search in order, for a level of few keys.
    fn find(&self, text: &[u8], level: u32, wanted: &Node) -> Option<u32> {
        let mut id = self.level(level)?.first;
        while let Some(node) = self.node(id) {
            if node.mark == wanted.mark && same_key(text, node, wanted) {
                return Some(id);
            }
            id = node.next;
        }
        None
    }

    #[inline]
    fn append(&mut self, level: u32, node: Node) -> u32 {
        let id = to_u32(self.nodes.len());
        let Some(here) = self.levels.get_mut(level as usize) else { return NONE };
        let previous = here.append(id, node.ordinal);
        self.nodes.push(node);
        if let Some(previous) = self.nodes.get_mut(previous as usize) {
            previous.next = id;
        }
        id
    }

    /// As [`entry`](Self::entry) in a level of many keys.
    #[inline]
    fn indexed_entry(&mut self, text: &[u8], level: u32, node: Node) -> u32 {
        if self.index.is_full(1, self.nodes.len() + 1) {
            self.fill_index(text);
        }
        let (nodes, key) = (&self.nodes, node.key.of(text));
        let same = |id: u32| {
            let old = nodes.get(id as usize);
            old.is_some_and(|old| old.mark == level && same_key(text, old, &node))
        };
        let id = to_u32(nodes.len());
        match self.index.find_or_insert(level, key, node.ordinal, id, same) {
            Some(found) => found,
            None => self.append(level, node),
        }
    }

    /// From here on this level is searched by hash.
    #[cold]
    fn index_level(&mut self, text: &[u8], level: u32) {
        let Some(here) = self.levels.get_mut(level as usize) else { return };
        here.indexed = true;
        let (mut id, len) = (here.first, here.len as usize);
        while let Some(node) = self.nodes.get_mut(id as usize) {
            node.mark = level;
            id = node.next;
        }
        if self.index.is_full(len, self.nodes.len() + 1) {
            self.fill_index(text);
        } else {
            self.put_in_index(text, level);
        }
    }

    /// Makes the index anew, with room for all nodes that are expected or for twice those there.
    #[cold]
    fn fill_index(&mut self, text: &[u8]) {
        self.index.clear(self.nodes.capacity().max(self.nodes.len() * 2));
        for level in 0..self.levels.len() {
            if self.levels.get(level).is_some_and(|level| level.indexed) {
                self.put_in_index(text, to_u32(level));
            }
        }
    }

    fn put_in_index(&mut self, text: &[u8], level: u32) {
        let mut id = self.level(level).map_or(NONE, |level| level.first);
        while let Some(node) = self.nodes.get(id as usize) {
            self.index.find_or_insert(level, node.key.of(text), node.ordinal, id, |_| false);
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
