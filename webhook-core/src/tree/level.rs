//! What a level remembers of its keys as they come.

use super::NONE;

/// The entries under one name, chained in wire order.
#[derive(Debug, Clone)]
pub(super) struct Level {
    /// A bit for each key that came: most new keys find theirs unset and need no search.
    seen: [u64; 16],
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) len: u32,
    /// What the next `[]` is called; from [`HUGE`](super::node::HUGE) on nobody can tell.
    pub(super) next_ordinal: u32,
    /// Keys so far are 0…n-1 in order.
    pub(super) list: bool,
    pub(super) indexed: bool,
    /// Came as a JSON object: its keys are names, though they may look like positions.
    pub(super) object: bool,
}

impl Level {
    pub(super) const EMPTY: Self = Self {
        seen: [0; 16],
        first: NONE,
        last: NONE,
        len: 0,
        next_ordinal: 0,
        list: true,
        indexed: false,
        object: false,
    };

    /// Without entries, though it remembers their keys.
    #[inline]
    pub(super) fn clear(&mut self) {
        (self.first, self.last, self.len) = (NONE, NONE, 0);
    }

    /// Whether a key with this tag may have come before; it has now.
    #[inline]
    pub(super) fn remember(&mut self, tag: u32) -> bool {
        // Fibonacci hashing: the upper bits of the product are well mixed.
        let hash = tag.wrapping_mul(0x9e37_79b9);
        let bit = 1 << (hash >> 26);
        let Some(word) = self.seen.get_mut((hash >> 22 & 15) as usize) else { return true };
        let known = *word & bit != 0;
        *word |= bit;
        known
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
        if ordinal != NONE {
            self.next_ordinal = self.next_ordinal.max(ordinal.saturating_add(1));
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
