//! A pair of a name and a value, and the sink that takes it.

use super::window::BLOCK;
use crate::rejection::Refusal;
use std::ops::Range;

/// Receives the pairs of a body in wire order.
pub(crate) trait PairSink {
    /// Takes the next few pairs.
    fn pairs(&mut self, text: &[u8], pairs: &[Pair]) -> Result<(), Refusal>;
}

/// One pair: ranges into the decoded text. In 32 bits, as bodies are at most 1 GiB.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pair {
    name: u32,
    name_end: u32,
    value_end: u32,
    /// See [`shared`](Self::shared).
    shared: u32,
    /// Bytes of the `=` that ended the name: 0 when there was none.
    equals: u32,
}

impl Pair {
    /// Begins a pair at `name` in the text.
    #[inline]
    pub(super) fn at(name: usize) -> Self {
        Self { name: narrow(name), ..Self::default() }
    }

    /// Ends the name before the first `=`.
    #[inline]
    pub(super) fn name_to(&mut self, end: usize) {
        self.name_end = narrow(end);
        self.equals = 1;
    }

    #[inline]
    pub(super) fn is_named(&self) -> bool {
        self.equals > 0
    }

    /// Notes that so much of the name, up to its first `[`, is as in the pair before.
    #[inline]
    pub(super) fn share(&mut self, len: usize) {
        self.shared = narrow(len);
    }

    /// Returns how much of the name, up to its first `[`, is known to be as in the pair before; 0
    /// when that isn't known.
    #[inline]
    pub(super) fn shared(&self) -> usize {
        self.shared as usize
    }

    #[inline]
    pub(super) fn name(&self) -> Range<usize> {
        self.name as usize..self.name_end as usize
    }

    /// Returns the value after the `=`; empty where there is no `=`.
    #[inline]
    pub(super) fn value(&self) -> Range<usize> {
        (self.name_end + self.equals) as usize..self.value_end as usize
    }

    /// Makes a pair of a name and a value that were copied one after the other.
    pub(super) fn moved(name: Range<usize>, value_end: usize) -> Self {
        let (value_end, name_end) = (narrow(value_end), narrow(name.end));
        Self { name: narrow(name.start), name_end, value_end, shared: 0, equals: 0 }
    }
}

#[inline]
#[allow(clippy::cast_possible_truncation)]
fn narrow(place: usize) -> u32 {
    place as u32
}

/// Pairs that are worth handing on.
const BATCH: usize = 31;
/// A block ends a pair with every second byte at most, and then the batch is looked at. A power of
/// two, so that a place in it is checked by a mask.
const MOST: usize = 64;
const _: () = assert!(BATCH + BLOCK / 2 < MOST);

/// Finished pairs not yet handed on. A pair that was written this moment is slow to read: its
/// bytes are still on their way to the cache.
pub(super) struct Batch {
    pairs: [Pair; MOST],
    len: usize,
}

impl Batch {
    pub(super) fn new() -> Self {
        Self { pairs: [Pair::default(); MOST], len: 0 }
    }

    /// Ends the pair at `end`, perhaps before any `=`; nothing at all is no pair.
    #[inline]
    pub(super) fn end(&mut self, mut pair: Pair, end: usize) {
        pair.value_end = narrow(end);
        if !pair.is_named() {
            pair.name_end = pair.value_end;
        }
        // In bounds, as the compiler can see.
        #[allow(clippy::indexing_slicing)]
        let place = &mut self.pairs[self.len % MOST];
        *place = pair;
        self.len += usize::from(pair.value_end > pair.name);
    }

    /// Returns whether it is worth handing on.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.len >= BATCH
    }

    /// Hands on what there is.
    pub(super) fn flush(&mut self, text: &[u8], sink: &mut impl PairSink) -> Result<(), Refusal> {
        let pairs = self.pairs.get(..self.len).unwrap_or_default();
        self.len = 0;
        sink.pairs(text, pairs)
    }
}
