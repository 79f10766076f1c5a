//! What bounds a decoder: work that is less than decoding, on the same body.

use super::peers::Decoder;
use std::hint::black_box;

pub(crate) const LIMITS: [Decoder; 3] = [
    ("trivial loop", |_, body| {
        black_box(text(body));
    }),
    ("SHA-256", |_, body| {
        black_box(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body));
    }),
    ("copy", |_, body| {
        black_box(body.to_vec());
    }),
];

/// Decodes triplets and `+` by a table, byte by byte, as simply as it can be written: no pairs, no
/// names, no check of UTF-8.
#[inline(never)]
fn text(body: &[u8]) -> Vec<u8> {
    let mut text = vec![0; body.len()];
    let (mut len, mut rest) = (0, body);
    for place in &mut text {
        let [first, after @ ..] = rest else { break };
        rest = after;
        *place = match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let (high, low) = (HEX[usize::from(*high)], HEX[usize::from(*low)]);
                if (high | low) & 0xf0 == 0 {
                    rest = after;
                    high << 4 | low
                } else {
                    b'%'
                }
            }
            (b'+', _) => b' ',
            (byte, _) => *byte,
        };
        len += 1;
    }
    text.truncate(len);
    text
}

/// What a hex digit stands for; 0xff for every other byte.
static HEX: [u8; 256] = {
    let mut table = [0xff; 256];
    let mut digit = 0u8;
    while digit < 16 {
        table[b"0123456789abcdef"[digit as usize] as usize] = digit;
        table[b"0123456789ABCDEF"[digit as usize] as usize] = digit;
        digit += 1;
    }
    table
};
