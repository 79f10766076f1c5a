//! The header lines that decide something, found in one pass.

use super::{Format, Headers};
use crate::rejection::{Rejection, RejectionKind};
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

/// Every line that a receiver decides by; whatever else is covered by a signature is looked up
/// when its turn comes.
#[derive(Debug, Default)]
pub(crate) struct Lines<'a> {
    coded: bool,
    content_type: Line<'a>,
    content_length: Line<'a>,
    pub(crate) host: Line<'a>,
    pub(crate) signature: Line<'a>,
    pub(crate) date: Line<'a>,
    pub(crate) digest: Line<'a>,
    pub(crate) account: Line<'a>,
    pub(crate) nonce: Line<'a>,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(headers: &'a dyn Headers) -> Self {
        let mut lines = Self::default();
        headers.each(&mut |name, value| {
            let line = match name {
                "content-encoding" => {
                    lines.coded |= !value.trim_ascii().eq_ignore_ascii_case(b"identity");
                    return;
                }
                "content-type" => &mut lines.content_type,
                "content-length" => &mut lines.content_length,
                "host" => &mut lines.host,
                "signature" => &mut lines.signature,
                "date" => &mut lines.date,
                "digest" => &mut lines.digest,
                "x-copernica-id" => &mut lines.account,
                "x-nonce" => &mut lines.nonce,
                _ => return,
            };
            line.count = line.count.saturating_add(1);
            line.value = trim(value);
            line.longest = line.longest.max(value.len());
        });
        lines
    }

    /// How the body is written; `None` when no header says.
    pub(super) fn format(&self) -> Result<Option<Format>, Rejection> {
        let refuse = |detail| Err(Rejection::new(RejectionKind::UnsupportedMediaType, detail));
        if self.coded {
            return refuse(
                "the body has a content coding: send it plain, without Content-Encoding",
            )
            .map_err(Rejection::about_coding);
        }
        match (self.content_type.count, media_type(self.content_type.value)) {
            (0, _) => Ok(None),
            (1, Some(format)) => Ok(Some(format)),
            (1, None) => {
                refuse("Content-Type must be application/x-www-form-urlencoded or application/json")
            }
            _ => refuse("there is more than one Content-Type"),
        }
    }

    /// The body's length as announced. One that is no number was the server's to refuse.
    pub(super) fn length(&self) -> Option<usize> {
        str::from_utf8(self.content_length.value).ok()?.parse().ok()
    }

    /// The host that was called: the authority, or the one Host header. RFC 9112 §3.2: a request
    /// with two is refused.
    pub(super) fn host(&self, authority: Option<&str>) -> Result<Option<String>, Rejection> {
        let refuse = |detail| Err(Rejection::new(RejectionKind::MalformedRequest, detail));
        let host = str::from_utf8(self.host.value).ok().filter(|text| is_host(text));
        match (authority, self.host.count, host) {
            (Some(authority), 0, _) => Ok(Some(authority.to_ascii_lowercase())),
            (None, 0, _) => Ok(None),
            (None, 1, Some(host)) => Ok(Some(host.to_ascii_lowercase())),
            (Some(authority), 1, Some(host)) if authority.eq_ignore_ascii_case(host) => {
                Ok(Some(host.to_ascii_lowercase()))
            }
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
    let (name, port) = text.split_once(':').unwrap_or((text, "0"));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    let ordinary = (1..=5).contains(&port.len())
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(plain);
    ordinary || text.parse::<Authority>().is_ok()
}

/// The two media types, in any case, with any parameters.
fn media_type(value: &[u8]) -> Option<Format> {
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if essence.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        Some(Format::Form)
    } else if essence.eq_ignore_ascii_case(b"application/json") {
        Some(Format::Json)
    } else {
        None
    }
}
