//! Numbers as they were sent: a parser keeps 64 bits of one, a field keeps all of its digits.

use crate::limits::EXACT_DIGITS;
use std::borrow::Cow;
use wide::u8x16;

/// A body in which every number that a parser would change is text, which is what it becomes.
pub(super) struct Kept<'a> {
    pub(super) body: Cow<'a, [u8]>,
    /// Where quotes were put, in the new body.
    quotes: Vec<usize>,
}

impl Kept<'_> {
    /// Returns where a byte of the new body stood in the old one.
    pub(super) fn sent_at(&self, offset: usize) -> usize {
        offset - self.quotes.partition_point(|quote| *quote < offset)
    }
}

/// Puts quotes around `12345678901234567890123`, `1.10`, `1e400` and `-0`, but not `42`. Only a
/// whole number of JSON's grammar that stands where a value may stand is touched, so what was
/// JSON stays JSON and what was not does not become it.
pub(super) fn keep(body: &[u8]) -> Kept<'_> {
    let (mut kept, mut quotes, mut copied) = (Vec::new(), Vec::new(), 0);
    if !may_change(body) {
        return Kept { body: Cow::Borrowed(body), quotes };
    }
    let (mut at, mut may_begin) = (0, true);
    while let Some(byte) = body.get(at) {
        let rest = body.get(at..).unwrap_or_default();
        match byte {
            b'"' => {
                at += string(rest);
                may_begin = false;
            }
            b'-' | b'0'..=b'9' => {
                let len = rest.iter().take_while(|byte| is_part(**byte)).count();
                let (token, rest) = rest.split_at(len);
                if may_begin && changes(token) && may_end(rest) {
                    kept.extend_from_slice(body.get(copied..at).unwrap_or_default());
                    quotes.push(kept.len());
                    kept.extend_from_slice(&[b"\"", token, b"\""].concat());
                    quotes.push(kept.len() - 1);
                    copied = at + len;
                }
                at += len;
                may_begin = false;
            }
            byte => {
                may_begin = matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' | b'[');
                at += 1;
            }
        }
    }
    if quotes.is_empty() {
        return Kept { body: Cow::Borrowed(body), quotes };
    }
    kept.extend_from_slice(body.get(copied..).unwrap_or_default());
    Kept { body: Cow::Owned(kept), quotes }
}

/// Returns whether there is such a number, or text that looks like one: most bodies have neither,
/// and this is many times as fast as to read them.
fn may_change(body: &[u8]) -> bool {
    let from = |at: usize| body.get(at..).unwrap_or_default();
    // No early end: that is what makes these loops over whole vectors.
    let fraction = body.iter().zip(from(1)).fold(false, |found, (byte, next)| {
        found | (byte.is_ascii_digit() & matches!(next, b'.' | b'e' | b'E'))
    });
    let triples = body.iter().zip(from(1)).zip(from(2));
    let minus_zero = triples.fold(false, |found, ((byte, next), third)| {
        found | ((byte, next) == (&b'-', &b'0') && !third.is_ascii_digit())
    });
    // Of so many digits in a row one is at a multiple of their number.
    let is_long = |at: usize| {
        let (before, after) = body.split_at(at);
        let digits = |byte: &&u8| byte.is_ascii_digit();
        let before = before.iter().rev().take_while(digits).take(EXACT_DIGITS).count();
        before + after.iter().take_while(digits).take(EXACT_DIGITS + 1).count() > EXACT_DIGITS
    };
    let mut places = (0..body.len()).step_by(EXACT_DIGITS + 1);
    fraction || minus_zero || places.any(is_long)
}

/// Returns the length of the string that begins here, with its quotes.
fn string(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(rest) = text.get(at..) {
        let Some(found) = special(rest) else { break };
        at += found;
        match text.get(at) {
            Some(b'\\') => at += 2,
            _ => return at + 1,
        }
    }
    text.len()
}

/// Returns where the first quote or backslash is.
#[inline]
fn special(text: &[u8]) -> Option<usize> {
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\');
    let (blocks, rest) = text.as_chunks::<LANES>();
    for (block, at) in blocks.iter().zip((0..).step_by(LANES)) {
        let lanes = u8x16::new(*block);
        let found = lanes.simd_eq(u8x16::splat(b'"')) | lanes.simd_eq(u8x16::splat(b'\\'));
        let found = found.to_bitmask();
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize);
        }
    }
    rest.iter().position(is_special).map(|at| text.len() - rest.len() + at)
}

