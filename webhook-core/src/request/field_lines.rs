//! The header lines that decide something, found in one pass.

use super::Headers;
use super::media_type::MediaType;
use crate::rejection::{Refusal, RejectionKind};
use crate::sender::{ACCOUNT_HEADER, NONCE_HEADER};

/// The lines of one name.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct FieldLine<'a> {
    /// How many there are.
    pub(crate) count: u32,
    /// The value of the last one, without the white space around it.
    pub(crate) value: &'a [u8],
    /// The longest of them, in bytes as sent.
    pub(crate) longest: usize,
}

/// Every line that a receiver decides by; what else a signature covers is looked up when its turn
/// comes.
#[derive(Debug, Default)]
pub(crate) struct FieldLines<'a> {
    noted: [FieldLine<'a>; NOTED],
    /// Whether the body has a content coding: what several lines say adds up.
    coded: bool,
}

/// How many names have a [`place`].
const NOTED: usize = 8;

/// Returns where the lines of a name are noted, if they are. A `match`, for it looks at a name's
/// length first, and most names end there.
#[inline]
fn place(name: &str) -> Option<usize> {
    Some(match name {
        "content-type" => 0,
        "content-length" => 1,
        "host" => 2,
        "signature" => 3,
        "date" => 4,
        "digest" => 5,
        ACCOUNT_HEADER => 6,
        NONCE_HEADER => 7,
        _ => return None,
    })
}

impl<'a> FieldLines<'a> {
    #[inline]
    pub(crate) fn of(headers: &'a dyn Headers) -> Self {
        let mut lines = Self::default();
        headers.each(&mut |name, value| {
            if let Some(line) = place(name).and_then(|place| lines.noted.get_mut(place)) {
                line.count = line.count.saturating_add(1);
                line.value = trim(value);
                line.longest = line.longest.max(value.len());
            } else if name == "content-encoding" {
                lines.coded |= !value.trim_ascii().eq_ignore_ascii_case(b"identity");
            }
        });
        lines
    }

    /// Returns the lines of a name, if it is one of those that are noted.
    #[inline]
    pub(crate) fn named(&self, name: &str) -> Option<FieldLine<'a>> {
        self.noted.get(place(name)?).copied()
    }

    /// Refuses a body with a content coding: what was signed is the bytes as they are.
    pub(crate) fn check_coding(&self) -> Result<(), Refusal> {
        if !self.coded {
            return Ok(());
        }
        let detail = "the body has a content coding: send it plain, without Content-Encoding";
        Err(Refusal::new(RejectionKind::UnsupportedMediaType, detail).about_coding())
    }

    /// Returns what `Content-Type` says.
    pub(crate) fn media_type(&self) -> MediaType {
        let line = self.named("content-type").unwrap_or_default();
        match line.count {
            0 => MediaType::Absent,
            1 => MediaType::sent(line.value),
            // What the others say makes no difference.
            _ => MediaType::sent(&[line.value, b", ", line.value].concat()),
        }
    }

    /// Returns the body's length as announced. One that is no number was the server's to refuse.
    pub(crate) fn length(&self) -> Option<usize> {
        str::from_utf8(self.named("content-length")?.value).ok()?.parse().ok()
    }
}

/// Returns a value without the white space around it (RFC 9110 §5.5 says what that is).
pub(crate) fn trim(value: &[u8]) -> &[u8] {
    let mut inner = value;
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = inner {
        inner = rest;
    }
    inner
}
