//! What an attacker may try, and what becomes of it.

use super::signature as sig;
use super::*;
use FaultKind::{Malformed, Unauthenticated};

/// Asserts that the plain call is refused with each of these values of a header.
fn refused<V: AsRef<str>>(header: &str, kind: FaultKind, check: Check, values: &[V]) {
    for value in values.iter().map(AsRef::as_ref) {
        let fault = Call::plain().set(header, value).examine(&policy(), NOW).unwrap_err();
        assert_eq!(failed(&fault), (kind, check), "{header}: {value}: {fault}");
    }
}

#[test]
fn wrong_signature_headers_are_refused() {
    let parameters = [
        r#"headers="a"#,
        r#"headers="a\"#,
        r#"headers="da\te""#,
        r#"algorithm=,headers="a""#,
        r#"algorithm,headers="a""#,
        r#"headers="a",headers="a""#,
        r#"headers="a",HEADERS="a""#,
        r#"headers="a",signature="c2ln""#,
        r#"headers="a",keyid="x""#,
        r#"headers="a",algorithm=a,algorithm=b"#,
        r#"headers="a",created=1,created=1"#,
        r#"headers="a",expires=1,expires=2"#,
        r#"algorithm="rsa-sha256""#,
    ];
    refused("Signature", Malformed, Check::SignatureHeader, &parameters.map(sig));
    let key_id = [
        "",
        r#",signature="""#,
        r#",signature=" ""#,
        r#",signature="c""#,
        r#",signature="c2ln*""#,
        r#",signature="_-==""#,
        r#",signature="c2lnbmVk=""#,
    ];
    let key_id = key_id.map(|rest| format!(r#"keyId="a",headers="{COVERED}"{rest}"#));
    refused("Signature", Malformed, Check::SignatureHeader, &key_id);
    let whole = [
        String::new(),
        "Signature".to_owned(),
        format!("Signature {}", covering(COVERED)),
        "=".to_owned(),
        r#""keyId"="x""#.to_owned(),
        format!(r#"headers="{COVERED}",signature="c2ln""#),
        format!("{},{}", covering(COVERED), ["a=b"; 13].join(",")),
        format!("{:<8193}", covering(COVERED)),
    ];
    refused("Signature", Malformed, Check::SignatureHeader, &whole);
}

/// The sender never chooses.
#[test]
fn other_algorithms_are_refused() {
    let names = [
        "",
        "rsa-sha1",
        "rsa-sha512",
        "rsa-md5",
        "hmac-sha256",
        "ecdsa-sha256",
        "none",
        "rsa-sha256 ",
        "rsa",
        "rsa-sha256,hs2019",
    ];
    let values = names.map(|name| sig(&format!(r#"algorithm="{name}",headers="{COVERED}""#)));
    refused("Signature", Unauthenticated, Check::Algorithm, &values);
}

#[test]
fn too_little_coverage_is_refused() {
    let too_many = names(33);
    let twice = format!("{COVERED} Date");
    // A name that means nothing here, and is there: once would be fine.
    let other = format!("{COVERED} content-type Content-Type");
    let values = ["", " \t ", &twice, "date date", &other, &too_many].map(covering);
    refused("Signature", Malformed, Check::Coverage, &values);

    let absent = ["x-not-there", "x-nonce", "(algorithm)", "(key-id)", "é", "a:b", "(", "\u{7f}"];
    let absent = absent.map(|name| covering(&format!("{COVERED} {name}")));
    refused("Signature", Unauthenticated, Check::Coverage, &absent);

    for required in COVERED.split(' ') {
        let others: Vec<_> = COVERED.split(' ').filter(|name| *name != required).collect();
        let others = others.join(" ");
        let almost = format!("{others} x-{required} {required}x {required}:");
        let values = [&others, &almost, "date"].map(covering);
        refused("Signature", Unauthenticated, Check::Coverage, &values);
    }
    let commas = covering(&COVERED.replace(' ', ","));
    refused("Signature", Unauthenticated, Check::Coverage, &[commas]);
}

#[test]
fn keys_of_other_zones_are_refused() {
    let long = format!("{}.{KEY_ID}", "a".repeat(240));
    let names = [
        "one._domainkey.evilcopernica.com",
        "one._domainkey.copernica.com.evil.com",
        "one._domainkey.customer.copernica.com",
        "one._domainkey.copernica.com..",
        " one._domainkey.copernica.com",
        "a.one._domainkey.copernica.com",
        "_domainkey.copernica.com",
        "copernica.com",
        "",
        &long,
    ];
    let values = names.map(|name| covering(COVERED).replace(KEY_ID, name));
    refused("Signature", Unauthenticated, Check::KeyId, &values);
}

#[test]
fn other_accounts_are_refused() {
    let others = ["account_1235", "environment_1234", "account_77"];
    refused("X-Copernica-ID", Unauthenticated, Check::Account, &others);
    let malformed = ["", "1234", "account_01234", "account_1234, account_5", "group_1234"];
    refused("X-Copernica-ID", Malformed, Check::Account, &malformed);
}

#[test]
fn wrong_dates_are_refused() {
    let malformed = [
        "",
        "Sun, 05 Jan 2014 21:31:40",
        "Friday, 05-Jan-14 21:31:40 GMT",
        "Mon Jan  5 21:31:40 2014",
        "2014-01-05T21:31:40Z",
        "1388957500",
        "Mon, 05 Jan 2014 21:31:40 GMT",
        "Mon, 05 Jan 2014 21:31:40 +0000",
        "Sun, 05 Jan 2014 16:31:40 EST",
        "Sun, 05 Jan 2014 21:31:40 A",
        "Sun, 05 Jan 2014 21:31:40 GMT+0000",
        "Sun, 05 Jan 2014 24:00:00 GMT",
        "Sun, 05 Jan 2014 21:31:61 GMT",
        "Sun, 32 Jan 2014 21:31:40 GMT",
        "Sun, +5 Jan 2014 21:31:40 GMT",
        "Sun, 05 anF 2014 21:31:40 GMT",
    ];
    refused("Date", Malformed, Check::Date, &malformed);
    let others = ["Mon, 06 Jan 2014 21:31:40 GMT", "Sun, 05 Jan 2014 21:31:40 +0100"];
    refused("Date", Unauthenticated, Check::Date, &others);
}

#[test]
fn wrong_digests_are_refused() {
    let other = SHA256.replace('X', "Y");
    let useless = [
        String::new(),
        ",".to_owned(),
        "MD5=Sd/dVLAcvNLSq16eXua5uQ==".to_owned(),
        "SHA=07CavjDP4u3/TungoUHJO/Wzr4c=".to_owned(),
        format!("sha256={SHA256}"),
        format!("sha-256={SHA256},sha-256={other}"),
    ];
    refused("Digest", Unauthenticated, Check::Digest, &useless);
    let malformed = [
        "SHA-256".to_owned(),
        "SHA-256=".to_owned(),
        format!("SHA-256=:{SHA256}:"),
        format!("SHA-256=\"{SHA256}\""),
        format!("SHA-256={SHA256};q=1"),
        format!("SHA-256={SHA512}"),
        format!("SHA-512={SHA256}"),
        format!("SHA-256={SHA256},nonsense"),
    ];
    refused("Digest", Malformed, Check::Digest, &malformed);
}

/// Headers that are missing, duplicate, too long, or impossible.
#[test]
fn missing_duplicate_and_long_headers_are_refused() {
    let plain = Call::plain;
    let covers = |name: &str| plain().set("Signature", covering(&format!("{COVERED} {name}")));
    let mut cases = vec![
        (plain().without("Host"), Unauthenticated, Check::Host),
        (plain().add("X-Nonce", NONCE), Unauthenticated, Check::Coverage),
        (plain().add("X-Nonce", ""), Unauthenticated, Check::Coverage),
        (covers("x-nonce").add("X-Nonce", "1").add("X-Nonce", "1"), Malformed, Check::Nonce),
        (covers("x-nonce").add("X-Nonce", [0xff]), Malformed, Check::Nonce),
        (covers("x-nonce").add("X-Nonce", "a\nb"), Malformed, Check::Header),
        (covers("x").add("x", "a\rb"), Malformed, Check::Header),
        (covers("x").add("x", "a\0"), Malformed, Check::Header),
        (covers("x").add("x", "a".repeat(8193)), Malformed, Check::Header),
        (
            covers("x").add("x", "a".repeat(8000)).add("x", "a".repeat(200)),
            Malformed,
            Check::Header,
        ),
        (plain().target("/foo\nhost: other"), Malformed, Check::Header),
        (plain().without("Host").authority("a\nb"), Malformed, Check::Header),
        (plain().set("Date", [0xff]), Malformed, Check::Date),
        (plain().set("X-Copernica-ID", [0xff]), Malformed, Check::Account),
        (plain().set("Signature", [0xff]), Malformed, Check::SignatureHeader),
    ];
    let proof = [
        ("Signature", Check::SignatureHeader),
        ("Date", Check::Date),
        ("Digest", Check::Digest),
        ("X-Copernica-ID", Check::Account),
    ];
    for (name, check) in proof {
        cases.push((plain().without(name), Unauthenticated, check));
        let value = plain()
            .headers
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .unwrap()
            .1;
        cases.push((plain().add(name, value), Malformed, check));
        cases.push((plain().set(name, "a".repeat(8193)), Malformed, check));
    }
    for (call, kind, check) in cases {
        let fault = call.examine(&policy(), NOW).unwrap_err();
        assert_eq!(failed(&fault), (kind, check), "{call:?}: {fault}");
    }
}

/// What is checked first decides: syntax, then settings.
#[test]
fn syntax_is_checked_before_settings() {
    let mut call = Call::plain()
        .set("Signature", signature(r#"algorithm="x",headers="x""#).replace(KEY_ID, "x"))
        .set("X-Copernica-ID", "x")
        .set("Date", "x")
        .set("Host", "x")
        .set("Digest", "x")
        .add("Digest", "x");
    let mut policy = policy();
    policy.host("example.com");
    let repairs = [
        (Check::Digest, "Digest", "x".to_owned()),
        (Check::Algorithm, "Signature", signature(r#"headers="x""#).replace(KEY_ID, "x")),
        (Check::Coverage, "Signature", covering(&format!("{COVERED} x")).replace(KEY_ID, "x")),
        (Check::Account, "X-Copernica-ID", "account_1".to_owned()),
        (Check::Date, "Date", "Mon, 06 Jan 2014 21:31:40 GMT".to_owned()),
        (Check::Digest, "Digest", format!("SHA-256={SHA256}")),
        (Check::Coverage, "x", String::new()),
        (Check::KeyId, "Signature", covering(&format!("{COVERED} x"))),
        (Check::Account, "X-Copernica-ID", "account_1234".to_owned()),
        (Check::Date, "Date", "Sun, 05 Jan 2014 21:31:40 GMT".to_owned()),
        (Check::Host, "Host", "example.com".to_owned()),
    ];
    for (check, name, value) in repairs {
        assert_eq!(call.examine(&policy, NOW).unwrap_err().check, check);
        call = call.set(name, value);
    }
    assert!(call.examine(&policy, NOW).is_ok());
}
