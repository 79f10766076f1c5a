//! The head: method, media type, coding, target, host.

use super::{PROFILE, profile, refused};
use crate::case::Case;

pub(super) fn cases() -> Vec<Case> {
    let fine = |name: &str| Case::form(name, PROFILE, profile("{}", "{}", "{}", ""));
    let wrong = |name: &str, status, code, detail: &str| {
        Case::form(name, PROFILE, refused(status, code, detail))
    };
    let mut cases = Vec::new();

    for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "BREW", "post"] {
        let name = format!("method {method}");
        let mut case = wrong(&name, 405, "method_not_allowed", "POST").method(method);
        case.body.clear();
        cases.push(case);
    }
    cases.push(wrong("a PUT with a body", 405, "method_not_allowed", "POST").method("PUT"));

    for accepted in [
        "application/x-www-form-urlencoded; charset=utf-8",
        "application/x-www-form-urlencoded;charset=UTF-8",
        "Application/X-WWW-Form-URLEncoded",
        " application/x-www-form-urlencoded ; a=b; c=\"d;e\"",
    ] {
        cases.push(fine(&format!("type {accepted}")).header("Content-Type", accepted));
    }
    for refused in [
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded2",
        "application/jsonp",
        "application/problem+json",
        "application",
        "*/*",
        "",
        "\u{e9}",
    ] {
        let name = format!("type {refused:?}");
        let case = wrong(&name, 415, "unsupported_media_type", "Content-Type must be");
        cases.push(case.header("Content-Type", refused));
    }
    for (charset, shown) in [
        ("iso-8859-1", "the charset iso-8859-1 is not decoded"),
        ("\"UTF-16\"", "the charset UTF-16 is not decoded"),
        ("a b@c", "the charset is not decoded"),
    ] {
        let case = wrong(&format!("charset {charset}"), 415, "unsupported_media_type", shown);
        let value = format!("application/x-www-form-urlencoded; charset={charset}");
        cases.push(case.header("Content-Type", value.as_str()));
    }
    let untyped = wrong("no type", 415, "unsupported_media_type", "no Content-Type");
    cases.push(Case { name: "no Content-Type".into(), ..untyped.without("Content-Type") });
    let mut bare = wrong("no type and no body", 422, "unexpected_event", "no variable `type`");
    bare.body.clear();
    cases.push(bare.without("Content-Type"));
    cases.push(
        wrong("two types in a line", 415, "unsupported_media_type", "more than one Content-Type")
            .header("Content-Type", "application/x-www-form-urlencoded, application/json"),
    );
    cases.push(
        wrong("two types", 415, "unsupported_media_type", "more than one Content-Type")
            .and_header("Content-Type", "application/json"),
    );

    for coding in ["gzip", "br", "deflate", "zstd", "x-unknown", "identity, gzip", ""] {
        let name = format!("coding {coding:?}");
        let case = wrong(&name, 415, "unsupported_media_type", "content coding");
        cases.push(case.header("Content-Encoding", coding));
    }
    // What several lines say adds up, whichever comes last.
    for [first, last] in [["gzip", "identity"], ["identity", "gzip"]] {
        let name = format!("coding {first}, then {last}");
        let case = wrong(&name, 415, "unsupported_media_type", "content coding");
        let case = case.and_header("Content-Encoding", first);
        cases.push(case.and_header("Content-Encoding", last));
    }
    cases.push(fine("coding identity").header("Content-Encoding", "Identity"));
    let mut zipped = wrong("gzip", 415, "unsupported_media_type", "content coding");
    zipped.name = "a body that is gzip".into();
    zipped.body = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0".to_vec();
    cases.push(zipped.header("Content-Encoding", "gzip"));

    for target in [
        "/copernica?account=1&b=%2F&c",
        "/copernica?",
        "/copernica/",
        "//copernica//",
        "/a/../copernica/./%7Eb",
        "/%63opernica",
        "/",
    ] {
        let case = fine(&format!("target {target}")).target(target);
        cases.push(case.delivered(target, "example.com"));
    }
    cases.push(
        fine("an absolute target")
            .target("http://example.com/copernica?a=b")
            .delivered("/copernica?a=b", "example.com"),
    );
    cases.push(
        fine("an absolute target in capitals")
            .target("http://EXAMPLE.com/copernica")
            .delivered("/copernica", "example.com"),
    );
    cases.push(
        wrong("an absolute target for another host", 400, "malformed_request", "authority differ")
            .target("http://other.example/copernica"),
    );
    cases.push(
        fine("a host in capitals")
            .header("Host", "EXAMPLE.com:8080")
            .delivered("/copernica", "example.com:8080"),
    );
    cases.push(fine("an IPv6 host").header("Host", "[::1]:80").delivered("/copernica", "[::1]:80"));
    cases.push(fine("no host").without("Host").delivered("/copernica", "-").in_process_only());
    cases.push(
        wrong("two hosts", 400, "malformed_request", "more than one Host")
            .and_header("Host", "example.com")
            .in_process_only(),
    );
    cases.push(
        fine("what proxies claim")
            .and_header("Forwarded", "host=evil.example")
            .and_header("X-Forwarded-Host", "evil.example")
            .delivered("/copernica", "example.com"),
    );
    cases.push(fine("a method that is claimed").and_header("X-HTTP-Method-Override", "PUT"));
    cases
}
