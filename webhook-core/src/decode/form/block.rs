//! The hot loop: 64 bytes of a body at a time.
//!
//! A block sees its own bytes, and those that a name's prefix or end may reach into the next,
//! as one array; so does it see the place where its text goes. All places within are small
//! numbers, so the compiler knows that they are inside, and nothing is checked twice.

use super::pair::{Batch, Pair};
use super::prefix::Prefix;
use super::triplets::{self, STEP_OUT};
use super::window::{self, BLOCK, WINDOW};

/// What goes on from one block to the next.
pub(super) struct Decoder {
    pair: Pair,
    prefix: Prefix,
    /// How much of the next block the last one has dealt with already.
    ahead: usize,
    /// The length of the text so far.
    written: usize,
    /// Whether the last block stopped before a run of triplets.
    is_at_triplets: bool,
}

/// The buffer of a form's text grows by so many bytes: it is zeroed in pieces that are still in the
/// cache when they are written.
const TEXT_GROWTH: usize = 4096;

impl Decoder {
    pub(super) fn new() -> Self {
        let (pair, prefix) = (Pair::default(), Prefix::NONE);
        Self { pair, prefix, ahead: 0, written: 0, is_at_triplets: false }
    }

    /// Ends the last pair with the body. Returns the length of the text.
    pub(super) fn finish(self, batch: &mut Batch) -> usize {
        batch.end(self.pair, self.written);
        self.written
    }

    /// Decodes `source` from `at` on, up to `len`, as long as the batch takes pairs and there is a
    /// whole window. Returns where it stopped.
    pub(super) fn decode(
        &mut self,
        source: &[u8],
        (at, len): (usize, usize),
        buffer: &mut Vec<u8>,
        batch: &mut Batch,
    ) -> usize {
        let at = self.blocks(source, (at, len), buffer, batch);
        if self.is_at_triplets { self.triplets(source, (at, len), buffer) } else { at }
    }

    /// Decodes blocks, which stop before a run of triplets.
    #[inline(never)]
    fn blocks(
        &mut self,
        source: &[u8],
        (mut at, len): (usize, usize),
        buffer: &mut Vec<u8>,
        batch: &mut Batch,
    ) -> usize {
        // In locals, which the compiler may keep in registers.
        let Self { mut pair, mut prefix, mut ahead, mut written, .. } = *self;
        let mut is_at_triplets = false;
        while at < len && !batch.is_full() {
            let Some(window) = source.get(at..).and_then(<[u8]>::first_chunk) else { break };
            let out = buffer.get_mut(written..written + WINDOW);
            let Some(out) = out.and_then(<[u8]>::first_chunk_mut) else {
                grow(buffer, written + WINDOW);
                continue;
            };
            let block = Block { source: window, out, start: written };
            let len = (len - at).min(BLOCK);
            let (run, to) = block.decode(ahead, len, &mut pair, &mut prefix, batch);
            written += to;
            if run < len {
                (ahead, is_at_triplets) = (run, true);
                break;
            }
            ahead = run - len;
            at += BLOCK;
        }
        *self = Self { pair, prefix, ahead, written, is_at_triplets };
        at
    }

    /// Decodes a run of triplets, and what follows it.
    fn triplets(
        &mut self,
        source: &[u8],
        (at, len): (usize, usize),
        buffer: &mut Vec<u8>,
    ) -> usize {
        let from = at + self.ahead;
        // So much at a time that the buffer, zeroed before it is written, stays in the cache.
        let until = (len - from).min(2 * TEXT_GROWTH);
        let room = self.written + until / 3 + 2 * STEP_OUT;
        // As much as the body is long is enough for any text.
        let room = room.min(buffer.capacity());
        if buffer.len() < room {
            grow(buffer, room);
        }
        let (source, out) = (source.get(from..), buffer.get_mut(self.written..));
        let done = triplets::decode(source.unwrap_or_default(), until, out.unwrap_or_default());
        self.written += done.written;
        self.ahead = 0;
        from + done.read
    }
}

/// Makes more room in the buffer: mostly `TEXT_GROWTH`, within its capacity; `least` at least.
#[cold]
#[inline(never)]
fn grow(buffer: &mut Vec<u8>, least: usize) {
    let more = (buffer.len() + TEXT_GROWTH).min(buffer.capacity());
    buffer.resize(more.max(least), 0);
}

/// One block: what it sees, and where its text begins.
struct Block<'a> {
    source: &'a [u8; WINDOW],
    out: &'a mut [u8; WINDOW],
    start: usize,
}

impl Block<'_> {
    /// Decodes the block up to `len`, from `run` on. Returns how far it got, and how much text that
    /// is: less than to `len` where a value goes on with a run of triplets.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's locals are to stay in registers
    fn decode(
        self,
        mut run: usize,
        len: usize,
        pair: &mut Pair,
        prefix: &mut Prefix,
        batch: &mut Batch,
    ) -> (usize, usize) {
        let Self { source, out, start } = self;
        // `run` is the first byte not yet done with, `to` where it goes: both stand for a step
        // that is copied already. Text never gets longer than it was, so `to` is at most `run`.
        let mut to = 0;
        let mut mask = window::specials(source) & window::from(run);
        window::step(source, window::inside(run), out, to);
        while mask != 0 {
            let at = mask.trailing_zeros() as usize;
            mask &= mask - 1;
            window::rest(source, run, at, out, to);
            let end = window::inside(to + (at - run));
            // Where the special turns out to be none, the run goes on.
            match source.get(at) {
                Some(b'&') => {
                    batch.end(*pair, start + end);
                    window::put(out, end, [b'&']);
                    (run, to) = (at + 1, end + 1);
                    *pair = Pair::at(start + to);
                    // Only what the pair right before began with: the sink knows where that goes.
                    if prefix.repeats(source, run) {
                        window::put(out, to, prefix.text());
                        pair.share(prefix.text_len());
                        run = window::inside(run + prefix.raw_len());
                        to = window::inside(to + prefix.text_len());
                        // Its one special, when that isn't in the next block.
                        mask &= mask.wrapping_sub(1);
                    } else {
                        *prefix = Prefix::NONE;
                    }
                    window::step(source, run, out, to);
                }
                Some(b'%') if !pair.is_named() && window::closes(source, at) => {
                    window::put(out, end, *b"]=");
                    pair.name_to(start + end + 1);
                    (run, to) = (at + 4, end + 2);
                    window::step(source, run, out, to);
                    // The `=`, when that isn't in the next block.
                    mask &= mask.wrapping_sub(1);
                }
                Some(b'%') => {
                    let Some(byte) = window::escape(source, at) else { continue };
                    // The last of six first: few escapes of plain text get further.
                    if source.get(at + 15) == Some(&b'%')
                        && window::is_run(mask, at)
                        && pair.is_named()
                    {
                        return (at, end);
                    }
                    window::put(out, end, [byte]);
                    (run, to) = (at + 3, end + 1);
                    window::step(source, run, out, to);
                    if byte == b'['
                        && !pair.is_named()
                        && !prefix.is_some()
                        && let Some(name) = pair.name().start.checked_sub(start)
                    {
                        *prefix = Prefix::learn(source, run, out, name..end);
                    }
                }
                _ if !pair.is_named() => {
                    window::put(out, end, [b'=']);
                    pair.name_to(start + end);
                    (run, to) = (at + 1, end + 1);
                    window::step(source, run, out, to);
                }
                _ => {}
            }
        }
        if run < len {
            window::rest(source, run, len, out, to);
            to += len - run;
            run = len;
        }
        (run, to)
    }
}
