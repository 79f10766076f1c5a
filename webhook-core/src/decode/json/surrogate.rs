//! Half a surrogate pair in an escape, `"\ud800"`: JSON's grammar has it (RFC 8259 §8.2), UTF-8 does
//! not, and a parser refuses it without saying why.

/// Finds the escapes of `body` that are half a surrogate pair, by where they begin.
pub(super) fn halves(body: &[u8]) -> impl Iterator<Item = usize> {
    let (mut at, mut in_string) = (0, false);
    std::iter::from_fn(move || {
        while let Some(byte) = body.get(at) {
            let here = at;
            at += 1;
            match byte {
                b'"' => in_string = !in_string,
                b'\\' if in_string => match (unit(body, here), unit(body, here + UNIT)) {
                    (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => at = here + 2 * UNIT,
                    (Some(0xd800..=0xdfff), _) => {
                        at = here + UNIT;
                        return Some(here);
                    }
                    _ => at = here + 2,
                },
                _ => {}
            }
        }
        None
    })
}

/// Puts U+FFFD in the place of each: an escape of the same length, so everything stays where it is.
pub(super) fn replace_halves(body: &mut [u8]) {
    let found: Vec<usize> = halves(body).collect();
    for at in found {
        if let Some(escape) = body.get_mut(at..at + UNIT) {
            escape.copy_from_slice(REPLACEMENT);
        }
    }
}

/// U+FFFD as an escape.
const REPLACEMENT: &[u8; UNIT] = b"\\ufffd";
/// Bytes of an escape with four digits.
const UNIT: usize = 6;

/// Returns what the four digits of the escape that begins at `at` stand for.
fn unit(body: &[u8], at: usize) -> Option<u32> {
    let digits = body.get(at..at + UNIT)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_found_and_pairs_are_not() {
        let cases: [(&str, &[usize]); 12] = [
            (r#""\ud800""#, &[1]),
            (r#""\uDC00""#, &[1]),
            (r#""\ud83d\ude00""#, &[]),
            (r#""\ud83d\ud83d\ude00""#, &[1]),
            (r#""\ude00\ud83d""#, &[1, 7]),
            (r#""\\ud800""#, &[]),
            (r#""\\\ud800""#, &[3]),
            (r#""\"\ud800"x"\udfff""#, &[3, 12]),
            (r#""\ud800x\udc00""#, &[1, 8]),
            (r"\ud800", &[]),
            (r#""\ud80"#, &[]),
            (r#""a\"#, &[]),
        ];
        for (body, expected) in cases {
            assert_eq!(halves(body.as_bytes()).collect::<Vec<_>>(), expected, "{body}");
        }
    }
}
