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
    /// A key's hash above, its node plus one below; zero is free. (Plain integers, because the
    /// allocator hands out zeroed memory for those without touching it.)
    places: Vec<u64>,
    used: usize,
    /// Seeded at random, so that a sender can't choose keys that collide.
    state: RandomState,
}

impl Index {
    /// Makes sure that there is room for `nodes` entries.
    pub(super) fn reserve(&mut self, nodes: usize) {
        let places = (nodes.max(self.used + 1) * 2).next_power_of_two();
        if places <= self.places.len() {
            return;
        }
        let old = std::mem::replace(&mut self.places, vec![0; places]);
        for place in old.into_iter().filter(|place| *place != 0) {
            self.probe(place, |_| false);
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
        let wanted = self.hash(level, key, ordinal) & HASH | u64::from(node + 1);
        let found = self.probe(wanted, |found| same(node_of(found)));
        self.used += usize::from(found.is_none());
        found.map(node_of)
    }

    /// The place with the same hash for which `same` holds; `wanted` goes there when none does.
    #[inline]
    fn probe(&mut self, wanted: u64, same: impl Fn(u64) -> bool) -> Option<u64> {
        let mask = self.places.len() - 1;
        let mut at = (wanted >> 32) as usize & mask;
        while let Some(place) = self.places.get_mut(at) {
            if *place == 0 {
                *place = wanted;
                return None;
            }
            if *place & HASH == wanted & HASH && same(*place) {
                return Some(*place);
            }
            at = (at + 1) & mask;
        }
        None
    }

    #[inline]
    fn hash(&self, level: u32, key: &[u8], ordinal: u32) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write_u32(level);
        // `[]` and `[3]` may be the same key; the number decides.
        if ordinal == NONE { hasher.write(key) } else { hasher.write_u32(ordinal) }
        hasher.finish()
    }
}

/// The half of a place that is the hash.
const HASH: u64 = !0 << 32;

#[inline]
#[allow(clippy::cast_possible_truncation)]
fn node_of(place: u64) -> u32 {
    (place as u32).wrapping_sub(1)
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
