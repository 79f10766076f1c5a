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
    /// Takes one pair; `name` and `value` are ranges into `text`, `offset` is where the pair
    /// begins in the body.
    fn pair(
        &mut self,
        text: &[u8],
        name: Range<usize>,
        value: Range<usize>,
        offset: usize,
    ) -> Result<(), Rejection>;
}

/// Decodes `body` and hands each pair to `sink`; returns the buffer that the ranges point into.
/// Empty pairs are skipped.
pub(crate) fn decode(body: &[u8], sink: &mut impl PairSink) -> Result<Vec<u8>, Rejection> {
    let mut cursor = Cursor {
        body,
        out: vec![0; body.len() + SLACK],
        written: 0,
        run: 0,
        pair: 0,
        name: 0,
        name_end: None,
        waiting: [Pair::default(); BATCH],
        waits: 0,
    };
    let mut base = 0;
    let (blocks, tail) = body.as_chunks::<BLOCK>();
    for block in blocks {
        cursor.specials(base, scan::specials(block), sink)?;
        base += BLOCK;
    }
    let mut last = [0; BLOCK];
    for (to, from) in last.iter_mut().zip(tail) {
        *to = *from;
    }
    cursor.specials(base, scan::specials(&last), sink)?;
    cursor.end_pair(body.len(), sink)?;
    cursor.flush(sink)?;
    cursor.out.truncate(cursor.written);
    Ok(cursor.out)
}

/// Where decoding stands: `run` is the first byte of the body not yet copied, `written` the
/// length of the text so far, `pair` and `name` where the current pair begins in each.
struct Cursor<'a> {
    body: &'a [u8],
    out: Vec<u8>,
    written: usize,
    run: usize,
    pair: usize,
    name: usize,
    name_end: Option<usize>,
    /// Finished pairs not yet handed on. A pair that was written this moment is slow to read:
    /// its bytes are still on their way to the cache.
    waiting: [Pair; BATCH],
    waits: usize,
}

/// Pairs that are handed on at a time.
const BATCH: usize = 16;

#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    name: usize,
    name_end: usize,
    value: usize,
    value_end: usize,
    offset: usize,
}

impl Cursor<'_> {
    #[inline]
    fn specials(
        &mut self,
        base: usize,
        mut mask: u64,
        sink: &mut impl PairSink,
    ) -> Result<(), Rejection> {
        while mask != 0 {
            let at = base + mask.trailing_zeros() as usize;
            mask &= mask - 1;
            match self.body.get(at) {
                Some(b'%') => self.escape(at),
                Some(b'=') if self.name_end.is_none() => {
                    self.copy_run(at);
                    self.name_end = Some(self.written);
                    self.put(b'=');
                    self.run = at + 1;
                }
                Some(b'&') => {
                    self.end_pair(at, sink)?;
                    self.put(b'&');
                    self.run = at + 1;
                    self.pair = at + 1;
                    self.name = self.written;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// `%XX` becomes its byte; anything else after `%` stays as it is.
    #[inline]
    fn escape(&mut self, at: usize) {
        let Some(&[_, high, low]) = self.body.get(at..at + 3) else { return };
        let Some(byte) = scan::hex(high, low) else { return };
        self.copy_run(at);
        self.put(byte);
        self.run = at + 3;
    }

    #[inline]
    fn end_pair(&mut self, at: usize, sink: &mut impl PairSink) -> Result<(), Rejection> {
        self.copy_run(at);
        let empty = self.written == self.name;
        let name_end = self.name_end.take().unwrap_or(self.written);
        if empty {
            return Ok(());
        }
        // Without `=` the value is empty; with it, it begins one past it.
        let value = if name_end == self.written { name_end } else { name_end + 1 };
        let (name, value_end, offset) = (self.name, self.written, self.pair);
        if let Some(place) = self.waiting.get_mut(self.waits) {
            *place = Pair { name, name_end, value, value_end, offset };
            self.waits += 1;
        }
        if self.waits == BATCH { self.flush(sink) } else { Ok(()) }
    }

    fn flush(&mut self, sink: &mut impl PairSink) -> Result<(), Rejection> {
        for pair in self.waiting.iter().take(self.waits) {
            let (name, value) = (pair.name..pair.name_end, pair.value..pair.value_end);
            sink.pair(&self.out, name, value, pair.offset)?;
        }
        self.waits = 0;
        Ok(())
    }

    /// Copies the body up to `to`, `+` as space.
    #[inline]
    fn copy_run(&mut self, to: usize) {
        scan::copy(self.body, self.run..to, &mut self.out, self.written);
        self.written += to - self.run;
        self.run = to;
    }

    #[inline]
    fn put(&mut self, byte: u8) {
        if let Some(slot) = self.out.get_mut(self.written) {
            *slot = byte;
        }
        self.written += 1;
    }
}
