//! The three inner loops: find specials, copy a run, read two hex digits. Safe SIMD by `wide`.

use std::ops::Range;
use wide::u8x16;

/// Bytes classified at a time: one bit each in a `u64`.
pub(super) const BLOCK: usize = 64;
/// Bytes that a block may look at; as many it may write, of which the next one overwrites what was
/// too much.
pub(super) const WINDOW: usize = 2 * BLOCK + 2 * STEP;

/// Bytes copied at a time; a copy may write as many, less one, past its end.
pub(super) const STEP: usize = LANES;

pub(super) const LANES: usize = 16;

/// Returns a bit for each of the first 64 bytes that is `%`, `&` or `=`.
#[inline]
pub(super) fn specials(source: &[u8; WINDOW]) -> u64 {
    let mut mask = 0;
    for (lanes, shift) in source.as_chunks::<LANES>().0.iter().zip([0, 16, 32, 48]) {
        let lanes = u8x16::new(*lanes);
        let found = lanes.simd_eq(u8x16::splat(b'%'))
            | lanes.simd_eq(u8x16::splat(b'&'))
            | lanes.simd_eq(u8x16::splat(b'='));
        mask |= u64::from(found.to_bitmask()) << shift;
    }
    mask
}

/// Returns the bits of a block from `run` on: what is before it has been dealt with. It is less
/// than a block.
#[inline]
pub(super) fn from(run: usize) -> u64 {
    u64::MAX << (run % BLOCK)
}

/// Returns the same place in a window: none is ever further. The mask is for the compiler, which
/// then knows that two steps from there stay inside.
#[inline]
pub(super) fn inside(place: usize) -> usize {
    place % (2 * BLOCK)
}

/// Returns how many `&` there are: as many pairs, less one, at most.
pub(super) fn separators(body: &[u8]) -> usize {
    // The count of so few bytes fits a byte, which makes this a loop over whole vectors.
    let count = |bytes: &[u8]| bytes.iter().map(|byte| u8::from(*byte == b'&')).sum::<u8>();
    let (chunks, rest) = body.as_chunks::<192>();
    chunks.iter().map(|bytes| usize::from(count(bytes))).sum::<usize>() + usize::from(count(rest))
}

/// Copies a step from `source[from..]` to `out[to..]` with `+` as space; what is too much, the
/// next step overwrites.
#[inline]
pub(super) fn step(source: &[u8; WINDOW], from: usize, out: &mut [u8; WINDOW], to: usize) {
    let source = source.get(from..).and_then(<[u8]>::first_chunk::<STEP>);
    let out = out.get_mut(to..).and_then(<[u8]>::first_chunk_mut::<STEP>);
    let (Some(source), Some(out)) = (source, out) else { return };
    *out = spaces(u8x16::new(*source)).to_array();
}

/// Returns the same bytes with `+` as space.
#[inline]
pub(super) fn spaces(lanes: u8x16) -> u8x16 {
    // '+' is 0x2b and ' ' is 0x20: the difference is flipped where there is a plus.
    lanes ^ (lanes.simd_eq(u8x16::splat(b'+')) & u8x16::splat(b'+' ^ b' '))
}

/// Returns the lanes at a place; zeros where they are not whole.
#[inline]
pub(super) fn load<const N: usize>(source: &[u8; N], at: usize) -> u8x16 {
    let lanes = source.get(at..).and_then(<[u8]>::first_chunk);
    lanes.map_or(u8x16::ZERO, |lanes| u8x16::new(*lanes))
}

/// Returns whether five more specials follow that at `at` at a distance of three, as triplets do:
/// fewer are line ends and markup in plain text.
#[inline]
pub(super) fn is_run(after: u64, at: usize) -> bool {
    const FIVE: u64 = 0b1001_0010_0100_1000;
    after >> (at % BLOCK) & FIVE == FIVE
}

/// Copies the rest of `source[from..until]`, whose first step is copied already.
#[inline]
pub(super) fn rest(
    source: &[u8; WINDOW],
    from: usize,
    until: usize,
    out: &mut [u8; WINDOW],
    to: usize,
) {
    let mut done = STEP;
    while until - from > done {
        step(source, inside(from + done), out, inside(to + done));
        done += STEP;
    }
}

/// Writes a few bytes.
#[inline]
pub(super) fn put<const N: usize>(out: &mut [u8; WINDOW], at: usize, bytes: [u8; N]) {
    const { assert!(N <= STEP) };
    if let Some(place) = out.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<N>) {
        *place = bytes;
    }
}

/// Returns whether `%5D=` stands at `at`: how PHP closes a name.
#[inline]
pub(super) fn closes(source: &[u8; WINDOW], at: usize) -> bool {
    // The `D` in either case; no other byte becomes a `d` by that bit.
    const LOWER: u32 = 0x20 << 16;
    let found = source.get(at..).and_then(<[u8]>::first_chunk::<4>);
    found.is_some_and(|found| u32::from_le_bytes(*found) | LOWER == u32::from_le_bytes(*b"%5d="))
}

/// Returns where `byte` is first in `text[range]`. Names are short: mostly one step, no guess.
#[inline]
pub(super) fn find(text: &[u8], range: Range<usize>, byte: u8) -> Option<usize> {
    let mut at = range.start;
    while at < range.end {
        let Some(lanes) = text.get(at..at + LANES).and_then(<[u8]>::first_chunk::<LANES>) else {
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

/// Returns whether `byte` is last in `text[range]`, and nowhere else in it.
#[inline]
pub(super) fn ends(text: &[u8], range: Range<usize>, byte: u8) -> bool {
    let lanes = text.get(range.start..range.start + LANES).and_then(<[u8]>::first_chunk::<LANES>);
    // Never negative; were it, it would be long.
    let len = range.end.wrapping_sub(range.start);
    match lanes {
        Some(lanes) if len <= LANES => {
            let found = u8x16::new(*lanes).simd_eq(u8x16::splat(byte)).to_bitmask();
            found.trailing_zeros() as usize + 1 == len
        }
        _ => find(text, range.clone(), byte).is_some_and(|found| found + 1 == range.end),
    }
}

/// Returns whether two ranges hold the same bytes; for names, where a call to `memcmp` would be
/// most of it.
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

/// Returns the byte that `%XX` at `at` stands for.
#[inline]
pub(super) fn escape(source: &[u8; WINDOW], at: usize) -> Option<u8> {
    let [_, high, low] = *source.get(at..)?.first_chunk::<3>()?;
    hex(high, low)
}

/// Returns the byte that two hex digits of either case stand for.
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
                let mut source = [b'a'; WINDOW];
                source[at] = special;
                assert_eq!(specials(&source), 1 << at);
            }
        }
        assert_eq!(specials(&[b'+'; WINDOW]), 0);
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
