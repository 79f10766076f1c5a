//! Which host a call was meant for.

use crate::key::{NameError, check_name};
use crate::rejection::{Refusal, RejectionKind};
use crate::request::FieldLines;
use http::uri::Authority;
use std::net::Ipv6Addr;

/// Returns the host that was called: the authority, or the one `Host`.
///
/// # Errors
/// There are two of them, as RFC 9112 §3.2 says, or they differ: `malformed_request`.
pub(crate) fn called<'h>(
    lines: &FieldLines<'h>,
    authority: Option<&'h str>,
) -> Result<Option<&'h str>, Refusal> {
    let refuse = |detail| Err(Refusal::new(RejectionKind::MalformedRequest, detail));
    let line = lines.named("host").unwrap_or_default();
    let host = str::from_utf8(line.value).ok().filter(|text| is_host(text));
    match (authority, line.count, host) {
        (Some(authority), 0, _) => Ok(Some(authority)),
        (None, 0, _) => Ok(None),
        (None, 1, Some(host)) => Ok(Some(host)),
        (Some(authority), 1, Some(host)) if is_same(authority, host) => Ok(Some(host)),
        (Some(_), 1, Some(_)) => refuse("Host and the request's authority differ"),
        (_, 1, None) => refuse("Host is not a host"),
        _ => refuse("there is more than one Host"),
    }
}

/// Returns whether a text is a host. A name or an IPv4 address and perhaps a port is seen at once;
/// what else a host may be is known to the parser of authorities.
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

/// Returns a host in the form in which hosts are kept: lower case, without a final dot or a default
/// port.
///
/// Which of the two default ports it was is not checked: after a proxy that ends TLS, nothing here
/// knows the scheme.
pub(super) fn normalise(host: &str) -> String {
    let (name, port) = parts(host);
    let colon = if port.is_empty() { "" } else { ":" };
    [name, colon, port].concat().to_ascii_lowercase()
}

/// Reports whether two spellings are of one host.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    if one.eq_ignore_ascii_case(other) {
        return true;
    }
    let ((one, one_port), (other, other_port)) = (parts(one), parts(other));
    let same_address = || ipv6(one).is_some_and(|address| ipv6(other) == Some(address));
    one_port == other_port && (one.eq_ignore_ascii_case(other) || same_address())
}

/// Refuses what no call's host can ever be.
pub(super) fn check(host: &str) -> Result<(), NameError> {
    let (name, port) = parts(host);
    let port_is_sound = port.is_empty()
        || !port.starts_with('0') && port.parse::<u16>().is_ok_and(|number| number > 0);
    if name.starts_with('[') {
        ipv6(name).map(|_| ()).ok_or(NameError::Ipv6)?;
    } else if name.parse::<Ipv6Addr>().is_ok() {
        return Err(NameError::Ipv6);
    } else {
        check_name(name)?;
    }
    if port_is_sound { Ok(()) } else { Err(NameError::Port) }
}

/// Returns the name without a final dot, and the port; that is empty where it is a default one.
fn parts(host: &str) -> (&str, &str) {
    let host = host.trim_matches([' ', '\t']);
    let (name, port) = match host.rsplit_once(':') {
        // Otherwise the colon is an IPv6 address's own.
        Some((name, port))
            if port.bytes().all(|byte| byte.is_ascii_digit())
                && (!name.contains(':') || name.ends_with(']')) =>
        {
            (name, port)
        }
        _ => (host, ""),
    };
    let port = if matches!(port, "80" | "443") { "" } else { port };
    // Two dots are not a spelling of one: what is stripped twice must stay what it was.
    let rooted = name.strip_suffix('.').filter(|name| !name.ends_with('.'));
    (rooted.unwrap_or(name), port)
}

/// Returns the address in brackets.
fn ipv6(name: &str) -> Option<Ipv6Addr> {
    name.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_host_are_the_same() {
        let cases = [
            ("example.com", "example.com"),
            (" Example.COM\t", "example.com"),
            ("example.com:80", "example.com"),
            ("EXAMPLE.com:443", "example.com"),
            ("example.com:", "example.com"),
            ("example.com.", "example.com"),
            ("example.com.:443", "example.com"),
            ("example.com.:8443", "example.com:8443"),
            ("example.com:8443", "example.com:8443"),
            ("example.com:8080", "example.com:8080"),
            ("[::1]:443", "[::1]"),
            ("[2001:db8::443]", "[2001:db8::443]"),
            ("[2001:DB8:0::443]:8443", "[2001:db8:0::443]:8443"),
        ];
        for (sent, expected) in cases {
            assert_eq!(normalise(sent), expected, "{sent:?}");
            assert!(is_same(sent, expected) && is_same(expected, sent), "{sent:?}");
            assert_eq!(check(sent), Ok(()), "{sent:?}");
        }
        assert!(is_same("[2001:db8:0:0::1]:443", "[2001:db8::1]"));
    }

    #[test]
    fn other_hosts_are_not_the_same() {
        let cases = [
            ("www.example.com", "example.com"),
            ("example.com:8443", "example.com"),
            ("example.com..", "example.com"),
            ("[::1]", "[::2]"),
            ("::80", "::"),
            ("", "example.com"),
            ("[", "]"),
        ];
        for (one, other) in cases {
            assert!(!is_same(one, other) && !is_same(other, one), "{one:?} {other:?}");
        }
    }
}
