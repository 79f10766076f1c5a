//! A request's head, borrowed from whatever framework it came in by.

use http::uri::Authority;
use http::{HeaderMap, request};

/// Headers to look through; the frameworks do not agree on a type for them.
pub trait Headers {
    /// Calls `visit` with each header line: its name in lower case, and its value. Lines of one
    /// name come in the order in which they were sent.
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a str, &'a [u8]));
}

impl Headers for HeaderMap {
    fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a str, &'a [u8])) {
        self.iter().for_each(|(name, value)| visit(name.as_str(), value.as_bytes()));
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
    /// Returns the head of an `http` request.
    #[must_use]
    pub fn of(parts: &'a request::Parts) -> Self {
        Self {
            method: parts.method.as_str(),
            target: parts.uri.path_and_query().map_or("", |target| target.as_str()),
            authority: parts.uri.authority().map(Authority::as_str),
            headers: &parts.headers,
        }
    }
}
