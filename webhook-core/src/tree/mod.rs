//! The decoded variables as a tree in three flat buffers: text, nodes, levels.
//!
//! A node is a key and what stands under it: text or another level. Both keys and text are
//! ranges into one buffer, so an event costs the same handful of allocations however many
//! fields it has. [`Map`](crate::Map) is the view that users hold.

mod bloom;
mod builder;
mod collect;
mod index;
mod key;
mod node;

pub(crate) use builder::{Builder, EntryKey};
pub(crate) use collect::{Collector, Seen};
pub(crate) use node::{NONE, Slot, Span};

use node::{Level, Node};

use crate::limits::Limits;
use crate::rejection::{Refusal, RejectionKind};
use std::fmt;
use std::mem::replace;
use std::ops::Deref;
use std::sync::Arc;

/// A finished tree: its text, which mostly is UTF-8, and its structure.
#[derive(Clone, Default)]
pub(crate) struct Tree {
    text: Buffer,
    nodes: Vec<Node>,
    levels: Vec<Level>,
}

impl Tree {
    /// The level of the variables themselves.
    pub(crate) const ROOT: u32 = 0;

    /// Makes a tree of text without structure.
    pub(crate) const fn of_text(text: String) -> Self {
        Self { text: Buffer::Utf8(text), nodes: Vec::new(), levels: Vec::new() }
    }

    /// Makes a tree of bytes without structure.
    pub(crate) fn of_bytes(bytes: Vec<u8>) -> Self {
        Self { text: Buffer::new(bytes), nodes: Vec::new(), levels: Vec::new() }
    }

    /// Returns the names of a level and their nodes, in wire order.
    #[inline]
    pub(crate) fn names(&self, level: u32) -> impl Iterator<Item = (&[u8], u32)> {
        let mut next = self.level(level).map_or(NONE, |level| level.first.get());
        std::iter::from_fn(move || {
            let (id, node) = (next, self.nodes.get(next as usize)?);
            next = node.next.get();
            Some((node.key.of(self.text.as_bytes()), id))
        })
    }

    /// Returns what stands under a node.
    #[inline]
    pub(crate) fn slot(&self, node: u32) -> Option<Slot> {
        self.nodes.get(node as usize).map(Node::slot)
    }

    /// Takes the entry of this name out of a level, and returns what stands under it.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the name is to be known to the compiler
    pub(crate) fn take(&self, level: u32, name: &str) -> Option<Slot> {
        match self.take_if(level, name, |_, slot| Some(slot)) {
            Taken::Read(slot) => Some(slot),
            Taken::Absent | Taken::Unread => None,
        }
    }

    /// Takes the entry of this name out of a level if `read` makes something of what stands under
    /// it; leaves it in its place otherwise.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as take
    pub(crate) fn take_if<T>(
        &self,
        level: u32,
        name: &str,
        read: impl FnOnce(&Self, Slot) -> Option<T>,
    ) -> Taken<T> {
        let Some((previous, id, slot)) = self.position(level, name) else { return Taken::Absent };
        let Some(value) = read(self, slot) else { return Taken::Unread };
        self.unlink(level, previous, id);
        Taken::Read(value)
    }

    /// Finds the entry of this name in a level: the one before it, its own, and what stands under it.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as take
    fn position(&self, level: u32, name: &str) -> Option<(u32, u32, Slot)> {
        let text = self.text.as_bytes();
        let (mut previous, mut id) = (NONE, self.level(level)?.first.get());
        loop {
            let node = self.nodes.get(id as usize)?;
            // Most names differ in their length already.
            if node.key.len() == name.len() && node.key.of(text) == name.as_bytes() {
                return Some((previous, id, node.slot()));
            }
            (previous, id) = (id, node.next.get());
        }
    }

    /// Takes an entry out of a level, given the one before it.
    #[inline]
    fn unlink(&self, level: u32, previous: u32, id: u32) {
        let next = self.nodes.get(id as usize).map_or(NONE, |node| node.next.get());
        let Some(here) = self.level(level) else { return };
        here.len.set(here.len.get().saturating_sub(1));
        match self.nodes.get(previous as usize) {
            Some(previous) => previous.next.set(next),
            None => here.first.set(next),
        }
    }

