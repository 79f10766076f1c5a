//! A level as its keys come.

use super::{NONE, WIDE};

/// The entries under one name, chained in wire order.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub(super) struct Level {
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) len: u32,
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
    pub(super) const EMPTY: Self = Self {
        first: NONE,
        last: NONE,
        len: 0,
        searches: 0,
        next_ordinal: 0,
        wide: false,
        list: true,
        indexed: false,
        object: false,
    };

    /// Without entries.
    #[inline]
    pub(super) fn clear(&mut self) {
        (self.first, self.last, self.len) = (NONE, NONE, 0);
    }

    /// Makes `id` the last entry; returns the one before.
    #[inline]
    pub(super) fn append(&mut self, id: u32, ordinal: u32) -> u32 {
        let previous = self.last;
        if self.first == NONE {
            self.first = id;
        }
        self.last = id;
        self.list &= ordinal == self.len;
        self.len += 1;
        if ordinal < WIDE {
            self.next_ordinal = self.next_ordinal.max(ordinal + 1);
        }
        previous
    }

    /// As [`append`](Self::append) for some names: the entries from `first` to before `behind`.
    pub(super) fn append_names(&mut self, first: u32, behind: u32) -> u32 {
        let previous = self.last;
        if self.first == NONE {
            self.first = first;
        }
        self.last = behind - 1;
        self.list = false;
        self.len += behind - first;
        previous
    }
}
