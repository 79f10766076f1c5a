//! `application/json` bodies: the same variables in the same shape.

mod number;
mod surrogate;

use crate::decode::form::BYTE_ORDER_MARK;
use crate::decode::{NOT_UTF8, Utf8};
use crate::limits::Limits;
use crate::rejection::{Refusal, RejectionKind};
use crate::tree::{Collector, Tree};
use serde::de::DeserializeSeed;
use serde_json::error::Category;
use std::borrow::Cow;

/// Decodes a whole body: one object of variables. Out of the way of forms, which nearly all bodies are.
#[inline(never)]
pub(crate) fn decode(body: &[u8], limits: Limits, utf8: Utf8) -> Result<Tree, Refusal> {
    let start = start(body);
    let body = body.get(start..).unwrap_or_default();
    decode_object(body, limits, utf8).map_err(|refused| refused.after(start))
}

/// Returns where a body begins: after white space, at most one byte order mark, and white space again
/// (RFC 8259 §2 knows space, tab, CR and LF; §8.1 lets a parser ignore the mark).
pub(crate) fn start(body: &[u8]) -> usize {
    let space = |text: &[u8]| {
        text.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count()
    };
    let before = space(body);
    match body.get(before..).and_then(|text| text.strip_prefix(BYTE_ORDER_MARK)) {
        Some(rest) => before + BYTE_ORDER_MARK.len() + space(rest),
        None => before,
    }
}

fn decode_object(body: &[u8], limits: Limits, utf8: Utf8) -> Result<Tree, Refusal> {
    let body = match utf8 {
        Utf8::Strict => Cow::Borrowed(body),
        Utf8::Lossy => {
            let mut body = String::from_utf8_lossy(body).into_owned().into_bytes();
            surrogate::replace_halves(&mut body);
            Cow::Owned(body)
        }
    };
    let kept = number::keep(&body);
    let mut collector = Collector::new(limits, body.len());
    let mut input = serde_json::Deserializer::from_slice(&kept.body);
    let read = collector.variables().deserialize(&mut input).and_then(|_| input.end());
    if let Some(refused) = collector.refused() {
        return Err(refused);
    }
    read.map_err(|error| {
        let at = kept.sent_at(offset(&kept.body, error.line(), error.column()));
        // The parser says no more than that some text before here is wrong.
        if let Some(bad) = str::from_utf8(&body).err().map(|error| error.valid_up_to())
            && bad <= at
        {
            return malformed(NOT_UTF8).at_offset(bad);
        }
        if error.classify() == Category::Syntax
            && let Some(half) = surrogate::halves(&body).find(|half| *half <= at)
        {
            return malformed(HALF_A_PAIR).at_offset(half);
        }
        match error.classify() {
            Category::Eof => malformed("the JSON ends too early").at_offset(body.len()),
            Category::Data => malformed("the JSON must be one object of variables").at_offset(at),
            Category::Syntax | Category::Io => malformed("not valid JSON").at_offset(at),
        }
    })?;
    // Its strings were checked one by one.
    Ok(collector.finish())
}

const HALF_A_PAIR: &str = "half a surrogate pair in an escape: send both halves, or accept losses \
    with ReceiverBuilder::lossy_utf8";

fn malformed(detail: &'static str) -> Refusal {
    Refusal::new(RejectionKind::MalformedBody, detail)
}

/// Returns the offset of a place as `serde_json` counts it: lines and columns from 1, columns in
/// bytes.
fn offset(body: &[u8], line: usize, column: usize) -> usize {
    let lines = body.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1));
    (lines.map(<[u8]>::len).sum::<usize>() + column.saturating_sub(1)).min(body.len())
}
