//! An entry of a level and what it points to, and the level itself.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

/// A range of bytes in a tree's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    /// Makes the span of `text[start..end]`. Bodies are at most 1 GiB, so both fit.
    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.start == self.end
    }

    #[inline]
    pub(crate) fn len(self) -> usize {
        self.end.wrapping_sub(self.start) as usize
    }

    #[inline]
    pub(crate) fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl From<Range<usize>> for Span {
    #[inline]
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// The end of a chain of siblings; also "no ordinal".
pub(crate) const NONE: u32 = u32::MAX;
/// From here on an ordinal is the stand-in of a number that has no place in a node: of a larger one,
/// or a negative one.
pub(super) const WIDE: u32 = 1 << 31;
/// A number that has no place in a node, and no stand-in yet.
pub(super) const UNPLACED: u32 = NONE - 1;

/// What stands under a key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Slot {
    Text(Span),
    Level(u32),
}

/// A number that is changed while maps hold the tree already: a variable that is read is taken out of its
/// level. That is over before another thread can have the event, so no order is kept.
#[derive(Debug)]
pub(super) struct Relaxed(AtomicU32);

impl Relaxed {
    #[inline]
    pub(super) const fn new(number: u32) -> Self {
        Self(AtomicU32::new(number))
    }

    #[inline]
    pub(super) fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn set(&self, number: u32) {
        self.0.store(number, Ordering::Relaxed);
    }
}

impl Clone for Relaxed {
    fn clone(&self) -> Self {
        Self::new(self.get())
    }
}

/// One entry of a level.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) key: Span,
    /// The key as a whole number when it is one written canonically (`0`, `7`, not `07`), or was
    /// given out for `[]`, or its stand-in from [`WIDE`] on; else [`NONE`].
    pub(super) ordinal: u32,
    /// A digest of the key, in a level that is searched in order: most unequal keys differ here
    /// already. In an indexed level that level's number.
    pub(super) mark: u32,
    pub(super) next: Relaxed,
    /// A [`Slot`], packed: a range of text, or a level's number and [`NONE`]. (An enum in here
    /// would be put together elsewhere and copied, which the hottest loop waits for.)
    pub(super) value: Span,
}

impl Node {
    #[inline]
    pub(super) fn slot(&self) -> Slot {
        match self.value {
            Span { start: level, end: NONE } => Slot::Level(level),
            text => Slot::Text(text),
        }
    }
}

/// Returns whether two nodes have one key.
#[inline]
pub(super) fn same_key(text: &[u8], a: &Node, b: &Node) -> bool {
    if a.ordinal != NONE || b.ordinal != NONE {
        return a.ordinal == b.ordinal;
    }
    a.key.of(text) == b.key.of(text)
}

/// The entries under one name, chained in wire order.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub(super) struct Level {
    pub(super) first: Relaxed,
    /// The last entry, as long as some are appended.
    pub(super) last: u32,
    pub(super) len: Relaxed,
    /// How often a key was searched for.
    pub(super) searches: u32,
    /// What the next `[]` is called, where that is below [`WIDE`] and the level is not `wide`.
    pub(super) next_ordinal: u32,
    /// There are numbers in it that have no place in a node.
    pub(super) wide: bool,
    /// Keys so far are 0…n-1 in order.
    pub(super) list: bool,
    pub(super) indexed: bool,
    /// Came as a JSON object: its keys are names, though they may look like positions.
    pub(super) object: bool,
}

impl Level {
    pub(super) const fn empty() -> Self {
        Self {
            first: Relaxed::new(NONE),
            last: NONE,
            len: Relaxed::new(0),
            searches: 0,
            next_ordinal: 0,
            wide: false,
            list: true,
            indexed: false,
            object: false,
        }
    }

    /// Takes all entries out.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.first.set(NONE);
        self.last = NONE;
        self.len.set(0);
    }

    /// Makes `id` the last entry; returns the one before.
    #[inline]
    pub(super) fn append(&mut self, id: u32, ordinal: u32) -> u32 {
        let previous = self.last;
        let len = self.len.get();
        if self.first.get() == NONE {
            self.first.set(id);
        }
        self.last = id;
        self.list &= ordinal == len;
        self.len.set(len + 1);
        if ordinal < WIDE {
            self.next_ordinal = self.next_ordinal.max(ordinal + 1);
        }
        previous
    }

    /// Appends some names: the entries from `first` to before `behind`.
    pub(super) fn append_names(&mut self, first: u32, behind: u32) -> u32 {
        let previous = self.last;
        if self.first.get() == NONE {
            self.first.set(first);
        }
        self.last = behind - 1;
        self.list = false;
        self.len.set(self.len.get() + behind - first);
        previous
    }
}
