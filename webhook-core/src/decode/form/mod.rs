//! Form bodies: bytes → decoded text and ranges into it, in one pass.
//!
//! The rules are those of WHATWG URL, *application/x-www-form-urlencoded parsing*, with strict
//! UTF-8. What a name's brackets mean is [`name`]'s business.
//!
//! How it is fast: the specials of 64 bytes at a time become one bit mask, so the runs between
//! them are copied sixteen bytes a step and the few specials are the only branches. What PHP
//! writes around every name, `fields%5B` and `%5D=`, is one step each. The text of all pairs
//! lands in one buffer that keeps the `=` and `&` between them: two halves of a character never
//! meet across a boundary, so one UTF-8 check of the whole buffer holds for every range.

mod block;
mod locate;
mod name;
mod pair;
mod prefix;
mod tree_sink;
mod triplets;
mod window;

use crate::rejection::Refusal;
use block::Decoder;
use pair::{Batch, PairSink};
use window::WINDOW;

pub(crate) use locate::offset_of;
pub(crate) use tree_sink::decode;

/// U+FEFF in UTF-8. Some editors and encoders write it before a text, and it is no part of it.
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Returns where a form begins: after a byte order mark, where there is one at the very start.
pub(crate) fn start(body: &[u8]) -> usize {
    if body.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }
}

/// Decodes `body` and hands its pairs to `sink`; returns the buffer that the ranges point into.
/// Empty pairs are skipped.
pub(crate) fn decode_pairs(body: &[u8], sink: &mut impl PairSink) -> Result<Vec<u8>, Refusal> {
    let mut buffer = Vec::with_capacity(body.len() + WINDOW);
    let mut decoder = Decoder::new();
    let mut batch = Batch::new();
    // As far as there is a whole window. What is left is less than that; the zeros after it are no
    // specials and no hex digits.
    let mut at = 0;
    while body.len() - at >= WINDOW {
        at = decoder.decode(body, (at, body.len()), &mut buffer, &mut batch);
        if batch.is_full() {
            batch.flush(&buffer, sink)?;
        }
    }
    let rest = body.get(at..).unwrap_or_default();
    let mut padded = [0; 2 * WINDOW];
    if let Some(padded) = padded.get_mut(..rest.len()) {
        padded.copy_from_slice(rest);
    }
    let mut at = 0;
    while at < rest.len() {
        at = decoder.decode(&padded, (at, rest.len()), &mut buffer, &mut batch);
        if batch.is_full() {
            batch.flush(&buffer, sink)?;
        }
    }
    let written = decoder.finish(&mut batch);
    batch.flush(&buffer, sink)?;
    buffer.truncate(written);
    Ok(buffer)
}
