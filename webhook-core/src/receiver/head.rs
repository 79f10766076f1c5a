//! A request's head, borrowed from whatever framework it came in by.

use crate::receiver::Format;
use crate::rejection::{Rejection, RejectionKind};
use http::uri::Authority;
use http::{HeaderMap, request};

/// Headers to look up; the frameworks do not agree on a type for them.
pub trait Headers {
    /// Calls `visit` with each value of the header, in order; `name` is in lower case.
    fn each(&self, name: &str, visit: &mut dyn FnMut(&[u8]));
}

impl Headers for HeaderMap {
    fn each(&self, name: &str, visit: &mut dyn FnMut(&[u8])) {
        self.get_all(name).iter().for_each(|value| visit(value.as_bytes()));
    }
}

/// What an adapter lends of a request: as it arrived, before routers or proxies rewrote it.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations)]
pub struct Head<'a> {
    /// The method.
    pub method: &'a str,
    /// The original path and query, un-normalised.
    pub target: &'a str,
    /// The authority of the request line (absolute form) or of HTTP/2's pseudo-header.
    pub authority: Option<&'a str>,
    /// The headers.
    pub headers: &'a dyn Headers,
}

impl<'a> Head<'a> {
    /// The head of an `http` request.
    #[must_use]
    pub fn of(parts: &'a request::Parts) -> Self {
        Self {
            method: parts.method.as_str(),
            target: parts.uri.path_and_query().map_or("", |target| target.as_str()),
            authority: parts.uri.authority().map(Authority::as_str),
            headers: &parts.headers,
        }
    }

    /// How the body is written; `None` when no header says.
    pub(super) fn format(&self) -> Result<Option<Format>, Rejection> {
        let refuse = |detail| Err(Rejection::new(RejectionKind::UnsupportedMediaType, detail));
        let mut coded = false;
        self.headers.each("content-encoding", &mut |value| {
            coded |= !value.trim_ascii().eq_ignore_ascii_case(b"identity");
        });
        if coded {
            return refuse(
                "the body has a content coding: send it plain, without Content-Encoding",
            )
            .map_err(Rejection::about_coding);
        }
        let (mut count, mut format) = (0, None);
        self.headers.each("content-type", &mut |value| {
            count += 1;
            format = media_type(value);
        });
        match (count, format) {
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
        let mut length = None;
        self.headers.each("content-length", &mut |value| {
            length = str::from_utf8(value).ok().and_then(|text| text.trim().parse().ok());
        });
        length
    }

    /// The host that was called: the authority, or the one Host header. RFC 9112 §3.2: a request
    /// with two is refused.
    pub(super) fn host(&self) -> Result<Option<String>, Rejection> {
        let refuse = |detail| Err(Rejection::new(RejectionKind::MalformedRequest, detail));
        let (mut count, mut host) = (0, None);
        self.headers.each("host", &mut |value| {
            count += 1;
            let text = str::from_utf8(value).ok().map(str::trim);
            let text = text.filter(|text| is_host(text));
            host = text.map(str::to_ascii_lowercase);
        });
        match (self.authority.map(str::to_ascii_lowercase), count, host) {
            (Some(authority), 0, _) => Ok(Some(authority)),
            (None, 0, _) => Ok(None),
            (None, 1, Some(host)) => Ok(Some(host)),
            (Some(authority), 1, Some(host)) if authority == host => Ok(Some(host)),
            (Some(_), 1, Some(_)) => refuse("Host and the request's authority differ"),
            (_, 1, None) => refuse("Host is not a host"),
            _ => refuse("there is more than one Host"),
        }
    }
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
