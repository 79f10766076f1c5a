//! Signed calls that prove where they come from, as senders write them.

use super::{PROFILE, profile};
use crate::case::Case;
use crate::setup::{PUBLIC_URL, Setup};
use crate::sign::{DATE, DOCUMENTED, PLAIN, REQUIRED, sha256, sha512};
use std::fmt::Write;

/// Returns a call that lacks only its signature. Its body has the name in it: no two are copies.
pub fn call(name: &str) -> Case {
    let name_in_hex = name.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let body = format!("{PROFILE}&fields[case]={name_in_hex}");
    let expect = profile("{}", &format!(r#"{{"case":"{name_in_hex}"}}"#), "{}", "");
    let digest = sha256(body.as_bytes());
    Case::form(name, body, expect)
        .header("Host", "hooks.example.com")
        .header("Date", DATE)
        .header("X-Copernica-ID", "account_1234")
        .header("Digest", digest)
        .to(Setup::Signed)
}

pub(super) fn cases() -> Vec<Case> {
    let plain = ACCEPTED.iter().map(|(name, headers, covered, template)| {
        let start = call(name);
        headers
            .iter()
            .fold(start, |case, (name, value)| case.header(name, *value))
            .signed_as(covered, template)
    });
    let targets = TARGETS.iter().map(|target| {
        let case = call(&format!("signed for {target}")).target(target).signed();
        case.delivered(target, "hooks.example.com")
    });
    let others = OTHERS.iter().map(|(name, change)| change(call(name)));
    plain.chain(targets).chain(others).collect()
}

/// Name, headers, covered names, `Signature`.
type Row = (&'static str, &'static [(&'static str, &'static str)], &'static str, &'static str);

const ACCEPTED: &[Row] = &[
    ("signed", &[], REQUIRED, PLAIN),
    ("signed as documented", &[("X-Nonce", "fsd9f2")], DOCUMENTED, PLAIN),
    (
        "signed in the documented layout",
        &[("X-Nonce", "fsd9f3")],
        DOCUMENTED,
        "keyId=\"one._domainkey.copernica.com\",algorithm=\"rsa-sha256\",     \
         headers=\"{headers}\" signature=\"{signature}\"",
    ),
    (
        "signed, parameters in another order and case",
        &[],
        REQUIRED,
        "Signature=\"{signature}\" HEADERS=\"{headers}\";Algorithm=RSA-SHA256,\
         KEYID=\"ONE._domainkey.Copernica.COM.\"",
    ),
    (
        "signed, nothing between parameters",
        &[],
        REQUIRED,
        "keyId=\"one._domainkey.copernica.com\"algorithm=\"rsa-sha256\"headers=\"{headers}\"\
         signature=\"{signature}\"",
    ),
    (
        "signed, unknown parameters",
        &[],
        REQUIRED,
        "version=\"2\",keyId=\"one._domainkey.copernica.com\",opaque=\"a\\\"b\",\
         headers=\"{headers}\",signature=\"{signature}\",,",
    ),
    (
        "signed by hs2019",
        &[],
        REQUIRED,
        "keyId=\"one._domainkey.copernica.com\",algorithm=\"hs2019\",headers=\"{headers}\",\
         signature=\"{signature}\"",
    ),
    (
        "signed, no algorithm named",
        &[],
        REQUIRED,
        "keyId=\"one._domainkey.copernica.com\",headers=\"{headers}\",signature=\"{signature}\"",
    ),
    (
        "signed, created and expires covered",
        &[],
        "(created) (request-target) host date digest x-copernica-id (expires)",
        "keyId=\"one._domainkey.copernica.com\",algorithm=\"hs2019\",created={created},\
         expires={expires},headers=\"{headers}\",signature=\"{signature}\"",
    ),
    (
        "signed, created and expires not covered, so of no account",
        &[],
        REQUIRED,
        "keyId=\"one._domainkey.copernica.com\",created=1,expires=1,headers=\"{headers}\",\
         signature=\"{signature}\"",
    ),
    ("signed, names in reverse", &[], "x-copernica-id digest date host (request-target)", PLAIN),
    ("signed, names in capitals", &[], "(REQUEST-TARGET) HOST DATE DIGEST X-COPERNICA-ID", PLAIN),
    ("signed, names apart", &[], " (request-target)  host\t date digest   x-copernica-id ", PLAIN),
    (
        "signed, the length covered",
        &[],
        "(request-target) host date digest x-copernica-id content-length",
        PLAIN,
    ),
    (
        "signed, an empty header covered",
        &[("X-Empty", "")],
        "(request-target) host date digest x-copernica-id x-empty",
        PLAIN,
    ),
    (
        "signed, a type with parameters covered",
        &[("Content-Type", "application/x-www-form-urlencoded;  charset=UTF-8")],
        "(request-target) host date digest x-copernica-id content-type",
        PLAIN,
    ),
    ("signed for account-N", &[("X-Copernica-ID", "account-1234")], REQUIRED, PLAIN),
    ("signed for Account_N", &[("X-Copernica-ID", "Account_1234")], REQUIRED, PLAIN),
    ("signed for environment_N", &[("X-Copernica-ID", "environment_77")], REQUIRED, PLAIN),
    ("signed for ENVIRONMENT-N", &[("X-Copernica-ID", "ENVIRONMENT-77")], REQUIRED, PLAIN),
    ("signed for another port", &[("Host", "hooks.example.com:8443")], REQUIRED, PLAIN),
    ("signed for the default port", &[("Host", "hooks.example.com:443")], REQUIRED, PLAIN),
    ("signed for a host in capitals", &[("Host", "Hooks.Example.COM")], REQUIRED, PLAIN),
    ("signed a minute ago", &[("Date", "Mon, 05 Jan 2026 21:30:40 GMT")], REQUIRED, PLAIN),
    ("signed half a minute early", &[("Date", "Mon, 05 Jan 2026 21:32:10 GMT")], REQUIRED, PLAIN),
    ("signed, dated as PHP does", &[("Date", "Mon, 05 Jan 2026 22:31:40 +0100")], REQUIRED, PLAIN),
    (
        "signed, what proxies claim is of no account",
        &[("Forwarded", "host=evil.example"), ("X-Forwarded-Host", "evil.example")],
        REQUIRED,
        PLAIN,
    ),
];

/// As they stand in the request line: no server may tidy them up.
const TARGETS: &[&str] = &[
    "/",
    "/copernica?",
    "/copernica?a=b&c",
    "/copernica?a=b&c&",
    "/copernica?a?b=?",
    "/copernica?a=%20b+c&d[]=1&e=%C3%A9",
    "/copernica/",
    "/a/../copernica",
    "/./copernica/.",
    "//copernica",
    "/copernica//x///",
    "/%7Ecopernica/~",
    "/%63opernica/%2F/%2f",
    "/copernica;v=1,2/:x@y!$&'()*",
];

type Change = fn(Case) -> Case;

const OTHERS: &[(&str, Change)] = &[
    ("signed by SHA-512 alone", |case| {
        let digest = sha512(&case.body);
        case.header("Digest", digest).signed()
    }),
    ("signed by two digests and one that is too weak", |case| {
        let digest = format!(
            "MD5=x, sha-512={},sha-256={}",
            &sha512(&case.body)[8..],
            &sha256(&case.body)[8..]
        );
        case.header("Digest", digest).signed()
    }),
    ("signed, base64 without padding", |case| {
        let digest = sha256(&case.body);
        let case = case.header("Digest", digest.trim_end_matches('=')).signed();
        edited(case, "Signature", "==\"", "\"")
    }),
    ("signed, base64 folded", |case| {
        let case = case.signed();
        edited(case, "Signature", "signature=\"", "signature=\" ")
    }),
    ("signed over a duplicate header", |case| {
        let case = case.and_header("X-Tag", "b").and_header("X-Tag", " a ");
        case.signed_over("(request-target) host date digest x-copernica-id x-tag")
    }),
    ("signed JSON", |mut case| {
        case.body =
            br#"{"type":"create","profile":123,"database":1,"timestamp":"1979-02-12 12:49:23"}"#
                .to_vec();
        case.expect = profile("{}", "{}", "{}", "");
        let digest = sha256(&case.body);
        case.header("Content-Type", "application/json").header("Digest", digest).signed()
    }),
    // Its text is a form about profile 666, and an on-path attacker changed what it is called.
    ("signed JSON that is labelled a form, and holds one", |mut case| {
        let form = "&type=create&profile=666&database=1&timestamp=2024-01-01+10:00:00\
            &fields[mail]=m@evil.example&x=";
        let fields = format!(r#"{{"name":"{form}"}}"#);
        case.body = format!(
            r#"{{"type":"create","profile":123,"database":1,"timestamp":"1979-02-12 12:49:23","fields":{fields}}}"#
        )
        .into();
        case.expect = profile("{}", &fields, "{}", "");
        let digest = sha256(&case.body);
        let case = case.header("Content-Type", "application/json").header("Digest", digest);
        case.signed().header("Content-Type", "application/x-www-form-urlencoded")
    }),
    ("signed, whatever its label says", |case| {
        case.signed().header("Content-Type", "multipart/form-data; charset=utf-16")
    }),
    ("signed for an absolute target", |case| {
        let case = case.target("http://hooks.example.com/copernica?a=b&c").signed();
        case.delivered("/copernica?a=b&c", "hooks.example.com")
    }),
    ("signed, routers take prefixes off", |case| {
        let case = case.target("/hooks/v1/copernica").to(Setup::Nested).signed();
        case.delivered("/hooks/v1/copernica", "hooks.example.com")
    }),
    ("signed, routers take prefixes off, with a query", |case| {
        let case = case.target("/hooks/v1/copernica?a=b&c").to(Setup::Nested).signed();
        case.delivered("/hooks/v1/copernica?a=b&c", "hooks.example.com")
    }),
    ("signed, routers take prefixes off, with an empty query", |case| {
        let case = case.target("/hooks/v1/copernica?").to(Setup::Nested).signed();
        case.delivered("/hooks/v1/copernica?", "hooks.example.com")
    }),
    ("signed for a host that was named", |case| case.to(Setup::Hosts).signed()),
    ("signed for a host that was named, with the default port", |case| {
        case.to(Setup::Hosts).header("Host", "hooks.example.com:443").signed()
    }),
    ("signed for a host that was named, with its port", |case| {
        case.to(Setup::Hosts).header("Host", "OTHER.example:8080").signed()
    }),
    ("signed for the public URL", |case| rewritten(public(case).signed(), "/inner/copernica")),
    ("signed for the public URL, with a query", |case| {
        let case = public(case);
        let target = format!("{}?a=b&c", case.target);
        rewritten(case.target(&target).signed(), "/inner/copernica?a=b&c")
    }),
    ("signed two minutes ago, which is waited for", |case| {
        case.to(Setup::Patient).header("Date", "Mon, 05 Jan 2026 21:29:40 GMT").signed()
    }),
    ("signed two minutes early, which is waited for", |case| {
        case.to(Setup::Patient).header("Date", "Mon, 05 Jan 2026 21:33:40 GMT").signed()
    }),
];

/// Replaces a piece of a header, whose value is text.
pub(super) fn edited(case: Case, name: &str, from: &str, to: &str) -> Case {
    let value = case.headers.iter().find(|(other, _)| other == name).unwrap();
    let value = String::from_utf8(value.1.clone()).unwrap();
    assert!(value.contains(from), "{}: {name} has no {from}", case.name);
    case.header(name, value.replacen(from, to, 1))
}

/// Returns the call as it is sent to the public URL.
pub(super) fn public(case: Case) -> Case {
    let (host, path) = PUBLIC_URL["https://".len()..].split_once('/').unwrap();
    case.to(Setup::Public).header("Host", host).target(&format!("/{path}"))
}

/// Returns what a proxy makes of it.
pub(super) fn rewritten(case: Case, target: &str) -> Case {
    case.header("Host", "10.0.0.7:3000").target(target).delivered(target, "10.0.0.7:3000")
}
