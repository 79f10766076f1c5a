//! The three inner loops: find specials, copy a run, read two hex digits. Safe SIMD by `wide`.

use std::ops::Range;
use wide::u8x16;

/// Bytes classified at a time: one bit each in a `u64`.
pub(super) const BLOCK: usize = 64;
/// Bytes that a copy may write past its end.
pub(super) const SLACK: usize = 2 * LANES;

const LANES: usize = 16;

/// A bit for each byte that is `%`, `&` or `=`.
#[inline]
pub(super) fn specials(block: &[u8; BLOCK]) -> u64 {
    let mut mask = 0;
    for (lanes, shift) in block.as_chunks::<LANES>().0.iter().zip([0, 16, 32, 48]) {
        let lanes = u8x16::new(*lanes);
        let found = lanes.simd_eq(u8x16::splat(b'%'))
            | lanes.simd_eq(u8x16::splat(b'&'))
            | lanes.simd_eq(u8x16::splat(b'='));
        mask |= u64::from(found.to_bitmask()) << shift;
    }
    mask
}

/// How many `&` there are: as many pairs, less one, at most.
pub(super) fn separators(body: &[u8]) -> usize {
    // The count of so few bytes fits a byte, which makes this a loop over whole vectors.
    let count = |bytes: &[u8]| bytes.iter().map(|byte| u8::from(*byte == b'&')).sum::<u8>();
    let (chunks, rest) = body.as_chunks::<192>();
    chunks.iter().map(|bytes| usize::from(count(bytes))).sum::<usize>() + usize::from(count(rest))
}

/// Copies `body[run]` to `out[at..]` with `+` as space; may write up to [`SLACK`] bytes of
/// rubbish behind, which the next copy overwrites.
#[inline]
pub(super) fn copy(body: &[u8], run: Range<usize>, out: &mut [u8], at: usize) {
    let (mut from, mut to) = (run.start, at);
    // Two steps without asking: most runs are shorter, and a branch on each length is a guess.
    while let Some(source) = body.get(from..).and_then(<[u8]>::first_chunk::<SLACK>) {
        let Some(target) = out.get_mut(to..).and_then(<[u8]>::first_chunk_mut::<SLACK>) else {
            return;
        };
        let pairs = target.as_chunks_mut::<LANES>().0.iter_mut().zip(source.as_chunks::<LANES>().0);
        for (target, source) in pairs {
            let lanes = u8x16::new(*source);
            // '+' is 0x2b and ' ' is 0x20: the difference is flipped where there is a plus.
            let plus = lanes.simd_eq(u8x16::splat(b'+')) & u8x16::splat(b'+' ^ b' ');
            *target = (lanes ^ plus).to_array();
        }
        from += SLACK;
        to += SLACK;
        if from >= run.end {
            return;
        }
    }
    copy_tail(body.get(from..run.end), out.get_mut(to..));
}

/// Writes the `len` bytes at `from` again at `to`, when they are few enough for one step.
#[inline]
pub(super) fn repeat(out: &mut [u8], from: usize, to: usize, len: usize) -> bool {
    let source = out.get(from..).and_then(<[u8]>::first_chunk::<LANES>).copied();
    let target = out.get_mut(to..).and_then(<[u8]>::first_chunk_mut::<LANES>);
    match (source, target) {
        (Some(source), Some(target)) if len <= LANES => {
            *target = source;
            true
        }
        _ => false,
    }
}

/// Where `byte` is first in `text[range]`. Names are short: mostly one step, no guess.
#[inline]
pub(super) fn find(text: &[u8], range: Range<usize>, byte: u8) -> Option<usize> {
    let mut at = range.start;
    while at < range.end {
        let Some(lanes) = text.get(at..).and_then(<[u8]>::first_chunk::<LANES>) else {
            let rest = text.get(at..range.end)?;
            return rest.iter().position(|found| *found == byte).map(|found| at + found);
        };
        let found = u8x16::new(*lanes).simd_eq(u8x16::splat(byte)).to_bitmask();
        if found != 0 {
            let found = at + found.trailing_zeros() as usize;
            return (found < range.end).then_some(found);
        }
        at += LANES;
    }
    None
}

/// Whether two ranges hold the same bytes; for names, where a call to `memcmp` would be most of it.
#[inline]
pub(super) fn same(text: &[u8], a: Range<usize>, b: Range<usize>) -> bool {
    let lanes = |at: usize| text.get(at..).and_then(<[u8]>::first_chunk::<LANES>);
    match (lanes(a.start), lanes(b.start)) {
        (Some(left), Some(right)) if a.len() <= LANES => {
            let equal = u8x16::new(*left).simd_eq(u8x16::new(*right)).to_bitmask();
            a.len() == b.len() && (!equal).trailing_zeros() as usize >= a.len()
        }
        _ => text.get(a) == text.get(b),
    }
}

/// The last bytes of a body, too few for a step.
#[cold]
fn copy_tail(source: Option<&[u8]>, target: Option<&mut [u8]>) {
    for (to, from) in target.into_iter().flatten().zip(source.into_iter().flatten()) {
        *to = if *from == b'+' { b' ' } else { *from };
    }
}

/// The byte that `%XX` at `at` stands for.
#[inline]
pub(super) fn escape(body: &[u8], at: usize) -> Option<u8> {
    let [_, high, low] = *body.get(at..)?.first_chunk::<3>()?;
    hex(high, low)
}

/// The byte that two hex digits of either case stand for.
#[inline]
fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| HEX.get(usize::from(byte)).copied().unwrap_or(NOT_HEX);
    let (high, low) = (digit(high), digit(low));
    if (high | low) & 0xf0 == 0 { Some(high << 4 | low) } else { None }
}

const NOT_HEX: u8 = 0xff;

// Indexed by the compiler, while it builds the table.
#[allow(clippy::indexing_slicing)]
static HEX: [u8; 256] = {
    let mut table = [NOT_HEX; 256];
    let mut digit = 0u8;
    while digit < 16 {
        let lower = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
        let upper = if digit < 10 { b'0' + digit } else { b'A' + digit - 10 };
        table[lower as usize] = digit;
        table[upper as usize] = digit;
        digit += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specials_are_found_at_every_position() {
        for at in 0..BLOCK {
            for special in *b"%&=" {
                let mut block = [b'a'; BLOCK];
                block[at] = special;
                assert_eq!(specials(&block), 1 << at);
            }
        }
        assert_eq!(specials(&[b'+'; BLOCK]), 0);
    }

    #[test]
    fn hex_agrees_with_the_standard_library() {
        for high in 0..=u8::MAX {
            for low in 0..=u8::MAX {
                let both = (char::from(high).to_digit(16), char::from(low).to_digit(16));
                let expected = match both {
                    (Some(high), Some(low)) => u8::try_from(high * 16 + low).ok(),
                    _ => None,
                };
                assert_eq!(hex(high, low), expected);
            }
        }
    }
}
