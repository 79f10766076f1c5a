//! A pair, and how it gets to who wants it.

use crate::rejection::Rejection;
use std::ops::Range;

/// Receives the pairs of a body in wire order.
pub(crate) trait PairSink {
    /// Takes the next few pairs.
    fn pairs(&mut self, text: &[u8], pairs: &[Pair]) -> Result<(), Rejection>;
}

/// One pair: ranges into the decoded text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pair {
    pub(super) name: usize,
    pub(super) name_end: usize,
    pub(super) value_end: usize,
    /// Where the pair begins in the body.
    pub(super) offset: usize,
    /// How much of the name, up to its first `[`, is known to be as in the pair before; 0 when
    /// that isn't known.
    pub(super) shared: usize,
    /// Bytes of the `=` that ended the name: 0 when there was none.
    pub(super) equals: usize,
}

impl Pair {
    #[inline]
    pub(super) fn at(offset: usize, name: usize) -> Self {
        Self { name, offset, ..Self::default() }
    }

    /// The first `=` is found: the name ends before it.
    #[inline]
    pub(super) fn name_to(&mut self, end: usize) {
        self.name_end = end;
        self.equals = 1;
    }

    #[inline]
    pub(super) fn is_named(&self) -> bool {
        self.equals > 0
    }

    #[inline]
    pub(super) fn name(&self) -> Range<usize> {
        self.name..self.name_end
    }

    /// Behind the `=`; without one, empty.
    #[inline]
    pub(super) fn value(&self) -> Range<usize> {
        self.name_end + self.equals..self.value_end
    }
}

/// Pairs that are worth handing on.
const BATCH: usize = 16;
/// A block ends a pair with every second byte at most, and then the batch is looked at.
const MOST: usize = 64;

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

    /// The pair ends at `end`; nothing at all is no pair.
    #[inline]
    pub(super) fn end(&mut self, mut pair: Pair, end: usize) {
        pair.value_end = end;
        if !pair.is_named() {
            pair.name_end = end;
        }
        if let Some(place) = self.pairs.get_mut(self.len) {
            *place = pair;
            self.len += usize::from(end > pair.name);
        }
    }

    /// Hands on what there is when it is worth it.
    #[inline]
    pub(super) fn flush_full(
        &mut self,
        text: &[u8],
        sink: &mut impl PairSink,
    ) -> Result<(), Rejection> {
        if self.len >= BATCH { self.flush(text, sink) } else { Ok(()) }
    }

    pub(super) fn flush(&mut self, text: &[u8], sink: &mut impl PairSink) -> Result<(), Rejection> {
        let pairs = self.pairs.get(..self.len).unwrap_or_default();
        self.len = 0;
        sink.pairs(text, pairs)
    }
}
