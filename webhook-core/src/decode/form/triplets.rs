//! Text that is nearly all `%XX`: every alphabet but the Latin one.
//!
//! A Cyrillic word is some ten triplets and a `+`; Japanese has triplets without end. One branch a
//! triplet, which suits the few of Latin text, would be most of the work there. So sixteen are decoded
//! at a time, whatever they are: how many of them count is a number, and no branch.

use super::window::{LANES, load, spaces};
use wide::{bytemuck, u8x16, u16x8};

/// Bytes of sixteen triplets.
const TRIPLETS: usize = 3 * LANES;
/// What a step looks at: sixteen triplets, or fewer and the sixteen bytes after them.
pub(super) const STEP_IN: usize = TRIPLETS + LANES;
/// What a step writes: sixteen bytes, or fewer and sixteen more.
pub(super) const STEP_OUT: usize = 2 * LANES;

/// More plain bytes than that between triplets are text for the other loop.
const PLAIN: usize = 7;

/// A bit for the first byte of each of sixteen triplets.
const FIRSTS: u64 = 0x2492_4924_9249;

/// How far a run of triplets went.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) read: usize,
    pub(super) written: usize,
}

/// Decodes a value of `source` from its first byte on: triplets, and few bytes between them. Stops
/// at an `&`, at what is no triplet, where plain bytes are [many](PLAIN) or triplets stand alone,
/// where `source` or `out` has no room for a step, and at the first step that reaches `until`.
#[inline(never)]
pub(super) fn decode(source: &[u8], until: usize, out: &mut [u8]) -> Done {
    let Done { mut read, mut written } = Done::default();
    while read < until {
        let Some(window) = source.get(read..).and_then(<[u8]>::first_chunk::<STEP_IN>) else {
            break;
        };
        let Some(out) = out.get_mut(written..).and_then(<[u8]>::first_chunk_mut::<STEP_OUT>) else {
            break;
        };
        let (bytes, valid) = sixteen(window);
        // The first place where no triplet begins; after all of them, if there is none.
        let end = (!percents(window) & FIRSTS | 1 << TRIPLETS).trailing_zeros() as usize;
        let count = end / 3;
        if let Some(out) = out.first_chunk_mut() {
            *out = bytes.to_array();
        }
        let valid = valid.trailing_ones() as usize;
        if valid < count {
            return Done { read: read + 3 * valid, written: written + valid };
        }
        (read, written) = (read + end, written + count);
        if end == TRIPLETS {
            continue;
        }
        // A space between two words, mostly.
        if let Some([plain, b'%']) = window.get(end..).and_then(<[u8]>::first_chunk)
            && *plain != b'&'
            && let Some(out) = out.get_mut(count)
        {
            *out = if *plain == b'+' { b' ' } else { *plain };
            (read, written) = (read + 1, written + 1);
            continue;
        }
        let plain = load(window, end);
        let stops = plain.simd_eq(u8x16::splat(b'%')) | plain.simd_eq(u8x16::splat(b'&'));
        let len = (stops.to_bitmask() | 1 << LANES).trailing_zeros() as usize;
        if let Some(out) = out.get_mut(count..).and_then(<[u8]>::first_chunk_mut) {
            *out = spaces(plain).to_array();
        }
        // Plain bytes do not go past the end; triplets may, which are whole.
        let len = len.min(until.saturating_sub(read));
        (read, written) = (read + len, written + len);
        if len > PLAIN || count < 2 || window.get(end + len) == Some(&b'&') {
            break;
        }
    }
    Done { read, written }
}

/// Returns a bit for each `%` of the first 48 bytes.
#[inline]
fn percents(window: &[u8; STEP_IN]) -> u64 {
    let percents = |at| u64::from(load(window, at).simd_eq(u8x16::splat(b'%')).to_bitmask()) << at;
    percents(0) | percents(LANES) | percents(2 * LANES)
}

/// Decodes sixteen triplets, whatever they are: their bytes, and a bit for each that has two hex digits.
#[inline]
fn sixteen(window: &[u8; STEP_IN]) -> (u8x16, u32) {
    const HALF: usize = LANES / 2;
    // To interleave the two halves of 48 bytes moves byte `i` to `2 * i % 47`. Done four times, that is
    // `16 * i % 47`, and `16 * 3 % 47` is 1: every third byte is next to the one before, so the `%`
    // are the first sixteen, the high digits the next and the low digits the last. (There is no
    // shuffle by bytes in SSE2. Look-ups in a table take as long for ten triplets as this for sixteen.)
    let once = (
        u8x16::unpack_low(load(window, 0), load(window, 3 * HALF)),
        u8x16::unpack_low(load(window, HALF), load(window, 4 * HALF)),
        u8x16::unpack_low(load(window, 2 * HALF), load(window, 5 * HALF)),
    );
    let (_, high, low) = interleave(interleave(interleave(once)));
    let ((high, is_high), (low, is_low)) = (digits(high), digits(low));
    let high: u8x16 = bytemuck::cast(bytemuck::cast::<_, u16x8>(high) << 4u16);
    (high | low, (is_high & is_low).to_bitmask())
}

/// Interleaves the first half of 48 bytes with the second one.
#[inline]
fn interleave((a, b, c): (u8x16, u8x16, u8x16)) -> (u8x16, u8x16, u8x16) {
    let halves_swapped = |lanes| {
        let [low, high]: [u64; 2] = bytemuck::cast::<u8x16, _>(lanes);
        bytemuck::cast::<_, u8x16>([high, low])
    };
    let (b_swapped, c_swapped) = (halves_swapped(b), halves_swapped(c));
    (
        u8x16::unpack_low(a, b_swapped),
        u8x16::unpack_high(a, c_swapped),
        u8x16::unpack_low(b, c_swapped),
    )
}

/// Returns what sixteen hex digits of either case stand for, and which are such.
#[inline]
fn digits(lanes: u8x16) -> (u8x16, u8x16) {
    let at_most = |lanes: u8x16, most| lanes.min(u8x16::splat(most)).simd_eq(lanes);
    let is_decimal = at_most(lanes ^ u8x16::splat(b'0'), 9);
    let is_letter = at_most((lanes | u8x16::splat(b'a' ^ b'A')) - u8x16::splat(b'a'), 5);
    // The lower half of `A` and of `a` is 1.
    let digits = (lanes + (is_letter & u8x16::splat(9))) & u8x16::splat(0x0f);
    (digits, is_decimal | is_letter)
}