/// Bytes looked at together.
const LANES: usize = 16;

fn is_part(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// Returns whether a value may end here that is not a name: those are followed by a colon.
fn may_end(rest: &[u8]) -> bool {
    matches!(rest.first(), None | Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b']' | b'}'))
        && rest.trim_ascii_start().first() != Some(&b':')
}

/// Returns whether this is a number (RFC 8259 §6) that 64 bits may not give back digit by digit.
fn changes(token: &[u8]) -> bool {
    let digits = token.strip_prefix(b"-").unwrap_or(token);
    let (whole, rest) = split_digits(digits);
    let (fraction, rest) = match rest.strip_prefix(b".") {
        Some(rest) => split_digits(rest),
        None => (&b"0"[..], rest),
    };
    let (exponent, rest) = match rest {
        [b'e' | b'E', b'+' | b'-', rest @ ..] | [b'e' | b'E', rest @ ..] => split_digits(rest),
        _ => (&b"0"[..], rest),
    };
    let one_way = whole.len() == 1 || !whole.starts_with(b"0");
    let is_number = one_way
        && [whole, fraction, exponent].iter().all(|digits| !digits.is_empty())
        && rest.is_empty();
    let is_exact = whole.len() == digits.len()
        && whole.len() <= EXACT_DIGITS
        && !(whole == b"0" && token.len() == 2);
    is_number && !is_exact
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_number_is_seen_wherever_it_stands() {
        for at in 0..60 {
            for digits in [EXACT_DIGITS, EXACT_DIGITS + 1, 40] {
                let body = format!("[{}{}]", "1,".repeat(at), "7".repeat(digits));
                let is_kept = matches!(keep(body.as_bytes()).body, Cow::Owned(_));
                assert_eq!(is_kept, digits > EXACT_DIGITS, "{body}");
                let body = format!("[{}{} ]", " ".repeat(at), "7".repeat(digits));
                let is_kept = matches!(keep(body.as_bytes()).body, Cow::Owned(_));
                assert_eq!(is_kept, digits > EXACT_DIGITS, "{body}");
            }
        }
    }

    #[test]
    fn only_numbers_that_would_change() {
        let cases = [
            ("12345678901234567890", "\"12345678901234567890\""),
            ("[1.10,-0, 1e400]", "[\"1.10\",\"-0\", \"1e400\"]"),
            ("[-0]", "[\"-0\"]"),
            ("[1.10]", "[\"1.10\"]"),
            ("[1E9]", "[\"1E9\"]"),
            ("[1,2,1234567890123456789]", "[1,2,\"1234567890123456789\"]"),
            ("{\"a\":-1234567890123456789\n}", "{\"a\":\"-1234567890123456789\"\n}"),
            ("[0.5E-1]", "[\"0.5E-1\"]"),
            (
                r#"["a text of many bytes, with \"quotes\" and a \\",1.5,"","\\"]"#,
                r#"["a text of many bytes, with \"quotes\" and a \\","1.5","","\\"]"#,
            ),
        ];
        for (body, expected) in cases {
            let kept = keep(body.as_bytes());
            assert_eq!(String::from_utf8_lossy(&kept.body), expected);
            let back = (0..expected.len()).filter(|at| !kept.quotes.contains(at));
            for (new, old) in back.zip(0..) {
                assert_eq!(kept.sent_at(new), old, "{body} at {new}");
            }
        }
        for same in [
            "[42,0,-1,123456789012345678]",
            r#"{"a":"1.10","b\"1.10":"\\"}"#,
            "{1.10:2}",
            "{1.10 :2}",
            "[01.10]",
            "[1.]",
            "[.5]",
            "[-]",
            "[1.1.1]",
            "[+1.5]",
            "[1.5x]",
            "[x1.5]",
            "[1e]",
            "[1e+]",
            "[\"a\"1.5]",
            "\"1.5",
            "1.5\"",
            "[00000000000000000000]",
        ] {
            assert!(matches!(keep(same.as_bytes()).body, Cow::Borrowed(_)), "{same}");
        }
    }
}
