//! The hot loop: 64 bytes of a body at a time.
//!
//! A block sees its own bytes, and those that a name's beginning or end may reach into the next,
//! as one array; so does it see the place where its text goes. All places within are small
//! numbers, so the compiler knows that they are inside, and nothing is checked twice.

use super::beginning::Beginning;
use super::pair::{Batch, Pair};
use super::scan;

/// Bytes classified at a time: one bit each in a `u64`.
pub(super) const BLOCK: usize = 64;
/// Bytes that a block may look at; as many it may write, of which the next one overwrites what was
/// too much.
pub(super) const WINDOW: usize = 2 * BLOCK + scan::STEP;

/// What goes on from one block to the next.
pub(super) struct Decoder {
    pair: Pair,
    beginning: Beginning,
    /// How much of the next block the last one has dealt with already.
    ahead: usize,
    /// The length of the text so far.
    written: usize,
}

impl Decoder {
    pub(super) fn new() -> Self {
        let (pair, beginning) = (Pair::default(), Beginning::NONE);
        Self { pair, beginning, ahead: 0, written: 0 }
    }

    /// The body is at its end: so is the last pair. Returns the length of the text.
    pub(super) fn finish(self, batch: &mut Batch) -> usize {
        batch.end(self.pair, self.written);
        self.written
    }

    /// Decodes the first `len` bytes of `source`, which stands at `base` in the body.
    pub(super) fn block(
        &mut self,
        base: usize,
        source: &[u8; WINDOW],
        len: usize,
        buffer: &mut [u8],
        batch: &mut Batch,
    ) {
        let start = self.written;
        let Some(out) = buffer.get_mut(start..).and_then(<[u8]>::first_chunk_mut::<WINDOW>) else {
            return;
        };
        let mut pair = self.pair;
        // `run` is the first byte not yet copied, `to` where it goes. Text never gets longer than
        // it was, so `to` is at most `run`.
        let (mut run, mut to) = (self.ahead, 0);
        let mut mask = scan::specials(source) & scan::from(run);
        while mask != 0 {
            let at = mask.trailing_zeros() as usize;
            mask &= mask - 1;
            let special = source.get(at).copied().unwrap_or_default();
            // Where the special turns out to be none, the same run is copied again, longer.
            scan::copy(source, run, at, out, to);
            let end = to + (at - run);
            if special == b'%' {
                if !pair.is_named() && scan::closes(source, at) {
                    scan::put(out, end, *b"]=");
                    pair.name_to(start + end + 1);
                    (run, to) = (at + 4, end + 2);
                    mask &= scan::from(run);
                } else if let Some(byte) = scan::escape(source, at) {
                    scan::put(out, end, [byte]);
                    (run, to) = (at + 3, end + 1);
                    if byte == b'[' && !pair.is_named() && !self.beginning.is_some() {
                        let began =
                            (pair.offset().checked_sub(base), pair.name().start.checked_sub(start));
                        if let (Some(raw), Some(text)) = began {
                            self.beginning = Beginning::learn(source, raw..run, out, text..end);
                        }
                    }
                }
            } else if special == b'&' {
                batch.end(pair, start + end);
                scan::put(out, end, [b'&']);
                (run, to) = (at + 1, end + 1);
                pair = Pair::at(base + run, start + to);
                // Only what the pair right before began with: the sink knows where that goes.
                if self.beginning.repeats(source, run) {
                    scan::put(out, to, self.beginning.text());
                    pair.share(self.beginning.text_len());
                    (run, to) = (run + self.beginning.raw_len(), to + pair.shared());
                    mask &= scan::from(run);
                } else {
                    self.beginning = Beginning::NONE;
                }
            } else if !pair.is_named() {
                scan::put(out, end, [b'=']);
                pair.name_to(start + end);
                (run, to) = (at + 1, end + 1);
            }
        }
        if run < len {
            scan::copy(source, run, len, out, to);
            to += len - run;
            run = len;
        }
        self.ahead = run - len;
        self.written = start + to;
        self.pair = pair;
    }
}
