//! Finding a key among thousands: one hash table for all large levels of a tree.
//!
//! Linear probing over four-byte places, at most half full. Nearly all keys are new, and a new key
//! costs one look at one cache line; the table is small so that the line is near.

use super::NONE;
use foldhash::quality::RandomState;
use std::hash::{BuildHasher, Hasher};

/// The hash table; unallocated until a level grows large.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// As many bits as it takes to name a node (plus one: zero is free), above them bits of the
    /// key's hash, by which most other keys differ.
    places: Vec<u32>,
    /// The bits of a place that are the hash's.
    hash_bits: u32,
    used: usize,
    /// Seeded at random, so that a sender can't choose keys that collide.
    state: RandomState,
}

impl Index {
    /// Returns whether `more` entries, of nodes below `nodes`, need a larger table: then it is
    /// [cleared](Self::clear) and all put in again.
    #[inline]
    pub(super) fn is_full(&self, more: usize, nodes: usize) -> bool {
        (self.used + more) * 2 > self.places.len() || nodes >= self.places.len()
    }

    /// Makes an empty table with room for `nodes` entries, at least.
    pub(super) fn clear(&mut self, nodes: usize) {
        let places = (nodes * 2).next_power_of_two().max(64);
        self.used = 0;
        self.places = vec![0; places];
        self.hash_bits = u32::try_from(places).map_or(0, |places| !(places - 1));
    }

    /// Returns the node with this key in this level; `node` becomes it when there is not one. There
    /// is room for it, and its number is below the number of places.
    #[inline]
    pub(super) fn find_or_insert(
        &mut self,
        level: u32,
        key: &[u8],
        ordinal: u32,
        node: u32,
        same: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let hash = self.hash(level, key, ordinal);
        let (above, mask) = (self.hash_bits, self.places.len() - 1);
        let wanted = upper(hash) & above;
        let mut at = lower(hash) & mask;
        loop {
            let place = self.places.get_mut(at)?;
            if *place == 0 {
                *place = wanted | (node + 1);
                self.used += 1;
                return None;
            }
            let found = (*place & !above).wrapping_sub(1);
            if *place & above == wanted && same(found) {
                return Some(found);
            }
            at = (at + 1) & mask;
        }
    }

    #[inline]
    fn hash(&self, level: u32, key: &[u8], ordinal: u32) -> u64 {
        let mut hasher = self.state.build_hasher();
        hasher.write_u32(level);
        // `[]` and `[3]` may be the same key; the number decides.
        if ordinal == NONE {
            hasher.write(key);
        } else {
            hasher.write_u32(ordinal);
        }
        hasher.finish()
    }
}

#[inline]
#[allow(clippy::cast_possible_truncation)]
fn upper(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[inline]
#[allow(clippy::cast_possible_truncation)]
fn lower(hash: u64) -> usize {
    hash as u32 as usize
}
