//! A Bloom filter of one hash: most new keys are known to be new without a search.

use std::ops::RangeInclusive;

/// Words of 64 bits that every filter has; a power of two.
const FEW_SEEN_WORDS: usize = 32;

/// A bit for each key that came in any level of a tree (a Bloom filter of one hash).
#[derive(Debug)]
pub(super) struct BloomFilter {
    few: [u64; FEW_SEEN_WORDS],
    /// More words, as many as a power of two; empty where the few are all.
    many: Vec<u64>,
}

/// Numbers of keys for which a filter has more words than that. For fewer keys the few words do, and of
/// more some level is indexed, most likely.
const SEEN_KEYS: RangeInclusive<usize> = 129..=512;

impl BloomFilter {
    /// Makes a filter for so many keys. With a word for each, hardly any new one is taken for
    /// known; for few keys the few words do, and very many keys are indexed anyway.
    #[inline(always)]
    #[allow(clippy::inline_always)] // it is large, and would be moved once more
    pub(super) fn for_keys(keys: usize) -> Self {
        let words = if SEEN_KEYS.contains(&keys) { keys.next_power_of_two() } else { 0 };
        Self { few: [0; FEW_SEEN_WORDS], many: if words > 0 { vec![0; words] } else { Vec::new() } }
    }

    #[inline]
    pub(super) fn words(&mut self) -> Words<'_> {
        Words(if self.many.is_empty() { &mut self.few } else { &mut self.many })
    }
}

/// The words of a filter, borrowed for a loop over keys.
pub(super) struct Words<'a>(&'a mut [u64]);

impl Words<'_> {
    /// Returns whether a key with this tag may have come before in this level; it has now.
    #[inline]
    pub(super) fn remember(&mut self, level: u32, tag: u32) -> bool {
        // Fibonacci hashing: the upper bits of the product are well mixed.
        let key = u64::from(level) << 32 | u64::from(tag);
        let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let bit = 1 << (hash >> 58);
        let Some(word) = self.0.get_mut(low(hash >> 46) & (self.0.len() - 1)) else { return true };
        let known = *word & bit != 0;
        *word |= bit;
        known
    }
}

#[inline]
#[allow(clippy::cast_possible_truncation)]
fn low(hash: u64) -> usize {
    hash as usize
}
