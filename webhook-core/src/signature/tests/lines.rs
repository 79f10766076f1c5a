//! What is signed: the target, the host, and the lines of the signing string.

use super::super::PublicUrl;
use super::*;

/// Values are what was sent: case, order, inner space, lines joined.
#[test]
fn lines_are_what_was_sent() {
    let call = Call::plain()
        .set("Host", " \tExample.COM:443 ")
        .add("x-more", "  a  b\t")
        .add("X-More", "")
        .add("x-MORE", "c")
        .add("x-empty", "  ")
        .add("x-raw", [0xe9, b'"', 0x80])
        .without("content-length")
        .set("Signature", covering(&format!("x-raw {COVERED} X-More X-Empty content-length")));
    let signed = call.examine(&policy(), NOW).unwrap();
    let mut expected = b"x-raw: \xe9\"\x80\n".to_vec();
    expected.extend_from_slice(
        b"(request-target): post /foo?param=value&pet=dog\n\
        host: Example.COM:443\n\
        date: Sun, 05 Jan 2014 21:31:40 GMT\n\
        digest: SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=\n\
        x-copernica-id: account-1234\n\
        x-more: a  b, , c\n\
        x-empty: \n\
        content-length: 18",
    );
    assert_eq!(signed.signing_string(18), expected);

    let last = b"content-length: 12345\nx-empty: ";
    let names = format!("{COVERED} content-length x-empty");
    let signed = call.set("Signature", covering(&names)).examine(&policy(), NOW).unwrap();
    assert!(signed.signing_string(12345).ends_with(last));
}

#[test]
fn hosts_are_compared_with_those_configured() {
    let mut policy = policy();
    policy.host("Hooks.example.com:443");
    policy.host("example.com:8080");
    let cases = [
        ("hooks.example.com", true),
        ("HOOKS.example.COM:443", true),
        ("hooks.example.com:80", true),
        ("example.com:8080", true),
        ("example.com", false),
        ("hooks.example.com:8080", false),
        ("xhooks.example.com", false),
        ("hooks.example.com.evil.com", false),
    ];
    for (host, accepted) in cases {
        for call in [Call::plain().set("Host", host), Call::plain().without("Host").authority(host)]
        {
            let outcome = call.examine(&policy, NOW).map(|_| ()).map_err(|fault| fault.check);
            assert_eq!(outcome, if accepted { Ok(()) } else { Err(Check::Host) }, "{host}");
        }
    }
}

/// The lines of the target and the host under a public URL.
#[test]
fn public_urls_replace_target_and_host() {
    let cases = [
        (None, "/in?a=1", "post /in?a=1", "Internal:8080"),
        (None, "/in?", "post /in?", "Internal:8080"),
        (Some("https://Hooks.example.com"), "/in?a=1", "post /in?a=1", "Hooks.example.com"),
        (Some("https://hooks.example.com:443/out"), "/in", "post /out", "hooks.example.com"),
        (
            Some("https://hooks.example.com:444/out"),
            "/in?a=1",
            "post /out?a=1",
            "hooks.example.com:444",
        ),
        (Some("https://hooks.example.com/out"), "/in?", "post /out?", "hooks.example.com"),
        (Some("https://hooks.example.com/out?b"), "/in?a=1", "post /out?b", "hooks.example.com"),
        (Some("https://hooks.example.com/out?"), "/in?a=1", "post /out?", "hooks.example.com"),
    ];
    for (url, target, expected, host) in cases {
        let mut policy = policy();
        policy.public_url = url.map(|url| PublicUrl::parse(url).unwrap());
        let call = Call::plain().set("Host", "Internal:8080").target(target);
        let signed = call.examine(&policy, NOW).unwrap();
        let expected = format!("(request-target): {expected}\nhost: {host}\ndate: ");
        assert!(signed.signing_string(0).starts_with(expected.as_bytes()), "{url:?} {target}");
        // It takes the place of the host that arrived, also of none.
        if let Some(url) = policy.public_url.clone() {
            policy.hosts = Vec::new();
            policy.host(url.host());
            assert!(call.examine(&policy, NOW).is_ok());
            assert!(call.clone().without("Host").examine(&policy, NOW).is_ok());
            policy.hosts = vec!["internal:8080".to_owned()];
            assert_eq!(call.examine(&policy, NOW).unwrap_err().check, Check::Host);
        }
    }
}
