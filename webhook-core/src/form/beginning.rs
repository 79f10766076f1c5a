//! How a name begins: mostly the next one begins the same way, and need not be decoded again.

use super::block::WINDOW;
use std::ops::Range;
use wide::u8x16;

const LANES: usize = 16;

/// A name up to its first escaped `[`, as it stands in the body and decoded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beginning {
    raw: u8x16,
    text: [u8; LANES],
    raw_len: usize,
    text_len: usize,
}

impl Beginning {
    /// None to share.
    pub(super) const NONE: Self =
        Self { raw: u8x16::ZERO, text: [0; LANES], raw_len: 0, text_len: 0 };

    /// A name's beginning, from the body at `raw` and the text at `text` with its `[` behind.
    /// Too long to be one step, or with a raw `[` before this one (the name is cut there), it is
    /// none.
    #[cold]
    pub(super) fn learn(
        source: &[u8; WINDOW],
        raw: Range<usize>,
        out: &[u8; WINDOW],
        text: Range<usize>,
    ) -> Self {
        let lanes = |bytes: &[u8], at: usize| bytes.get(at..)?.first_chunk::<LANES>().copied();
        let (raw_len, text_len) = (raw.len(), text.len() + 1);
        let cut = out.get(text.clone()).is_none_or(|text| text.contains(&b'['));
        match (lanes(source, raw.start), lanes(out, text.start)) {
            (Some(raw), Some(text)) if raw_len <= LANES && !cut && text_len > 1 => {
                Self { raw: u8x16::new(raw), text, raw_len, text_len }
            }
            _ => Self::NONE,
        }
    }

    #[inline]
    pub(super) fn is_some(&self) -> bool {
        self.raw_len > 0
    }

    #[inline]
    pub(super) fn raw_len(&self) -> usize {
        self.raw_len
    }

    #[inline]
    pub(super) fn text_len(&self) -> usize {
        self.text_len
    }

    /// Whether the body goes on like this at `at`.
    #[inline]
    pub(super) fn repeats(&self, source: &[u8; WINDOW], at: usize) -> bool {
        let lanes = source.get(at..).and_then(<[u8]>::first_chunk::<LANES>);
        lanes.is_some_and(|lanes| {
            let equal = u8x16::new(*lanes).simd_eq(self.raw).to_bitmask();
            self.is_some() && (!equal).trailing_zeros() as usize >= self.raw_len
        })
    }

    /// Decoded, with rubbish behind.
    #[inline]
    pub(super) fn text(&self) -> [u8; LANES] {
        self.text
    }
}
