//! Which host a call was meant for.

/// A host in the form in which hosts are compared: lower case, without a default port.
///
/// Which of the two default ports it was is not asked: behind a proxy that ends TLS, nobody here
/// knows the scheme.
pub(super) fn normalise(host: &str) -> String {
    without_port(host).to_ascii_lowercase()
}

/// Whether a host as it was sent is the same as a normalised one.
pub(super) fn is_same(sent: &str, normalised: &str) -> bool {
    without_port(sent).eq_ignore_ascii_case(normalised)
}

fn without_port(host: &str) -> &str {
    let host = host.trim_matches([' ', '\t']);
    host.strip_suffix(":443").or_else(|| host.strip_suffix(":80")).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        let cases = [
            ("example.com", "example.com"),
            (" Example.COM\t", "example.com"),
            ("example.com:80", "example.com"),
            ("EXAMPLE.com:443", "example.com"),
            ("example.com:8443", "example.com:8443"),
            ("example.com:8080", "example.com:8080"),
            ("[::1]:443", "[::1]"),
            ("[2001:db8::443]", "[2001:db8::443]"),
            ("example.com.", "example.com."),
        ];
        for (sent, expected) in cases {
            assert_eq!(normalise(sent), expected, "{sent:?}");
            assert!(is_same(sent, expected), "{sent:?}");
        }
        assert!(!is_same("www.example.com", "example.com"));
        assert!(!is_same("example.com:8443", "example.com"));
    }
}
