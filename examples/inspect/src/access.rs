//! Who may see the page: its host, where a request comes from, and a token.
//!
//! The page shows personal data and can send. A page of another site that the operator has open must
//! not get at it: by a name of its own that it points at this machine (DNS rebinding: the `Host` is
//! that name), by a form or script (CSRF: the `Origin` is that site's), or by a frame.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Digest, SHA256, digest};
use aws_lc_rs::rand;
use axum::http::{HeaderMap, Uri, header};

/// The cookie that says that the token was seen.
const COOKIE: &str = "copernica_inspect";

/// A secret, of which only the hash is kept: two hashes have one length to compare.
pub struct Token(Digest);

impl Token {
    pub fn of(secret: &str) -> Self {
        Self(digest(&SHA256, secret.as_bytes()))
    }

    /// Compares in constant time.
    fn is(&self, secret: &str) -> bool {
        let other = digest(&SHA256, secret.as_bytes());
        verify_slices_are_equal(self.0.as_ref(), other.as_ref()).is_ok()
    }
}

/// Why a request to the page is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is for another host than the page's.
    Host,
    /// It comes from another site.
    Origin,
    /// It changes something, and has not the token of this process's page.
    Csrf,
    /// It has no token where one is required.
    Token,
}

/// What is required of a request to the page.
pub struct Access {
    /// The hosts that the page is called by, in lower case, with their ports.
    hosts: Vec<String>,
    token: Option<Token>,
    /// What the cookie holds: it is worth nothing in another run.
    session: String,
    /// What a request that changes something has to name.
    csrf: String,
}

impl Access {
    /// # Errors
    /// There is no randomness.
    pub fn new(port: u16, host: Option<&str>, token: Option<Token>) -> Result<Self, String> {
        let local = ["127.0.0.1", "[::1]", "localhost"];
        let mut hosts: Vec<_> = local.iter().map(|name| format!("{name}:{port}")).collect();
        if port == 80 {
            hosts.extend(local.map(str::to_owned));
        }
        hosts.extend(host.map(str::to_ascii_lowercase));
        Ok(Self { hosts, token, session: random()?, csrf: random()? })
    }

    /// Returns what the page's own requests name.
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Checks a request; `changes` says that it is not a mere look.
    ///
    /// # Errors
    /// It is refused.
    pub fn check(&self, uri: &Uri, headers: &HeaderMap, changes: bool) -> Result<(), Refused> {
        self.check_host(uri, headers)?;
        self.check_origin(headers, changes)?;
        if !self.is_known(headers) {
            return Err(Refused::Token);
        }
        let csrf = one(headers, "x-inspect-csrf").unwrap_or_default();
        if changes && !Token::of(&self.csrf).is(csrf) {
            return Err(Refused::Csrf);
        }
        Ok(())
    }

