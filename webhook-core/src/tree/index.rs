//! Finding a key among thousands: one hash table for all large levels of a tree.
//!
//! Linear probing over four-byte places, at most half full. Nearly all keys are new, and a new key
//! costs one look at one cache line; the table is small so that the line is near.

use super::NONE;
use super::node::{UNPLACED, WIDE};
use foldhash::quality::RandomState;
use std::hash::{BuildHasher, Hasher};

/// The hash table; unallocated until a level grows large.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// As many bits as it takes to name a node (plus one: zero is free), above them bits of the
    /// key's hash that tell most other keys apart.
    places: Vec<u32>,
    /// The bits of a place that are the hash's.
    hash_bits: u32,
    used: usize,
    /// Seeded at random, so that a sender can't choose keys that collide.
    state: RandomState,
}

impl Index {
    /// Whether `more` entries, of nodes below `nodes`, need a larger table: then it is
    /// [cleared](Self::clear) and all put in again.
    #[inline]
    pub(super) fn is_full(&self, more: usize, nodes: usize) -> bool {
        (self.used + more) * 2 > self.places.len() || nodes >= self.places.len()
    }

    /// An empty table with room for `nodes` entries, at least.
    pub(super) fn clear(&mut self, nodes: usize) {
        let places = (nodes * 2).next_power_of_two().max(64);
        self.used = 0;
        self.places = vec![0; places];
        self.hash_bits = u32::try_from(places).map_or(0, |places| !(places - 1));
    }

    /// The node with this key in this level; `node` becomes it when there is none. There is room
    /// for it, and its number is below the number of places.
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

/// Returns the number that a key is when it is written canonically: `0`, `7`, `2024`, not `07`.
/// [`UNPLACED`] when it is one (to PHP, 64 bits wide, perhaps negative) without a place in a node.
#[inline]
pub(super) fn ordinal(key: &[u8]) -> u32 {
    match key {
        [b'0'] => 0,
        [b'1'..=b'9', ..] if key.len() <= MOST_DIGITS => long_ordinal(key),
        [b'-', b'1'..=b'9', ..] if number(key).is_some() => UNPLACED,
        _ => NONE,
    }
}

/// Returns the number that a key without leading zeros is.
pub(super) fn number(key: &[u8]) -> Option<i64> {
    str::from_utf8(key).ok()?.parse().ok()
}

/// Whether a key is surely no number, nor empty. From `-` to `9` there are `.` and `/` too: names
/// that begin with those are looked at more closely, and one comparison is enough.
#[inline]
pub(super) fn is_name(key: &[u8]) -> bool {
    key.first().is_some_and(|first| !(b'-'..=b'9').contains(first))
}

/// Digits of the largest number that PHP counts by, 2⁶³ - 1.
const MOST_DIGITS: usize = 19;

fn long_ordinal(key: &[u8]) -> u32 {
    let mut number = 0u64;
    for byte in key {
        if !byte.is_ascii_digit() {
            return NONE;
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
    }
    match u32::try_from(number) {
        Ok(number) if number < WIDE => number,
        _ if i64::try_from(number).is_ok() => UNPLACED,
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
