//! Base64 as senders write it.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};

const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// A signature is 344 letters, of which SIMD decodes thirty-two at a time by AVX2, sixteen by NEON.
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon")))]
static ENGINE: std::sync::LazyLock<base64::engine::Simd> =
    std::sync::LazyLock::new(|| base64::engine::Simd::standard(CONFIG));

/// Where there is no such engine.
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_feature = "neon"))))]
static ENGINE: base64::engine::GeneralPurpose =
    base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, CONFIG);

/// Decodes base64 with or without padding, and with white space anywhere (a long value that was
/// folded over several lines keeps some).
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    decode_with_room(text, 0)
}

/// Decodes base64 into memory with room for so many bytes more.
pub(crate) fn decode_with_room(text: &[u8], room: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len().div_ceil(4) * 3 + room);
    // Nearly every sender writes it in one piece.
    if ENGINE.decode_vec(text, &mut bytes).is_ok() {
        return Some(bytes);
    }
    bytes.clear();
    let kept = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace());
    ENGINE.decode_vec(kept.collect::<Vec<_>>(), &mut bytes).is_ok().then_some(bytes)
}

/// Writes bytes as base64, with padding.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    ENGINE.encode(bytes)
}

/// Decodes the bytes, if there are exactly so many; at most a SHA-512's.
pub(crate) fn decode_array<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    // The decoder needs space for a last group, whether or not it is full.
    let mut bytes = [0; 66];
    let bytes = match ENGINE.decode_slice(text, &mut bytes) {
        Ok(length) => bytes.get(..length)?,
        Err(_) => return decode(text)?.try_into().ok(),
    };
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_base64_are_read() {
        let cases: &[(&str, Option<&[u8]>)] = &[
            ("", Some(b"")),
            ("YQ==", Some(b"a")),
            ("YQ=", Some(b"a")),
            ("YQ", Some(b"a")),
            (" Y\tQ\r\n= =", Some(b"a")),
            ("YWI", Some(b"ab")),
            ("YWJj", Some(b"abc")),
            ("+/+/", Some(&[0xfb, 0xff, 0xbf])),
            ("-_-_", None),
            // Bits that belong to no byte must be zero: one value, one text.
            ("YR==", None),
            ("Y", None),
            ("YWJj=", None),
            ("YQ===", None),
            ("Y=Q", None),
            ("YQ==YQ==", None),
            ("YW\u{e9}j", None),
        ];
        for (text, expected) in cases {
            assert_eq!(decode(text.as_bytes()).as_deref(), *expected, "{text:?}");
        }
    }

    /// 256 bytes are 344 letters, as many as those of a signature of 2048 bits.
    #[test]
    fn every_letter_of_a_long_text_counts() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        for length in 0..=bytes.len() {
            let bytes = &bytes[..length];
            assert_eq!(decode(encode(bytes).as_bytes()).as_deref(), Some(bytes), "{length} bytes");
        }
        let text = encode(&bytes).into_bytes();
        let letters = text.iter().position(|letter| *letter == b'=').unwrap();
        for at in 0..letters {
            for wrong in *b"-_.=\0\x80\xff" {
                let mut text = text.clone();
                text[at] = wrong;
                assert_eq!(decode(&text), None, "{wrong} at {at}");
            }
            let mut text = text.clone();
            text.insert(at, b'\n');
            assert_eq!(decode(&text).as_ref(), Some(&bytes), "a line that ends at {at}");
        }
    }
}
