//! Form bodies: bytes → decoded text and ranges into it, in one pass.
//!
//! The rules are those of WHATWG URL, *application/x-www-form-urlencoded parsing*, with strict
//! UTF-8. What a name's brackets mean is [`path`]'s business.
//!
//! How it is fast: the specials of 64 bytes at a time become one bit mask, so the runs between
//! them are copied sixteen bytes a step and the few specials are the only branches. The text of
//! all pairs lands in one buffer that keeps the `=` and `&` between them: two halves of a
//! character never meet across a boundary, so one UTF-8 check of the whole buffer holds for
//! every range.

mod load;
mod path;
mod scan;

use crate::rejection::Rejection;
use scan::{BLOCK, SLACK};

pub(crate) use load::{load, offset_of};
use std::ops::Range;

/// Receives the pairs of a body in wire order.
pub(crate) trait PairSink {
    /// Takes one pair.
    fn pair(&mut self, text: &[u8], pair: Pair) -> Result<(), Rejection>;
}

/// One pair: ranges into the decoded text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pair {
    name: usize,
    name_end: usize,
    value: usize,
    value_end: usize,
    /// How much of the name, up to its first `[`, is known to be as in the pair before; 0 when
    /// that isn't known.
    shared: usize,
    /// Where the pair begins in the body.
    offset: usize,
}

impl Pair {
    #[inline]
    fn name(&self) -> Range<usize> {
        self.name..self.name_end
    }

    #[inline]
    fn value(&self) -> Range<usize> {
        self.value..self.value_end
    }
}

/// How a name begins, up to its first escaped `[`: mostly the next name begins the same way, and
/// then this need not be decoded again.
#[derive(Debug, Clone, Copy, Default)]
struct Beginning {
    /// Where it stands in the body, and how long it is there.
    raw: usize,
    raw_len: usize,
    /// How long it is decoded; 0 when there is none to share.
    len: usize,
}

/// Decodes `body` and hands each pair to `sink`; returns the buffer that the ranges point into.
/// Empty pairs are skipped.
pub(crate) fn decode(body: &[u8], sink: &mut impl PairSink) -> Result<Vec<u8>, Rejection> {
    let mut buffer = vec![0; body.len() + SLACK];
    let out = buffer.as_mut_slice();
    let mut batch = Batch { pairs: [Pair::default(); BATCH], len: 0 };
    // `run` is the first byte of the body not yet copied, `written` the length of the text so
    // far; `pair` describes the current one, whose name ends where its first `=` stood.
    let (mut run, mut written) = (0, 0);
    let mut pair = Pair::default();
    let mut named = false;
    let mut beginning = Beginning::default();

    let (blocks, tail) = body.as_chunks::<BLOCK>();
    let mut last = [0; BLOCK];
    for (to, from) in last.iter_mut().zip(tail) {
        *to = *from;
    }
    let mut base = 0;
    for block in blocks.iter().chain([&last]) {
        let mut mask = scan::specials(block);
        while mask != 0 {
            let at = base + mask.trailing_zeros() as usize;
            mask &= mask - 1;
            if at < run {
                continue;
            }
            let special = body.get(at).copied().unwrap_or_default();
            // `%XX` becomes its byte; anything else after `%` stays as it is, and so does an `=`
            // in a value.
            let byte = match special {
                b'%' => match scan::escape(body, at) {
                    Some(byte) => byte,
                    None => continue,
                },
                b'=' if named => continue,
                other => other,
            };
            scan::copy(body, run..at, out, written);
            written += at - run;
            run = if special == b'%' { at + 3 } else { at + 1 };
            if special == b'=' {
                named = true;
                pair.name_end = written;
            } else if special == b'&' {
                batch.end(pair, named, written, out, sink)?;
                named = false;
            } else if byte == b'[' && !named && pair.shared == 0 && beginning.len == 0 {
                // Not when a raw `[` came first: the name is cut there.
                if scan::find(out, pair.name..written, b'[').is_none() {
                    let (raw, raw_len) = (pair.offset, run - pair.offset);
                    beginning = Beginning { raw, raw_len, len: written + 1 - pair.name };
                }
            }
            if let Some(place) = out.get_mut(written) {
                *place = byte;
            }
            written += 1;
            if special == b'&' {
                // Only the pair right before counts, and only where its name began like that.
                let began = pair.shared == beginning.len || pair.offset == beginning.raw;
                let (Beginning { raw, raw_len, len }, from) = (beginning, pair.name);
                pair = Pair { name: written, offset: run, ..Pair::default() };
                let shares =
                    began && len > 0 && scan::same(body, raw..raw + raw_len, run..run + raw_len);
                if shares && scan::repeat(out, from, written, len) {
                    pair.shared = len;
                    written += len;
                    run += raw_len;
                } else {
                    beginning = Beginning::default();
                }
            }
        }
        base += BLOCK;
    }
    scan::copy(body, run..body.len(), out, written);
    written += body.len() - run;
    batch.end(pair, named, written, out, sink)?;
    batch.flush(out, sink)?;
    buffer.truncate(written);
    Ok(buffer)
}

/// Pairs that are handed on at a time.
const BATCH: usize = 16;

/// Finished pairs not yet handed on. A pair that was written this moment is slow to read: its
/// bytes are still on their way to the cache.
struct Batch {
    pairs: [Pair; BATCH],
    len: usize,
}

impl Batch {
    #[inline]
    fn end(
        &mut self,
        mut pair: Pair,
        named: bool,
        written: usize,
        text: &[u8],
        sink: &mut impl PairSink,
    ) -> Result<(), Rejection> {
        if written == pair.name {
            return Ok(());
        }
        // Without `=` the value is empty; with it, it begins one past it.
        pair.name_end = if named { pair.name_end } else { written };
        pair.value = pair.name_end + usize::from(named);
        pair.value_end = written;
        if let Some(place) = self.pairs.get_mut(self.len) {
            *place = pair;
            self.len += 1;
        }
        if self.len == BATCH { self.flush(text, sink) } else { Ok(()) }
    }

    fn flush(&mut self, text: &[u8], sink: &mut impl PairSink) -> Result<(), Rejection> {
        for pair in self.pairs.iter().take(self.len) {
            sink.pair(text, *pair)?;
        }
        self.len = 0;
        Ok(())
    }
}
