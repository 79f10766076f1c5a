//! How a name begins: mostly the next one begins the same way, and need not be decoded again.

use super::window::{STEP, WINDOW};
use std::ops::Range;
use wide::u8x16;

/// A name up to its first escaped `[`, as it stands in the body and decoded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prefix {
    raw: u8x16,
    text: [u8; STEP],
    /// A bit for each byte that must be equal; one that never is when there is none to share.
    wanted: u32,
    raw_len: usize,
    text_len: usize,
}

impl Prefix {
    /// None to share.
    pub(super) const NONE: Self =
        Self { raw: u8x16::ZERO, text: [0; STEP], wanted: 1 << STEP, raw_len: 0, text_len: 0 };

    /// Learns a name's prefix, from the text at `text` with its `[` after it; so it ends before
    /// `end` in the body. Too long to be one step, with another special in it, or with a raw `[`
    /// before this one (the name is cut there), there is nothing to share.
    #[cold]
    pub(super) fn learn(
        source: &[u8; WINDOW],
        end: usize,
        out: &[u8; WINDOW],
        text: Range<usize>,
    ) -> Self {
        let lanes = |bytes: &[u8], at: usize| bytes.get(at..)?.first_chunk::<STEP>().copied();
        let text_len = text.len() + 1;
        // The escaped `[` is two bytes longer; with another escape there is no `&` where this
        // expects it.
        let raw_len = text_len + 2;
        let before = end.checked_sub(raw_len + 1);
        let raw = before.filter(|before| source.get(*before) == Some(&b'&'));
        let raw = raw.and_then(|before| lanes(source, before + 1));
        let (Some(raw), Some(text)) = (raw, lanes(out, text.start)) else { return Self::NONE };
        let all = u8x16::new(text);
        let stop = all.simd_eq(u8x16::splat(b'[')) | all.simd_eq(u8x16::splat(b'%'));
        let plain = stop.to_bitmask().trailing_zeros() as usize + 1 == text_len;
        if raw_len > STEP || !plain || text_len < 2 {
            return Self::NONE;
        }
        Self { raw: u8x16::new(raw), text, wanted: (1 << raw_len) - 1, raw_len, text_len }
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

    /// Returns whether the body goes on like this at `at`.
    #[inline]
    pub(super) fn repeats(&self, source: &[u8; WINDOW], at: usize) -> bool {
        let lanes = source.get(at..).and_then(<[u8]>::first_chunk::<STEP>);
        lanes.is_some_and(|lanes| {
            u8x16::new(*lanes).simd_eq(self.raw).to_bitmask() & self.wanted == self.wanted
        })
    }

    /// Returns it decoded, with bytes after it that do not count.
    #[inline]
    pub(super) fn text(&self) -> [u8; STEP] {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode_pairs;
    use super::super::pair::Pair;

    /// Returns the names of a body, and whether each is known to begin as the one before.
    fn names(body: &str) -> Vec<(String, bool)> {
        let mut names = vec![];
        let mut push = |text: &[u8], pair: Pair| {
            let name = String::from_utf8_lossy(&text[pair.name()]).into_owned();
            names.push((name, pair.shared() > 0));
            Ok(())
        };
        decode_pairs(body.as_bytes(), &mut push).unwrap();
        names
    }

    #[test]
    fn only_whole_prefixes_are_shared() {
        let cases = [
            ("a=1&f%5Ba%5D=1&f%5Bb%5D=2", vec![("a", false), ("f[a]", false), ("f[b]", true)]),
            ("&f+g%5Ba%5D&f+g%5Bb%5D", vec![("f g[a]", false), ("f g[b]", true)]),
            // What follows another escape is not where the name begins.
            (
                "a=1&%C3%A9t%5Ba%5D=1&A9t%5Bb%5D=2",
                vec![("a", false), ("ét[a]", false), ("A9t[b]", false)],
            ),
            ("a=1&g%5Ba%5D=1&fg%5Bb%5D=2", vec![("a", false), ("g[a]", false), ("fg[b]", false)]),
            ("a=1&f[%5Ba%5D=1&f[%5Bb%5D=2", vec![("a", false), ("f[[a]", false), ("f[[b]", false)]),
        ];
        for (body, expected) in cases {
            let names = names(body);
            let names: Vec<_> = names.iter().map(|(name, same)| (name.as_str(), *same)).collect();
            assert_eq!(names, expected, "{body}");
        }
    }
}