    /// Returns the cookie for a request whose query has the right token.
    pub fn cookie_for(&self, uri: &Uri, headers: &HeaderMap) -> Option<String> {
        self.check_host(uri, headers).ok()?;
        let query = uri.query()?;
        let secret = query.split('&').find_map(|pair| pair.strip_prefix("token="))?;
        self.token
            .as_ref()?
            .is(secret)
            .then(|| format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict", self.session))
    }

    fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refused> {
        let called = one(headers, "host").ok_or(Refused::Host)?;
        let named = uri.authority().is_none_or(|authority| self.knows(authority.as_str()));
        if named && self.knows(called) { Ok(()) } else { Err(Refused::Host) }
    }

    fn knows(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    fn check_origin(&self, headers: &HeaderMap, changes: bool) -> Result<(), Refused> {
        if headers.contains_key(header::ORIGIN) {
            let origin = one(headers, "origin").ok_or(Refused::Origin)?;
            let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            if !host.is_some_and(|host| self.knows(host)) {
                return Err(Refused::Origin);
            }
        } else if changes {
            // Every browser names it with a POST.
            return Err(Refused::Origin);
        }
        // Fetch Metadata: a request without an Origin, such as that of an image or a link.
        match one(headers, "sec-fetch-site") {
            None | Some("same-origin" | "none") => Ok(()),
            Some(_) => Err(Refused::Origin),
        }
    }

    fn is_known(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        let bearer = one(headers, "authorization").and_then(|it| it.strip_prefix("Bearer "));
        let session = Token::of(&self.session);
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut cookies = cookies.flat_map(|line| line.split(';'));
        bearer.is_some_and(|secret| token.is(secret))
            || cookies.any(|cookie| {
                let pair = cookie.trim().split_once('=');
                pair.is_some_and(|(name, value)| name == COOKIE && session.is(value))
            })
    }
}

/// Returns a header's value, if there is one line of it and it is text.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next()?;
    if lines.next().is_some() { None } else { line.to_str().ok() }
}

fn random() -> Result<String, String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| "there is no randomness".to_owned())?;
    Ok(bytes.map(|byte| format!("{byte:02x}")).concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn check(
        access: &Access,
        lines: &[(&'static str, &str)],
        changes: bool,
    ) -> Result<(), Refused> {
        access.check(&Uri::from_static("/"), &headers(lines), changes)
    }

    #[test]
    fn only_its_own_hosts_and_origins_get_in() {
        let access = Access::new(3001, None, None).unwrap();
        for host in ["127.0.0.1:3001", "[::1]:3001", "LOCALHOST:3001"] {
            assert_eq!(check(&access, &[("host", host)], false), Ok(()), "{host}");
        }
        for host in ["127.0.0.1", "localhost:3000", "evil.example:3001", "localhost:3001.evil", ""]
        {
            assert_eq!(check(&access, &[("host", host)], false), Err(Refused::Host), "{host}");
        }
        let host = ("host", "localhost:3001");
        assert_eq!(check(&access, &[host, host], false), Err(Refused::Host));
        assert_eq!(check(&access, &[], false), Err(Refused::Host));
        for origin in ["null", "http://evil.example", "http://localhost:3000", "file://"] {
            let lines = [host, ("origin", origin)];
            assert_eq!(check(&access, &lines, false), Err(Refused::Origin), "{origin}");
        }
        let lines = [host, ("sec-fetch-site", "cross-site")];
        assert_eq!(check(&access, &lines, false), Err(Refused::Origin));
        let absolute = Uri::from_static("http://evil.example/");
        assert_eq!(access.check(&absolute, &headers(&[host]), false), Err(Refused::Host));
    }

    #[test]
    fn a_change_needs_the_origin_and_the_token_of_the_page() {
        let access = Access::new(3001, None, None).unwrap();
        let (host, origin) = (("host", "localhost:3001"), ("origin", "http://localhost:3001"));
        assert_eq!(check(&access, &[host], true), Err(Refused::Origin));
        assert_eq!(check(&access, &[host, origin], true), Err(Refused::Csrf));
        let csrf = access.csrf().to_owned();
        assert_eq!(check(&access, &[host, origin, ("x-inspect-csrf", &csrf)], true), Ok(()));
        assert_eq!(check(&access, &[host, ("x-inspect-csrf", &csrf)], true), Err(Refused::Origin));
    }

    #[test]
    fn beyond_loopback_the_token_or_its_cookie_is_required() {
        let secret = "0123456789abcdef";
        let access = Access::new(3001, Some("Inspect.example"), Some(Token::of(secret))).unwrap();
        let host = ("host", "inspect.example");
        assert_eq!(check(&access, &[host], false), Err(Refused::Token));
        assert_eq!(
            check(&access, &[host, ("authorization", "Bearer x")], false),
            Err(Refused::Token)
        );
        let bearer = format!("Bearer {secret}");
        assert_eq!(check(&access, &[host, ("authorization", &bearer)], false), Ok(()));
        let uri: Uri = format!("/?token={secret}").parse().unwrap();
        let cookie = access.cookie_for(&uri, &headers(&[host])).unwrap();
        assert!(cookie.contains("HttpOnly; SameSite=Strict") && !cookie.contains(secret));
        let cookie = cookie.split(';').next().unwrap().to_owned();
        assert_eq!(check(&access, &[host, ("cookie", &cookie)], false), Ok(()));
        assert!(access.cookie_for(&Uri::from_static("/?token=wrong"), &headers(&[host])).is_none());
    }
}
