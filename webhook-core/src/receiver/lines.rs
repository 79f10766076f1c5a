//! The header lines that decide something, found in one pass.

use super::Headers;
use super::media_type::{self, MediaFault};
use crate::rejection::{Rejection, RejectionKind};
use crate::signature::is_same_host;
use http::uri::Authority;

/// The lines of one name.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Line<'a> {
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
pub(crate) struct Lines<'a> {
    noted: [Line<'a>; NOTED],
    /// Whether the body has a content coding: what several lines say adds up.
    coded: bool,
}

/// How many names have a [`place`].
const NOTED: usize = 8;

/// Where the lines of a name are noted, if they are. A `match`, for it looks at a name's length
/// first, and most names end there.
#[inline]
fn place(name: &str) -> Option<usize> {
    Some(match name {
        "content-type" => 0,
        "content-length" => 1,
        "host" => 2,
        "signature" => 3,
        "date" => 4,
        "digest" => 5,
        "x-copernica-id" => 6,
        "x-nonce" => 7,
        _ => return None,
    })
}

impl<'a> Lines<'a> {
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

    /// The lines of a name, if it is one of those that are noted.
    #[inline]
    pub(crate) fn named(&self, name: &str) -> Option<Line<'a>> {
        self.noted.get(place(name)?).copied()
    }

    /// Refuses a body with a content coding: what was signed is the bytes as they are.
    pub(super) fn check_coding(&self) -> Result<(), Rejection> {
        if !self.coded {
            return Ok(());
        }
        let detail = "the body has a content coding: send it plain, without Content-Encoding";
        Err(Rejection::new(RejectionKind::UnsupportedMediaType, detail).about_coding())
    }

    /// Returns what `Content-Type` says against decoding the body, if anything.
    pub(super) fn media_type(&self) -> Result<(), MediaFault> {
        let line = self.named("content-type").unwrap_or_default();
        match line.count {
            0 => Err(MediaFault::Absent),
            1 => media_type::check(line.value),
            _ => Err(MediaFault::Repeated),
        }
    }

    /// The body's length as announced. One that is no number was the server's to refuse.
    pub(super) fn length(&self) -> Option<usize> {
        str::from_utf8(self.named("content-length")?.value).ok()?.parse().ok()
    }

    /// The host that was called: the authority, or the one Host header. RFC 9112 §3.2: a request
    /// with two is refused.
    pub(super) fn host<'h>(&self, authority: Option<&'h str>) -> Result<Option<&'h str>, Rejection>
    where
        'a: 'h,
    {
        let refuse = |detail| Err(Rejection::new(RejectionKind::MalformedRequest, detail));
        let line = self.named("host").unwrap_or_default();
        let host = str::from_utf8(line.value).ok().filter(|text| is_host(text));
        match (authority, line.count, host) {
            (Some(authority), 0, _) => Ok(Some(authority)),
            (None, 0, _) => Ok(None),
            (None, 1, Some(host)) => Ok(Some(host)),
            (Some(authority), 1, Some(host)) if is_same_host(authority, host) => Ok(Some(host)),
            (Some(_), 1, Some(_)) => refuse("Host and the request's authority differ"),
            (_, 1, None) => refuse("Host is not a host"),
            _ => refuse("there is more than one Host"),
        }
    }
}

/// Without the white space around it (RFC 9110 §5.5 says what that is).
pub(crate) fn trim(value: &[u8]) -> &[u8] {
    let mut inner = value;
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = inner {
        inner = rest;
    }
    inner
}

/// A name or an IPv4 address and perhaps a port is seen at once; what else a host may be is known
/// to the parser of authorities.
fn is_host(text: &str) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let name = text.bytes().position(|byte| !plain(&byte)).unwrap_or(text.len());
    let ordinary = name > 0
        && match text.as_bytes().get(name..) {
            Some([]) => true,
            Some([b':', port @ ..]) => {
                (1..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit)
            }
            _ => false,
        };
    ordinary || text.parse::<Authority>().is_ok()
}
