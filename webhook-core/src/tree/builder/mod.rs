//! Building a tree pair by pair: find or append, last one wins, `[]` counts up.

mod indexed;
mod run;
mod wide;

use super::bloom::BloomFilter;
use super::index::Index;
use super::key;
use super::node::{Level, Node, Relaxed, Slot, UNPLACED, WIDE, same_key};
use super::{Buffer, NONE, Span, Tree};
use std::mem::take;
use wide::Wide;

/// A tree under construction. The text grows elsewhere (in the decoder's buffer), so every call
/// that compares keys is handed what there is of it.
#[derive(Debug)]
pub(crate) struct Builder {
    nodes: Vec<Node>,
    levels: Vec<Level>,
    seen: BloomFilter,
    index: Index,
    /// The first node with a key that was given out for `[]`, or [`NONE`].
    counted: u32,
    /// Numbers that have no place in a node; `None` in nearly every tree.
    wide: Option<Box<Wide>>,
    /// Whether `[]` came after the largest number.
    lost_count: bool,
}

/// A key to find or append: where its text is, or the next number (`[]`).
#[derive(Debug, Clone, Copy)]
pub(crate) enum EntryKey {
    Named(Span),
    Next,
}

/// Keys of a level up to which it is searched in order.
const LINEAR_KEYS: u32 = 48;

/// Searches in order of a level with more keys than that, before it is indexed by hash: a sender that
/// chooses keys whose tags collide gains little.
const SEARCHES: u32 = 4;

impl Builder {
    /// Makes one with room for `nodes` entries before anything is moved.
    #[inline(always)]
    #[allow(clippy::inline_always)] // its filter is large, and would be moved twice
    pub(crate) fn with_capacity(nodes: usize) -> Self {
        // The variables themselves, parameters, fields and interests.
        let mut levels = Vec::with_capacity(4);
        levels.push(Level::empty());
        Self {
            nodes: Vec::with_capacity(nodes),
            levels,
            seen: BloomFilter::for_keys(nodes),
            index: Index::default(),
            counted: NONE,
            wide: None,
            lost_count: false,
        }
    }

    /// Returns the node called `key` in `level`, which is appended when it is missing: the position
    /// of a name is that of its first appearance, as in PHP.
    pub(crate) fn entry(&mut self, text: &[u8], level: u32, key: EntryKey) -> u32 {
        match self.find_or_append(text, level, key, Span::new(0, 0)) {
            Position::New(id) | Position::Old(id) => id,
        }
    }

    /// Puts text under `key` in `level`, whatever was there.
    #[inline]
    pub(crate) fn put(&mut self, text: &[u8], level: u32, key: EntryKey, value: Span) {
        if let Position::Old(id) = self.find_or_append(text, level, key, value) {
            self.set_text(id, value);
        }
    }

    /// Finds a key or appends it, the hottest step of a decode: nearly always the key is new, and
    /// its tag says so.
    #[inline(always)]
    #[allow(clippy::inline_always)] // its arguments are to stay in registers
    fn find_or_append(&mut self, text: &[u8], level: u32, key: EntryKey, value: Span) -> Position {
        let Self { nodes, levels, seen, counted, .. } = self;
        let Some(here) = levels.get_mut(level as usize) else { return Position::Old(NONE) };
        let (key, name, ordinal) = match key {
            EntryKey::Named(span) => {
                let name = span.of(text);
                let ordinal = key::ordinal(name);
                if ordinal == UNPLACED {
                    return self.wide_entry(text, level, key, value);
                }
                (span, name, ordinal)
            }
            EntryKey::Next => {
                if here.wide || here.next_ordinal >= WIDE {
                    return self.wide_entry(text, level, key, value);
                }
                *counted = (*counted).min(to_u32(nodes.len()));
                (Span::new(0, 0), [].as_slice(), here.next_ordinal)
            }
        };
        let node = |mark| Node { key, ordinal, mark, next: Relaxed::new(NONE), value };
        if here.indexed {
            return self.indexed_entry(text, level, node(level));
        }
        // Past the largest number so far, as in every list that counts up: new without a look.
        let counts_up = ordinal < WIDE && ordinal >= here.next_ordinal;
        let mark = key::tag(name, ordinal);
        if !seen.words().remember(level, mark) || counts_up {
            return append(nodes, here, node(mark));
        }
        self.find_known(text, level, node(mark))
    }