    /// Takes nodes out of a level; those left in it stay in order.
    pub(crate) fn retain(&mut self, level: u32, keep: impl Fn(u32) -> bool) {
        let Some(here) = self.levels.get_mut(level as usize) else { return };
        let mut id = here.first.get();
        here.clear();
        while let Some(next) = self.nodes.get(id as usize).map(|node| node.next.get()) {
            if keep(id) {
                match self.nodes.get(here.last as usize) {
                    Some(last) => last.next.set(id),
                    None => here.first.set(id),
                }
                here.last = id;
                here.len.set(here.len.get() + 1);
            }
            id = next;
        }
        if let Some(last) = self.nodes.get(here.last as usize) {
            last.next.set(NONE);
        }
    }

    /// Makes a level of these nodes of its own, in this order.
    pub(crate) fn keep(&mut self, level: u32, ids: &[u32]) {
        let Some(here) = self.levels.get_mut(level as usize) else { return };
        here.clear();
        for id in ids {
            match self.nodes.get(here.last as usize) {
                Some(last) => last.next.set(*id),
                None => here.first.set(*id),
            }
            here.last = *id;
            here.len.set(here.len.get() + 1);
        }
        if let Some(last) = self.nodes.get(here.last as usize) {
            last.next.set(NONE);
        }
    }

    /// Puts something else under a node.
    pub(crate) fn set(&mut self, node: u32, slot: Slot) {
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.value = match slot {
                Slot::Text(text) => text,
                Slot::Level(level) => Span { start: level, end: NONE },
            };
        }
    }

    pub(crate) fn len(&self, level: u32) -> usize {
        self.level(level).map_or(0, |level| level.len.get() as usize)
    }

    pub(crate) fn is_list(&self, level: u32) -> bool {
        self.level(level).is_some_and(|level| level.list && level.len.get() > 0)
    }

    /// Returns whether the keys are surely names: a form does not say, JSON does.
    pub(crate) fn is_object(&self, level: u32) -> bool {
        self.level(level).is_some_and(|level| level.object)
    }

    /// Returns a text; one that is not UTF-8 is empty here.
    #[inline]
    pub(crate) fn text(&self, span: Span) -> &str {
        match &self.text {
            Buffer::Utf8(text) => {
                text.get(span.start as usize..span.end as usize).unwrap_or_default()
            }
            Buffer::Bytes(bytes) => str::from_utf8(span.of(bytes)).unwrap_or_default(),
        }
    }

    /// Returns a text, or its bytes where it is not UTF-8.
    #[inline]
    pub(crate) fn text_or_bytes(&self, span: Span) -> Result<&str, &[u8]> {
        match &self.text {
            Buffer::Utf8(_) => Ok(self.text(span)),
            Buffer::Bytes(bytes) => str::from_utf8(span.of(bytes)).map_err(|_| span.of(bytes)),
        }
    }

    /// Returns whether all text is UTF-8.
    pub(crate) fn is_utf8(&self) -> bool {
        matches!(self.text, Buffer::Utf8(_))
    }

    /// Returns whether all text but for these is UTF-8, with what stood between.
    pub(crate) fn is_utf8_outside(&self, mut spans: Vec<Span>) -> bool {
        spans.sort_unstable_by_key(|span| span.start);
        let text = self.text.as_bytes();
        let is_utf8 = |start: u32, end: usize| {
            text.get(start as usize..end).is_some_and(|text| str::from_utf8(text).is_ok())
        };
        let mut start = 0;
        spans.into_iter().all(|span| is_utf8(replace(&mut start, span.end), span.start as usize))
            && is_utf8(start, text.len())
    }

    /// Returns whether the text of an entry, or all that is nested under it, is UTF-8.
    pub(crate) fn is_utf8_under(&self, slot: Slot) -> bool {
        match slot {
            Slot::Text(span) => self.text_or_bytes(span).is_ok(),
            Slot::Level(level) => self.spans(level).all(|(_, _, slot)| self.is_utf8_under(slot)),
        }
    }

    /// Returns the bytes of a text, where characters do not matter.
    #[inline]
    pub(crate) fn bytes(&self, span: Span) -> &[u8] {
        span.of(self.text.as_bytes())
    }

    pub(crate) fn entries(&self, level: u32) -> Entries<'_> {
        let ends = |level: &Level| (level.first.get(), level.len.get());
        let (next, left) = self.level(level).map_or((NONE, 0), ends);
        Entries { tree: self, next, left }
    }

    /// Returns the entries of a level with the span of each key.
    pub(crate) fn spans(&self, level: u32) -> impl Iterator<Item = (&str, Span, Slot)> {
        let mut id = self.level(level).map_or(NONE, |level| level.first.get());
        std::iter::from_fn(move || {
            let node = self.nodes.get(id as usize)?;
            id = node.next.get();
            Some((self.text(node.key), node.key, node.slot()))
        })
    }

    #[inline]
    pub(crate) fn find(&self, level: u32, key: &str) -> Option<Slot> {
        let mut id = self.level(level)?.first.get();
        while let Some(node) = self.nodes.get(id as usize) {
            if node.key.len() == key.len() && node.key.of(self.text.as_bytes()) == key.as_bytes() {
                return Some(node.slot());
            }
            id = node.next.get();
        }
        None
    }

    fn level(&self, level: u32) -> Option<&Level> {
        self.levels.get(level as usize)
    }
}

