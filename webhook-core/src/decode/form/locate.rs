//! Where in a body something is: looked up only when it is refused, so a second look is cheap enough.

use super::pair::{Pair, PairSink};
use super::tree_sink::may_be_bytes;
use super::{decode_pairs, start};
use crate::decode::NOT_UTF8;
use crate::rejection::{Refusal, RejectionKind};
use std::ops::Range;

/// Returns where in `body` the pair called `name` begins that counts: the last one.
pub(crate) fn offset_of(body: &[u8], name: &str) -> Option<usize> {
    let (mut count, mut last) = (0, None);
    let mut find = |text: &[u8], pair: Pair| {
        let found = text.get(pair.name()).and_then(|found| found.strip_prefix(name.as_bytes()));
        // `profile[]` is about `profile` too.
        if matches!(found, Some([] | [b'[', ..])) {
            last = Some(count);
        }
        count += 1;
        Ok(())
    };
    let start = start(body);
    let pairs = body.get(start..)?;
    decode_pairs(pairs, &mut find).ok()?;
    last.map(|last| start + offset_of_pair(pairs, last))
}

/// Returns where a pair begins in the body, by its place among the pairs.
#[cold]
pub(super) fn offset_of_pair(body: &[u8], pair: usize) -> usize {
    let (mut at, mut left) = (0, pair);
    for piece in body.split(|byte| *byte == b'&') {
        if !piece.is_empty() {
            match left.checked_sub(1) {
                Some(less) => left = less,
                None => break,
            }
        }
        at += piece.len() + 1;
    }
    at
}

/// Finds text that is not UTF-8 and has to be: which variable, and where in the body. `None`
/// where only variables have it that may be any bytes.
///
/// # Errors
/// A name is not UTF-8.
#[cold]
pub(super) fn bad_utf8(body: &[u8]) -> Result<Option<Refusal>, Refusal> {
    let (mut count, mut bad_name, mut bad_value) = (0, None, None);
    let mut find = |text: &[u8], pair: Pair| {
        let (name, value) = (pair.name(), pair.value());
        let bad = |range: &Range<usize>| {
            let bytes = text.get(range.clone()).unwrap_or_default();
            std::str::from_utf8(bytes).err().map(|error| range.start + error.valid_up_to())
        };
        let bytes = text.get(name.clone()).unwrap_or_default();
        let (found, at) = match bad(&name) {
            Some(at) => (&mut bad_name, Some(at)),
            None if may_be_bytes(text, name.clone()) => (&mut bad_value, None),
            None => (&mut bad_value, bad(&value)),
        };
        if let (None, Some(at)) = (&found, at) {
            let shown = String::from_utf8_lossy(bytes).into_owned();
            *found = Some((shown, at - name.start, count));
        }
        count += 1;
        Ok(())
    };
    // The same body was decoded once already; bounds are not checked again here.
    let _ = decode_pairs(body, &mut find);
    let refuse = |(name, decoded, pair): (String, usize, usize)| {
        let offset = offset_of_pair(body, pair);
        Refusal::new(RejectionKind::MalformedBody, NOT_UTF8)
            .at_variable(&name)
            .at_offset(offset + raw_length(body, offset, decoded))
    };
    match bad_name {
        Some(found) => Err(refuse(found)),
        None => Ok(bad_value.map(refuse)),
    }
}

/// Returns how many bytes of the body after `offset` decode to `decoded` bytes.
fn raw_length(body: &[u8], offset: usize, decoded: usize) -> usize {
    let mut at = offset;
    for _ in 0..decoded {
        at += match body.get(at..) {
            Some([b'%', high, low, ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => 3,
            _ => 1,
        };
    }
    at - offset
}

/// Closures are sinks for the rare second looks at a body.
impl<F: FnMut(&[u8], Pair) -> Result<(), Refusal>> PairSink for F {
    fn pairs(&mut self, text: &[u8], pairs: &[Pair]) -> Result<(), Refusal> {
        pairs.iter().try_for_each(|pair| self(text, *pair))
    }
}
