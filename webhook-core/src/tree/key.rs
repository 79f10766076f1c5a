//! What a key is: a name, or a number that counts as PHP counts.

use super::NONE;
use super::node::{UNPLACED, WIDE};

/// Returns the number that a key is when it is written canonically: `0`, `7`, `2024`, not `07`.
/// [`UNPLACED`] when it is one (to PHP, 64 bits wide, perhaps negative) without a place in a node.
#[inline]
pub(super) fn ordinal(key: &[u8]) -> u32 {
    match key {
        [b'0'] => 0,
        [b'1'..=b'9', ..] if key.len() <= MOST_DIGITS => long_ordinal(key),
        [b'-', b'1'..=b'9', ..] if number(key).is_some() => UNPLACED,
        _ => NONE,
    }
}

/// Returns the number that a key without leading zeros is.
pub(super) fn number(key: &[u8]) -> Option<i64> {
    str::from_utf8(key).ok()?.parse().ok()
}

/// Returns whether a key is surely no number, nor empty. From `-` to `9` there are `.` and `/` too:
/// names that begin with those are looked at more closely, and one comparison is enough.
#[inline]
pub(super) fn is_name(key: &[u8]) -> bool {
    key.first().is_some_and(|first| !(b'-'..=b'9').contains(first))
}

/// Digits of the largest number that PHP counts by, 2⁶³ - 1.
const MOST_DIGITS: usize = 19;

fn long_ordinal(key: &[u8]) -> u32 {
    let mut number = 0u64;
    for byte in key {
        if !byte.is_ascii_digit() {
            return NONE;
        }
        number = number.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
    }
    match u32::try_from(number) {
        Ok(number) if number < WIDE => number,
        _ if i64::try_from(number).is_ok() => UNPLACED,
        _ => NONE,
    }
}

/// Returns a cheap digest of a key: the length, the first bytes and the last.
#[inline]
pub(super) fn tag(key: &[u8], ordinal: u32) -> u32 {
    if ordinal != NONE {
        return ordinal;
    }
    let ends = match (key.first_chunk::<4>(), key.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u32::from_le_bytes(*first) ^ u32::from_le_bytes(*last).rotate_left(13)
        }
        _ => key.iter().fold(0, |all, byte| all << 8 | u32::from(*byte)),
    };
    #[allow(clippy::cast_possible_truncation)]
    let length = key.len() as u32;
    ends ^ length.rotate_left(25)
}