/// The text of a tree. It is checked as a whole, once: nearly always all of it is UTF-8.
#[derive(Clone)]
enum Buffer {
    Utf8(String),
    /// Some of it is not: each text is checked when it is read.
    Bytes(Vec<u8>),
}

impl Buffer {
    fn new(bytes: Vec<u8>) -> Self {
        // Where most of it was `%XX`, there is room for twice as much. Such text is not ASCII, which SIMD
        // checks ten times as fast as the standard library; a copy is the only safe way from there
        // to a `String`, and costs little next to that.
        if bytes.capacity() - bytes.len() > bytes.len() {
            return match simdutf8::basic::from_utf8(&bytes) {
                Ok(text) => Self::Utf8(text.to_owned()),
                Err(_) => Self::Bytes(bytes),
            };
        }
        match String::from_utf8(bytes) {
            Ok(text) => Self::Utf8(text),
            Err(error) => Self::Bytes(error.into_bytes()),
        }
    }

    #[inline]
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Utf8(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self::Utf8(String::new())
    }
}

/// What became of an entry that was to be taken.
#[derive(Debug)]
pub(crate) enum Taken<T> {
    /// The level has no such entry.
    Absent,
    /// It was read, and is taken out.
    Read(T),
    /// It could not be read, and stays.
    Unread,
}

/// Refuses a body with too many pairs.
pub(crate) fn too_many_pairs(limits: Limits) -> Refusal {
    let limit = limits.max_pairs();
    Refusal::new(
        RejectionKind::MalformedBody,
        format!("more than {limit} variables: raise the limit with Limits::pairs"),
    )
}

/// Refuses a body that nests too deep.
pub(crate) fn too_deep(limits: Limits) -> Refusal {
    let limit = limits.max_depth();
    Refusal::new(
        RejectionKind::MalformedBody,
        format!("nested more than {limit} levels deep: raise the limit with Limits::depth"),
    )
}

/// Sizes only: the text is personal data.
impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree")
            .field("bytes", &self.text.as_bytes().len())
            .field("nodes", &self.nodes.len())
            .finish_non_exhaustive()
    }
}

/// A tree that several views share; an empty one costs nothing, and no count that all threads
/// would write.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shared(Option<Arc<Tree>>);

impl Shared {
    pub(crate) fn new(tree: Tree) -> Self {
        Self(Some(Arc::new(tree)))
    }

    #[inline]
    pub(crate) fn of(tree: &Arc<Tree>) -> Self {
        Self(Some(Arc::clone(tree)))
    }
}

impl Deref for Shared {
    type Target = Tree;

    #[inline]
    fn deref(&self) -> &Tree {
        static EMPTY: Tree = Tree::of_text(String::new());
        self.0.as_deref().unwrap_or(&EMPTY)
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
        self.next = node.next.get();
        self.left = self.left.saturating_sub(1);
        Some((self.tree.text(node.key), node.slot()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}
