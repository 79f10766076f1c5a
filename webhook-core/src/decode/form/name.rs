//! The bracket grammar of names: `fields[address][street]` → `fields`, `address`, `street`.
//!
//! A `]` closes a segment only when `[` or the end of the name follows, and a `[` that is never
//! closed is part of the name. Both together come to this: a name is bracketed when it ends with
//! `]` and has a `[` after its first character, and what stands between is cut at each `][`.
//! So a field that its owner called `a[b]` arrives whole.

use super::window;
use std::ops::Range;

/// A name's variable and what stood in its brackets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// The variable: all before the first bracket.
    pub(crate) root: Range<usize>,
    /// From after the first `[` to before the last `]`; `None` for a plain name.
    pub(crate) inner: Option<Range<usize>>,
}

/// Splits the name at `name` in `text`.
pub(crate) fn split(text: &[u8], name: Range<usize>) -> Path {
    let closes = name.end > name.start && text.get(name.end - 1) == Some(&b']');
    let open = if closes { window::find(text, name.clone(), b'[') } else { None };
    match open {
        Some(open) if open > name.start => {
            Path { root: name.start..open, inner: Some(open + 1..name.end - 1) }
        }
        _ => Path { root: name, inner: None },
    }
}

/// Returns the segments of a path's inner part, in order.
#[inline]
pub(crate) fn segments(text: &[u8], inner: Range<usize>) -> Segments<'_> {
    Segments { text, rest: Some(inner) }
}

/// Iterator over segments; see [`segments`].
#[derive(Debug)]
pub(crate) struct Segments<'a> {
    text: &'a [u8],
    rest: Option<Range<usize>>,
}

impl Iterator for Segments<'_> {
    type Item = Range<usize>;

    #[inline]
    fn next(&mut self) -> Option<Range<usize>> {
        let rest = self.rest.take()?;
        let mut from = rest.start;
        while let Some(close) = window::find(self.text, from..rest.end, b']') {
            if close + 1 < rest.end && self.text.get(close + 1) == Some(&b'[') {
                self.rest = Some(close + 2..rest.end);
                return Some(rest.start..close);
            }
            from = close + 1;
        }
        Some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> Vec<&str> {
        let path = split(name.as_bytes(), 0..name.len());
        let mut parts = vec![&name[path.root]];
        if let Some(inner) = path.inner {
            parts.extend(segments(name.as_bytes(), inner).map(|segment| &name[segment]));
        }
        parts
    }

    #[test]
    fn brackets_split_a_name() {
        let cases: &[(&str, &[&str])] = &[
            ("profile", &["profile"]),
            ("fields[a]", &["fields", "a"]),
            ("fields[]", &["fields", ""]),
            ("fields[a][b]", &["fields", "a", "b"]),
            ("fields[a][]", &["fields", "a", ""]),
            ("fields[a[b]", &["fields", "a[b"]),
            ("fields[a]b]", &["fields", "a]b"]),
            ("fields[a[b]]", &["fields", "a[b]"]),
            ("fields[[a]", &["fields", "[a"]),
            ("fields[a]]", &["fields", "a]"]),
            ("fields[a]][b]", &["fields", "a]", "b"]),
            ("fields[a][[b]", &["fields", "a", "[b"]),
            ("fields[a", &["fields[a"]),
            ("fields[a]b", &["fields[a]b"]),
            ("fields[a][b", &["fields[a][b"]),
            ("[a]", &["[a]"]),
            ("]", &["]"]),
            ("a]", &["a]"]),
            ("", &[""]),
        ];
        for (name, parts) in cases {
            assert_eq!(read(name), *parts, "{name}");
        }
    }
}
