//! Finding a key among thousands: one hash table for all large levels of a tree.

use super::NONE;
use foldhash::quality::RandomState;
use hashbrown::HashTable;
use std::hash::{BuildHasher, Hash, Hasher};

/// The hash table; empty and unallocated until a level grows large.
#[derive(Debug, Default)]
pub(crate) struct Index {
    table: HashTable<Found>,
    /// Seeded at random, so that a sender can't choose keys that collide.
    state: RandomState,
}

#[derive(Debug, Clone, Copy)]
struct Found {
    hash: u64,
    level: u32,
    node: u32,
}

impl Index {
    pub(super) fn reserve(&mut self, nodes: usize) {
        if self.table.capacity() == 0 {
            self.table.reserve(nodes, |found| found.hash);
        }
    }

    pub(super) fn insert(&mut self, level: u32, key: &[u8], ordinal: u32, node: u32) {
        let hash = self.hash(level, key, ordinal);
        self.table.insert_unique(hash, Found { hash, level, node }, |found| found.hash);
    }

    pub(super) fn find(
        &self,
        level: u32,
        key: &[u8],
        ordinal: u32,
        same: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let hash = self.hash(level, key, ordinal);
        let matches =
            |found: &Found| found.hash == hash && found.level == level && same(found.node);
        self.table.find(hash, matches).map(|found| found.node)
    }

    fn hash(&self, level: u32, key: &[u8], ordinal: u32) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write_u32(level);
        // `[]` and `[3]` may be the same key; the number decides.
        if ordinal == NONE {
            key.hash(&mut hasher)
        } else {
            ordinal.hash(&mut hasher)
        }
        hasher.finish()
    }
}

/// The number that a key is when it is written canonically: `0`, `7`, `2024`, not `07` or `-1`.
#[inline]
pub(super) fn ordinal(key: &[u8]) -> u32 {
    match key {
        [b'0'] => 0,
        [b'1'..=b'9', ..] if key.len() <= 9 => {
            let mut number = 0u32;
            for byte in key {
                if !byte.is_ascii_digit() {
                    return NONE;
                }
                number = number * 10 + u32::from(byte - b'0');
            }
            number
        }
        _ => NONE,
    }
}

/// A cheap digest: the length, the first bytes and the last.
#[inline]
pub(super) fn tag(key: &[u8], ordinal: u32) -> u32 {
    if ordinal != NONE {
        return ordinal;
    }
    let ends = match (key.first_chunk::<4>(), key.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u32::from_le_bytes(*first) ^ u32::from_le_bytes(*last).rotate_left(13)
        }
        _ => key.iter().fold(0, |all, byte| all << 8 | u32::from(*byte)),
    };
    #[allow(clippy::cast_possible_truncation)]
    let length = key.len() as u32;
    ends ^ length.rotate_left(25)
}
