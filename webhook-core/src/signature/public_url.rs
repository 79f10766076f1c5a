//! The address that the sender calls, where a proxy shows this machine another one.

use super::host;
use crate::key::NameError;
use http::uri::PathAndQuery;
use std::error::Error;
use std::fmt;
use std::str::FromStr;

/// The address of a webhook as Copernica knows it.
///
/// A call is signed for the host and path that the sender called. A proxy that rewrites one of
/// them breaks the signature; a public URL says what was there before.
///
/// - Without a path (not even `/`) only the host is replaced, and the path is the call's own.
/// - With a path, that is the path. The query is the call's own, from the first `?` of the request
///   line on, so an empty query (`/path?`) keeps its question mark.
/// - With a query, even an empty one (`https://example.com/path?`), that is the query.
///
/// Nothing is normalised: write the URL as it stands at Copernica, with its escapes and its
/// letters' case. Only the port that is the scheme's default is left out, as HTTP clients do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    host: String,
    path: Option<String>,
    query: Option<String>,
}

impl PublicUrl {
    /// Reads a URL with `http` or `https`.
    ///
    /// ```
    /// use webhook_core::signature::PublicUrl;
    ///
    /// let url = PublicUrl::parse("https://hooks.example.com/copernica")?;
    /// assert_eq!(url.host(), "hooks.example.com");
    /// # Ok::<(), webhook_core::signature::ParsePublicUrlError>(())
    /// ```
    ///
    /// # Errors
    /// It has another scheme, a host that no call can be for, a user name, a fragment, or characters
    /// that can't stand in a request line.
    pub fn parse(url: &str) -> Result<Self, ParsePublicUrlError> {
        let (port, host, target) = pieces(url).ok_or(ParsePublicUrlError { host: None })?;
        let host = host.strip_suffix(port).or_else(|| host.strip_suffix(':')).unwrap_or(host);
        host::check(host).map_err(|fault| ParsePublicUrlError { host: Some(fault) })?;
        Self::at(host, target).ok_or(ParsePublicUrlError { host: None })
    }

    fn at(host: &str, target: &str) -> Option<Self> {
        let (path, query) = split(target);
        let path = match (path, query) {
            ("", "") => None,
            ("", _) => Some("/"),
            (path, _) => Some(path),
        };
        path.is_none_or(|path| path.parse::<PathAndQuery>().is_ok()).then_some(())?;
        let query = (!query.is_empty()).then(|| query.to_owned());
        query.as_ref().is_none_or(|query| is_query(query)).then(|| Self {
            host: host.to_owned(),
            path: path.map(str::to_owned),
            query,
        })
    }

    /// Returns the host, as a client sends it.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns what the sender called, in two parts, when this machine saw `called`.
    pub(super) fn target<'a>(&'a self, called: &'a str) -> [&'a str; 2] {
        let (path, query) = split(called);
        [self.path.as_deref().unwrap_or(path), self.query.as_deref().unwrap_or(query)]
    }
}

/// Returns the default port of a URL's scheme with its colon, the host, and what follows that.
fn pieces(url: &str) -> Option<(&'static str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let port = if scheme.eq_ignore_ascii_case("https") {
        ":443"
    } else if scheme.eq_ignore_ascii_case("http") {
        ":80"
    } else {
        return None;
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, target) = rest.split_at_checked(end)?;
    let readable = !host.is_empty() && !host.contains('@') && !target.contains('#');
    readable.then_some((port, host, target))
}

/// Returns the path, and the query with its question mark.
fn split(target: &str) -> (&str, &str) {
    target.split_at_checked(target.find('?').unwrap_or(target.len())).unwrap_or((target, ""))
}

fn is_query(query: &str) -> bool {
    format!("/{query}").parse::<PathAndQuery>().is_ok()
}

impl FromStr for PublicUrl {
    type Err = ParsePublicUrlError;

    fn from_str(url: &str) -> Result<Self, ParsePublicUrlError> {
        Self::parse(url)
    }
}

/// A text that is not a [`PublicUrl`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParsePublicUrlError {
    /// What is wrong with the host, if it is the host.
    host: Option<NameError>,
}

impl fmt::Display for ParsePublicUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host {
            Some(fault) => write!(f, "no call can be for the URL's host: {fault}"),
            None => f.write_str(
                "must be a URL such as https://example.com/path, without user or fragment",
            ),
        }
    }
}

impl Error for ParsePublicUrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_or_refused() {
        let cases: &[(&str, &str, &str, &str, &str)] = &[
            ("https://a.example", "/x?y=1", "a.example", "/x", "?y=1"),
            ("https://a.example/", "/x?y=1", "a.example", "/", "?y=1"),
            ("https://a.example/p/q", "/x", "a.example", "/p/q", ""),
            ("https://a.example/p/q", "/x?", "a.example", "/p/q", "?"),
            ("https://a.example/p/q", "/x?y?z", "a.example", "/p/q", "?y?z"),
            ("https://a.example/p?", "/x?y=1", "a.example", "/p", "?"),
            ("https://a.example/p?t=%2f&u", "/x?y=1", "a.example", "/p", "?t=%2f&u"),
            ("https://a.example?t", "/x?y=1", "a.example", "/", "?t"),
            ("HTTPS://A.Example:443/p%2F", "/x", "A.Example", "/p%2F", ""),
            ("http://a.example:80/", "/x", "a.example", "/", ""),
            ("http://a.example:443/", "/x", "a.example:443", "/", ""),
            ("https://a.example:8443/", "/x", "a.example:8443", "/", ""),
            ("https://[::1]:443/", "/x", "[::1]", "/", ""),
            ("https://a.example:/", "/x", "a.example", "/", ""),
        ];
        for (url, called, host, path, query) in cases {
            let url = PublicUrl::parse(url).expect(url);
            assert_eq!((url.host(), url.target(called)), (*host, [*path, *query]), "{url:?}");
        }
        let refused = [
            "",
            "a.example/p",
            "//a.example/p",
            "ftp://a.example/p",
            "https://",
            "https:///p",
            "https://:443/p",
            "https://:8443/p",
            "https://user@a.example/p",
            "https://a.example/p#f",
            "https://a.example#f",
            "https://a b.example/p",
            "https://a.example/p q",
            "https://a.example/p?q r",
            "https://a.example/p\n",
        ];
        for url in refused {
            assert!(PublicUrl::parse(url).is_err(), "{url:?}");
        }
        let hosts = [
            ("https://*.example/p", NameError::Wildcard),
            ("https://münchen.example/p", NameError::NotAscii),
            ("https://2001:db8::1/p", NameError::Ipv6),
            ("https://a.example:x/p", NameError::Port),
            ("https://a..example/p", NameError::Label),
        ];
        for (url, fault) in hosts {
            let error = ParsePublicUrlError { host: Some(fault) };
            assert_eq!(PublicUrl::parse(url), Err(error), "{url:?}");
        }
    }
}