    /// Finds a key or appends it where a key with this tag came before.
    #[inline(never)]
    pub(super) fn find_known(&mut self, text: &[u8], level: u32, node: Node) -> Position {
        let Some(here) = self.levels.get_mut(level as usize) else { return Position::Old(NONE) };
        here.searches = here.searches.saturating_add(1);
        if here.len.get() > LINEAR_KEYS && here.searches > SEARCHES {
            self.index_level(text, level);
            return self.indexed_entry(text, level, Node { mark: level, ..node });
        }
        match self.find(text, level, &node) {
            Some(found) => Position::Old(found),
            None => self.append(level, node),
        }
    }

    /// Puts text under a node, whatever was there.
    #[inline]
    pub(crate) fn set_text(&mut self, node: u32, span: Span) {
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.value = span;
        }
    }

    /// Returns the level under a node, which is made when it is missing: text there gives way, as
    /// in PHP.
    #[inline]
    pub(crate) fn level_under(&mut self, node: u32) -> u32 {
        if let Some(Slot::Level(level)) = self.node(node).map(Node::slot) {
            return level;
        }
        let level = to_u32(self.levels.len());
        self.levels.push(Level::empty());
        self.set_text(node, Span { start: level, end: NONE });
        level
    }

    /// Returns whether `[]` came after the largest number that there is: PHP drops such a variable.
    pub(crate) fn lost_count(&self) -> bool {
        self.lost_count
    }

    /// Makes a new, empty level under a node, whatever was there.
    pub(crate) fn fresh_level(&mut self, node: u32) -> u32 {
        self.set_text(node, Span::new(0, 0));
        self.level_under(node)
    }

    /// Notes that the level's keys are names, whatever they look like.
    pub(crate) fn mark_object(&mut self, level: u32) {
        if let Some(level) = self.levels.get_mut(level as usize) {
            level.object = true;
        }
    }

    /// Checks the text and finishes. Keys given out for `[]` get their digits here, where the
    /// level turned out to be a map after all or is shown as one.
    pub(crate) fn finish(&mut self, mut text: Vec<u8>) -> Tree {
        self.put_counted(&mut text);
        let (nodes, levels) = (take(&mut self.nodes), take(&mut self.levels));
        Tree { text: Buffer::new(text), nodes, levels }
    }

    /// Writes the digits of keys that were given out for `[]`.
    fn put_counted(&mut self, text: &mut Vec<u8>) {
        for node in self.nodes.get_mut(self.counted as usize..).unwrap_or_default() {
            if node.ordinal != NONE && node.key == Span::new(0, 0) {
                let start = text.len();
                match self.wide.as_deref() {
                    Some(wide) if node.ordinal >= WIDE => {
                        text.extend_from_slice(wide.number(node.ordinal).to_string().as_bytes());
                    }
                    _ => push_digits(text, node.ordinal),
                }
                node.key = Span::new(start, text.len());
            }
        }
    }

    /// Searches in order, for a level of few keys.
    fn find(&self, text: &[u8], level: u32, wanted: &Node) -> Option<u32> {
        let mut id = self.level(level)?.first.get();
        while let Some(node) = self.node(id) {
            if node.mark == wanted.mark && same_key(text, node, wanted) {
                return Some(id);
            }
            id = node.next.get();
        }
        None
    }

    pub(super) fn append(&mut self, level: u32, node: Node) -> Position {
        match self.levels.get_mut(level as usize) {
            Some(here) => append(&mut self.nodes, here, node),
            None => Position::Old(NONE),
        }
    }

    fn node(&self, id: u32) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    pub(super) fn level(&self, level: u32) -> Option<&Level> {
        self.levels.get(level as usize)
    }
}

/// Where a key turned out to be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Position {
    New(u32),
    Old(u32),
}

/// Makes the node its level's last.
#[inline(always)]
#[allow(clippy::inline_always)] // as find_or_append
fn append(nodes: &mut Vec<Node>, level: &mut Level, node: Node) -> Position {
    let id = to_u32(nodes.len());
    let previous = level.append(id, node.ordinal);
    nodes.push(node);
    if let Some(previous) = nodes.get(previous as usize) {
        previous.next.set(id);
    }
    Position::New(id)
}

/// Writes a number as `write!` would, without its machinery.
fn push_digits(text: &mut Vec<u8>, number: u32) {
    if number > 9 {
        push_digits(text, number / 10);
    }
    text.extend(u8::try_from(number % 10).map(|digit| b'0' + digit));
}

/// Narrows a count: nodes and levels are fewer than bytes in a body, and those are at most 1 GiB.
#[inline]
#[allow(clippy::cast_possible_truncation)]
pub(super) fn to_u32(count: usize) -> u32 {
    count as u32
}
