//! Finding a key among thousands: one hash table for all large levels of a tree.
//!
//! Linear probing over eight-byte places, never more than half full and never grown: entries are
//! only added, and how many may come is known when it is made. So a key that is new, which nearly
//! all are, costs one look at one cache line.

use super::NONE;
use foldhash::quality::RandomState;
use std::hash::{BuildHasher, Hasher};

/// The hash table; unallocated until a level grows large.
#[derive(Debug, Default)]
pub(crate) struct Index {
    places: Vec<Place>,
    used: usize,
    /// Seeded at random, so that a sender can't choose keys that collide.
    state: RandomState,
}

/// A node and its key's hash; all zero when free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    hash: u32,
    /// One more than the node, so that nothing is zero and a fresh table is zeroed memory.
    node: u32,
}

impl Index {
    /// Makes sure that there is room for `nodes` entries.
    pub(super) fn reserve(&mut self, nodes: usize) {
        let places = (nodes.max(self.used + 1) * 2).next_power_of_two();
        if places <= self.places.len() {
            return;
        }
        let old = std::mem::replace(&mut self.places, vec![Place { hash: 0, node: 0 }; places]);
        for place in old.into_iter().filter(|place| place.node != 0) {
            self.probe(place.hash, |_| false, place.node);
        }
    }

    /// The node with this key in this level; `node` becomes it when there is none.
    #[inline]
    pub(super) fn find_or_insert(
        &mut self,
        level: u32,
        key: &[u8],
        ordinal: u32,
        node: u32,
        same: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        if self.used * 2 >= self.places.len() {
            self.reserve(self.used * 2);
        }
        let hash = self.hash(level, key, ordinal);
        let found = self.probe(hash, |found| same(found - 1), node + 1);
        self.used += usize::from(found.is_none());
        found.map(|found| found - 1)
    }

    #[inline]
    fn probe(&mut self, hash: u32, same: impl Fn(u32) -> bool, node: u32) -> Option<u32> {
        let mask = self.places.len() - 1;
        let mut at = hash as usize & mask;
        while let Some(place) = self.places.get_mut(at) {
            if place.node == 0 {
                *place = Place { hash, node };
                return None;
            }
            if place.hash == hash && same(place.node) {
                return Some(place.node);
            }
            at = (at + 1) & mask;
        }
        None
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    fn hash(&self, level: u32, key: &[u8], ordinal: u32) -> u32 {
        let mut hasher = self.state.build_hasher();
        hasher.write_u32(level);
        // `[]` and `[3]` may be the same key; the number decides.
        if ordinal == NONE { hasher.write(key) } else { hasher.write_u32(ordinal) }
        hasher.finish() as u32
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
