//! The three inner loops: find specials, copy a run, read two hex digits. Safe SIMD by `wide`.

use std::ops::Range;
use wide::u8x16;

/// Bytes classified at a time: one bit each in a `u64`.
pub(super) const BLOCK: usize = 64;
/// Bytes that a copy may write past its end.
pub(super) const SLACK: usize = LANES;

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

/// Copies `body[run]` to `out[at..]` with `+` as space; may write up to [`SLACK`] bytes of
/// rubbish behind, which the next copy overwrites.
#[inline]
pub(super) fn copy(body: &[u8], run: Range<usize>, out: &mut [u8], at: usize) {
    let mut from = run.start;
    let mut to = at;
    while from < run.end {
        let Some(source) = body.get(from..).and_then(<[u8]>::first_chunk::<LANES>) else {
            return copy_tail(body.get(from..run.end), out.get_mut(to..));
        };
        let Some(target) = out.get_mut(to..).and_then(<[u8]>::first_chunk_mut::<LANES>) else {
            return;
        };
        let lanes = u8x16::new(*source);
        // '+' is 0x2b and ' ' is 0x20: the difference is flipped where there is a plus.
        let plus = lanes.simd_eq(u8x16::splat(b'+')) & u8x16::splat(b'+' ^ b' ');
        *target = (lanes ^ plus).to_array();
        from += LANES;
        to += LANES;
    }
}

/// The last bytes of a body, too few for a step.
#[cold]
fn copy_tail(source: Option<&[u8]>, target: Option<&mut [u8]>) {
    for (to, from) in target.into_iter().flatten().zip(source.into_iter().flatten()) {
        *to = if *from == b'+' { b' ' } else { *from };
    }
}

/// The byte that two hex digits of either case stand for.
#[inline]
pub(super) fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| HEX.get(usize::from(byte)).copied().unwrap_or(NOT_HEX);
    let (high, low) = (digit(high), digit(low));
    if (high | low) & 0xf0 == 0 { Some(high << 4 | low) } else { None }
}

const NOT_HEX: u8 = 0xff;

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
