//! What senders write, what strangers try, and what becomes of it.

use super::super::PublicUrl;
use super::*;
use FaultKind::{Malformed, Unauthenticated};
use std::time::Duration;

const SHA256: &str = "X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=";
const SHA512: &str =
    "WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==";

#[test]
fn the_plain_call() {
    let signed = Call::plain().examine(&policy(), NOW).unwrap();
    assert_eq!(signed.key().as_str(), KEY_ID);
    assert_eq!(signed.account(), Account::account(1234));
    assert_eq!(signed.date(), at(NOW));
    assert_eq!(signed.until(), at("2014-01-05T21:32:40Z"));
    assert_eq!(signed.nonce(), None);
    assert_eq!(signed.covered().names().collect::<Vec<_>>().join(" "), COVERED);
    assert_eq!(signed.signature(), b"signed");
    assert_eq!(signed.check_body(BODY), Ok(()));
    assert_eq!(
        str::from_utf8(&signed.signing_string(18)),
        Ok("(request-target): post /foo?param=value&pet=dog\n\
            host: example.com\n\
            date: Sun, 05 Jan 2014 21:31:40 GMT\n\
            digest: SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=\n\
            x-copernica-id: account-1234")
    );
}

/// Every way to write the same `Signature` header.
#[test]
fn styles() {
    let plain = Call::plain().examine(&policy(), NOW).unwrap();
    let headers = [
        // Copernica's own example: no comma before the last parameter.
        format!(
            r#"keyId="{KEY_ID}",algorithm="rsa-sha256", headers="{COVERED}" signature="c2lnbmVk""#
        ),
        format!(r#"keyId="{KEY_ID}"algorithm="rsa-sha256"headers="{COVERED}"signature="c2lnbmVk""#),
        format!("keyId=\"{KEY_ID}\";\t headers=\"{COVERED}\",,;\r\n signature=\"c2lnbmVk\";"),
        format!(r#" ,signature="c2lnbmVk",headers="{COVERED}",keyId="{KEY_ID}","#),
        format!(r#"KEYID="{KEY_ID}",Headers="{COVERED}",SIGNATURE="c2lnbmVk",Algorithm="HS2019""#),
        format!(r#"keyId={KEY_ID},algorithm=hs2019,headers="{COVERED}",signature=c2lnbmVk"#),
        format!(r#"keyId={KEY_ID} headers="{COVERED}";signature=c2lnbmVk"#),
        format!(r#"keyId = "{KEY_ID}" , headers= "{COVERED}",signature ="c2lnbmVk""#),
        format!("keyId=\"{KEY_ID}.\",headers=\"{COVERED}\",signature=\" c2ln\r\n\tbmVk \""),
        format!(r#"keyId="{}",headers="{COVERED}",signature="c2lnbmVk""#, KEY_ID.to_uppercase()),
        format!(r#"keyId="{KEY_ID}",headers="{}",signature="c2lnbmVk""#, COVERED.to_uppercase()),
        format!(
            "keyId=\"{KEY_ID}\",headers=\" {} \",signature=\"c2lnbmVk\"",
            COVERED.replace(' ', "\t \r\n")
        ),
        // Unknown parameters, twice, with all that a quoted string can hold.
        format!(
            r#"x="a,b;c \" \\",x=2,keyId="{KEY_ID}",headers="{COVERED}",signature="c2lnbmVk",v="\"""#
        ),
        // Not covered, so not looked at.
        format!(
            r#"created=99999999999,expires=x,keyId="{KEY_ID}",headers="{COVERED}",signature="c2lnbmVk""#
        ),
    ];
    for header in headers {
        let signed = Call::plain().set("Signature", header.clone()).examine(&policy(), NOW);
        let signed = signed.unwrap_or_else(|fault| panic!("{header:?}: {fault}"));
        assert_eq!(signed.key(), plain.key(), "{header:?}");
        assert_eq!(signed.signature(), plain.signature(), "{header:?}");
        assert_eq!(signed.signing_string(18), plain.signing_string(18), "{header:?}");
    }
}

/// Calls that differ from the plain one and are accepted.
#[test]
fn accepted() {
    let nonce = || {
        Call::plain()
            .add("X-Nonce", NONCE)
            .set("Signature", covering(&format!("{COVERED} x-nonce")))
    };
    let digest = |value: &str| Call::plain().set("Digest", value);
    let calls = [
        nonce(),
        Call::plain().set("X-Copernica-ID", "account_1234"),
        Call::plain().set("X-Copernica-ID", "ACCOUNT-1234"),
        Call::plain().set("X-Copernica-ID", " \tEnvironment_77\t "),
        Call::plain().set("Date", "Sun, 5 Jan 2014 22:31:40 +0100"),
        Call::plain().set("Date", "5 Jan 2014 21:31:40 -0000"),
        Call::plain().set("Date", "\tSun, 05 Jan 2014 21:31:40 GMT "),
        digest(&format!("sha-256={}", SHA256.trim_end_matches('='))),
        digest(&format!("Sha-512={SHA512}")),
        digest(&format!("md5=?, , SHA-256 = {SHA256} ,SHA-512={SHA512},")),
        digest(&format!("unixsum=30637,sha-256={SHA256},sha-256={SHA256}")),
        Call::plain().set("Host", "Example.COM:8080"),
        Call::plain().without("Host").authority("example.com"),
        Call::plain().without("Content-Length").without("Content-Type"),
        // Bounds, exactly.
        Call::plain()
            .set("Signature", format!("{},{}", covering(COVERED), vec!["a=b"; 12].join(","))),
        Call::plain().set("Signature", format!("{:<8192}", covering(COVERED))),
    ];
    for call in calls {
        let signed =
            call.examine(&policy(), NOW).unwrap_or_else(|fault| panic!("{call:?}: {fault}"));
        assert_eq!(signed.check_body(BODY), Ok(()), "{call:?}");
    }
    assert_eq!(nonce().examine(&policy(), NOW).unwrap().nonce(), Some(NONCE));
}

/// One header of the plain call is another.
#[test]
fn refused_headers() {
    use Check as C;
    let sig = signature;
    let params = |text: &str| text.to_owned();
    let key = |id: &str| covering(COVERED).replace(KEY_ID, id);
    let algorithm = |name: &str| sig(&format!(r#"algorithm="{name}",headers="{COVERED}""#));
    let cases: Vec<(&str, String, FaultKind, Check)> = vec![
        // The Signature header itself.
        ("Signature", params(""), Malformed, C::SignatureHeader),
        ("Signature", params("Signature"), Malformed, C::SignatureHeader),
        ("Signature", format!("Signature {}", covering(COVERED)), Malformed, C::SignatureHeader),
        ("Signature", params("="), Malformed, C::SignatureHeader),
        ("Signature", params(r#""keyId"="x""#), Malformed, C::SignatureHeader),
        ("Signature", sig(r#"headers="a"#), Malformed, C::SignatureHeader),
        ("Signature", sig(r#"headers="a\"#), Malformed, C::SignatureHeader),
        ("Signature", sig("algorithm=,headers=\"a\""), Malformed, C::SignatureHeader),
        ("Signature", sig("algorithm,headers=\"a\""), Malformed, C::SignatureHeader),
        ("Signature", sig(r#"headers="a",headers="a""#), Malformed, C::SignatureHeader),
        ("Signature", sig(r#"headers="a",HEADERS="a""#), Malformed, C::SignatureHeader),
        ("Signature", sig(r#"headers="a",signature="c2ln""#), Malformed, C::SignatureHeader),
        ("Signature", sig(r#"headers="a",keyid="x""#), Malformed, C::SignatureHeader),
        ("Signature", sig(r#"headers="a",algorithm=a,algorithm=b"#), Malformed, C::SignatureHeader),
        ("Signature", sig(r#"headers="a",created=1,created=1"#), Malformed, C::SignatureHeader),
        ("Signature", sig(r#"headers="da\te""#), Malformed, C::SignatureHeader),
        ("Signature", sig("algorithm=\"rsa-sha256\""), Malformed, C::SignatureHeader),
        (
            "Signature",
            format!(r#"headers="{COVERED}",signature="c2ln""#),
            Malformed,
            C::SignatureHeader,
        ),
        ("Signature", format!(r#"keyId="a",headers="{COVERED}""#), Malformed, C::SignatureHeader),
        (
            "Signature",
            format!(r#"keyId="a",headers="{COVERED}",signature="""#),
            Malformed,
            C::SignatureHeader,
        ),
        (
            "Signature",
            format!(r#"keyId="a",headers="{COVERED}",signature="c""#),
            Malformed,
            C::SignatureHeader,
        ),
        (
            "Signature",
            format!(r#"keyId="a",headers="{COVERED}",signature="c2ln*""#),
            Malformed,
            C::SignatureHeader,
        ),
        (
            "Signature",
            format!(r#"keyId="a",headers="{COVERED}",signature="_-==""#),
            Malformed,
            C::SignatureHeader,
        ),
        (
            "Signature",
            format!("{},{}", covering(COVERED), vec!["a=b"; 13].join(",")),
            Malformed,
            C::SignatureHeader,
        ),
        ("Signature", format!("{:<8193}", covering(COVERED)), Malformed, C::SignatureHeader),
        // Algorithms: the sender never chooses.
        ("Signature", algorithm(""), Unauthenticated, C::Algorithm),
        ("Signature", algorithm("rsa-sha1"), Unauthenticated, C::Algorithm),
        ("Signature", algorithm("rsa-sha512"), Unauthenticated, C::Algorithm),
        ("Signature", algorithm("hmac-sha256"), Unauthenticated, C::Algorithm),
        ("Signature", algorithm("rsa-md5"), Unauthenticated, C::Algorithm),
        ("Signature", algorithm("none"), Unauthenticated, C::Algorithm),
        ("Signature", algorithm("rsa-sha256 "), Unauthenticated, C::Algorithm),
        // Coverage.
        ("Signature", covering(""), Malformed, C::Coverage),
        ("Signature", covering(" \t "), Malformed, C::Coverage),
        ("Signature", covering(&format!("{COVERED} date")), Malformed, C::Coverage),
        ("Signature", covering(&format!("{COVERED} Date")), Malformed, C::Coverage),
        ("Signature", covering(&format!("{COVERED} x-not-there")), Unauthenticated, C::Coverage),
        ("Signature", covering(&format!("{COVERED} x-nonce")), Unauthenticated, C::Coverage),
        ("Signature", covering(&format!("{COVERED} (algorithm)")), Unauthenticated, C::Coverage),
        ("Signature", covering(&format!("{COVERED} é")), Unauthenticated, C::Coverage),
        (
            "Signature",
            covering(&COVERED.replace("(request-target) ", "")),
            Unauthenticated,
            C::Coverage,
        ),
        ("Signature", covering(&COVERED.replace("host ", "")), Unauthenticated, C::Coverage),
        ("Signature", covering(&COVERED.replace("date ", "")), Unauthenticated, C::Coverage),
        ("Signature", covering(&COVERED.replace("digest ", "")), Unauthenticated, C::Coverage),
        (
            "Signature",
            covering(&COVERED.replace(" x-copernica-id", "")),
            Unauthenticated,
            C::Coverage,
        ),
        ("Signature", covering(&COVERED.replace(' ', ",")), Unauthenticated, C::Coverage),
        (
            "Signature",
            covering(&COVERED.replace("(request-target)", "request-target")),
            Unauthenticated,
            C::Coverage,
        ),
        ("Signature", covering(&names(33)), Malformed, C::Coverage),
        // Created and expires need the newer algorithm, and have to be there.
        ("Signature", covering(&format!("{COVERED} (created)")), Malformed, C::Created),
        ("Signature", covering(&format!("{COVERED} (expires)")), Malformed, C::Expires),
        (
            "Signature",
            sig(&format!(r#"headers="{COVERED} (created)""#)),
            Unauthenticated,
            C::Created,
        ),
        (
            "Signature",
            sig(&format!(r#"headers="{COVERED} (expires)""#)),
            Unauthenticated,
            C::Expires,
        ),
        // Keys.
        ("Signature", key("one._domainkey.evilcopernica.com"), Unauthenticated, C::KeyId),
        ("Signature", key("one._domainkey.copernica.com.evil.com"), Unauthenticated, C::KeyId),
        ("Signature", key("one._domainkey.customer.copernica.com"), Unauthenticated, C::KeyId),
        ("Signature", key("_domainkey.copernica.com"), Unauthenticated, C::KeyId),
        ("Signature", key("a.one._domainkey.copernica.com"), Unauthenticated, C::KeyId),
        ("Signature", key("one._domainkey.copernica.com.."), Unauthenticated, C::KeyId),
        ("Signature", key("copernica.com"), Unauthenticated, C::KeyId),
        ("Signature", key(""), Unauthenticated, C::KeyId),
        ("Signature", key(&format!("{}.{KEY_ID}", "a".repeat(240))), Unauthenticated, C::KeyId),
        // Accounts.
        ("X-Copernica-ID", params("account_1235"), Unauthenticated, C::Account),
        ("X-Copernica-ID", params("environment_1234"), Unauthenticated, C::Account),
        ("X-Copernica-ID", params("account_77"), Unauthenticated, C::Account),
        ("X-Copernica-ID", params("account_01234"), Malformed, C::Account),
        ("X-Copernica-ID", params("1234"), Malformed, C::Account),
        ("X-Copernica-ID", params(""), Malformed, C::Account),
        ("X-Copernica-ID", params("account_1234, account_5"), Malformed, C::Account),
        // Dates.
        ("Date", params(""), Malformed, C::Date),
        ("Date", params("Sun, 05 Jan 2014 21:31:40"), Malformed, C::Date),
        ("Date", params("Sunday, 05-Jan-14 21:31:40 GMT"), Malformed, C::Date),
        ("Date", params("Sun Jan  5 21:31:40 2014"), Malformed, C::Date),
        ("Date", params("2014-01-05T21:31:40Z"), Malformed, C::Date),
        ("Date", params("1388957500"), Malformed, C::Date),
        ("Date", params("Mon, 05 Jan 2014 21:31:40 GMT"), Malformed, C::Date),
        ("Date", params("Mon, 05 Jan 2014 21:31:40 +0000"), Malformed, C::Date),
        ("Date", params("Sun, 05 Jan 2014 16:31:40 EST"), Malformed, C::Date),
        ("Date", params("Sun, 05 Jan 2014 21:31:40 UTC"), Malformed, C::Date),
        ("Date", params("Sun, 05 Jan 2014 21:31:40 GMT+0000"), Malformed, C::Date),
        ("Date", params("Sun, 05 Jan 2014 24:00:00 GMT"), Malformed, C::Date),
        ("Date", params("Sun, 32 Jan 2014 21:31:40 GMT"), Malformed, C::Date),
        ("Date", params("Sun, +5 Jan 2014 21:31:40 GMT"), Malformed, C::Date),
        ("Date", params("Mon, 06 Jan 2014 21:31:40 GMT"), Unauthenticated, C::Date),
        ("Date", params("Sun, 05 Jan 2014 21:31:40 +0100"), Unauthenticated, C::Date),
        // Digests.
        ("Digest", params(""), Unauthenticated, C::Digest),
        ("Digest", params("MD5=Sd/dVLAcvNLSq16eXua5uQ=="), Unauthenticated, C::Digest),
        ("Digest", params("SHA=07CavjDP4u3/TungoUHJO/Wzr4c="), Unauthenticated, C::Digest),
        ("Digest", params("SHA-256"), Malformed, C::Digest),
        ("Digest", params("SHA-256="), Malformed, C::Digest),
        ("Digest", format!("SHA-256=:{SHA256}:"), Malformed, C::Digest),
        ("Digest", format!("SHA-256=\"{SHA256}\""), Malformed, C::Digest),
        ("Digest", format!("SHA-512={SHA256}"), Malformed, C::Digest),
        ("Digest", format!("SHA-256={SHA256},nonsense"), Malformed, C::Digest),
        ("Digest", format!("SHA-256={SHA256};q=1"), Malformed, C::Digest),
        (
            "Digest",
            format!("SHA-256={SHA256},sha-256={}", SHA256.replace('X', "Y")),
            Unauthenticated,
            C::Digest,
        ),
    ];
    for (name, value, kind, check) in cases {
        let fault = Call::plain().set(name, value.clone()).examine(&policy(), NOW).unwrap_err();
        assert_eq!(failed(&fault), (kind, check), "{name}: {value}: {fault}");
    }
}

fn names(count: usize) -> String {
    let more: Vec<_> = (COVERED.split(' ').count()..count).map(|n| format!("x-{n}")).collect();
    format!("{COVERED} {}", more.join(" "))
}

/// Headers that are missing, there twice, too long, or impossible.
#[test]
fn refused_calls() {
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
        let value = plain().headers.into_iter().find(|(known, _)| known == name).unwrap().1;
        cases.push((plain().add(name, value), Malformed, check));
        cases.push((plain().set(name, "a".repeat(8193)), Malformed, check));
    }
    for (call, kind, check) in cases {
        let fault = call.examine(&policy(), NOW).unwrap_err();
        assert_eq!(failed(&fault), (kind, check), "{call:?}: {fault}");
    }
}

#[test]
fn bounds_are_reached() {
    let mut call = Call::plain().set("Signature", covering(&names(32)));
    for n in 5..32 {
        call = call.add(&format!("X-{n}"), "");
    }
    let string = call.examine(&policy(), NOW).unwrap().signing_string(0).into_owned();
    assert!(string.ends_with(b"\nx-30: \nx-31: "));
}

/// `Date`, the clock, and the last moment at which the call is taken.
#[test]
fn the_window() {
    let last = "2014-01-05T21:32:40Z";
    let cases = [
        ("2014-01-05T21:31:40Z", Ok(())),
        ("2014-01-05T21:32:40Z", Ok(())),
        ("2014-01-05T21:32:40.001Z", Err(Check::Date)),
        ("2014-01-05T21:31:10Z", Ok(())),
        ("2014-01-05T21:31:09.999Z", Err(Check::Date)),
        ("2015-01-05T21:31:40Z", Err(Check::Date)),
        ("1970-01-01T00:00:00Z", Err(Check::Date)),
    ];
    for (now, expected) in cases {
        let signed = Call::plain().examine(&policy(), now);
        assert_eq!(signed.as_ref().map(|_| ()).map_err(|fault| fault.check), expected, "{now}");
        assert!(signed.is_err() || signed.unwrap().until() == at(last), "{now}");
    }
    let mut wide = policy();
    (wide.oldest, wide.ahead) = (Duration::MAX, Duration::MAX);
    for now in ["1970-01-01T00:00:00Z", "9999-01-01T00:00:00Z"] {
        let signed = Call::plain().examine(&wide, now).unwrap();
        assert_eq!(signed.until(), DateTime::<Utc>::MAX_UTC);
    }
    let mut narrow = policy();
    (narrow.oldest, narrow.ahead) = (Duration::ZERO, Duration::ZERO);
    assert!(Call::plain().examine(&narrow, NOW).is_ok());
    assert!(Call::plain().examine(&narrow, "2014-01-05T21:31:41Z").is_err());
}

/// Seconds since 1970 around the plain call's date: 1388957500.
#[test]
fn created_and_expires() {
    use Check::{Created, Expires};
    let last = "2014-01-05T21:32:40Z";
    let cases: &[(&str, &str, Result<&str, (FaultKind, Check)>)] = &[
        ("created=1388957500", "(created)", Ok(last)),
        ("created=\"1388957500\"", "(created)", Ok(last)),
        ("created=1388957530", "(created)", Ok(last)),
        ("created=1388957531", "(created)", Err((Unauthenticated, Created))),
        ("created=1388957440", "(created)", Ok("2014-01-05T21:31:40Z")),
        ("created=1388957439", "(created)", Err((Unauthenticated, Created))),
        ("created=1388957500.5", "(created)", Err((Malformed, Created))),
        ("created=-1", "(created)", Err((Malformed, Created))),
        ("created=\"+1388957500\"", "(created)", Err((Malformed, Created))),
        ("created=\"\"", "(created)", Err((Malformed, Created))),
        ("created=99999999999999999999", "(created)", Err((Malformed, Created))),
        ("created=999999999999999999", "(created)", Err((Malformed, Created))),
        ("expires=1388957500", "(expires)", Ok("2014-01-05T21:31:40Z")),
        ("expires=1388957499", "(expires)", Err((Unauthenticated, Expires))),
        ("expires=1388957510", "(expires)", Ok("2014-01-05T21:31:50Z")),
        ("expires=1500000000", "(expires)", Ok(last)),
        ("expires=x", "(expires)", Err((Malformed, Expires))),
        (
            "created=1388957500,expires=1388957501",
            "(created) (expires)",
            Ok("2014-01-05T21:31:41Z"),
        ),
    ];
    for algorithm in ["", "algorithm=hs2019,"] {
        for (parameters, covered, expected) in cases {
            let header =
                signature(&format!(r#"{algorithm}{parameters},headers="{COVERED} {covered}""#));
            let signed = Call::plain().set("Signature", header).examine(&policy(), NOW);
            let until = signed.map(|signed| signed.until()).map_err(|fault| failed(&fault));
            assert_eq!(until, expected.map(at), "{parameters}");
        }
    }
    let header = signature(&format!(r#"created="01388957500",headers="(created) {COVERED}""#));
    let signed = Call::plain().set("Signature", header).examine(&policy(), NOW).unwrap();
    assert!(signed.signing_string(0).starts_with(b"(created): 01388957500\n(request-target): "));
}

#[test]
fn hosts() {
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
fn public_urls() {
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

/// Values are what was sent: case, order, inner space, lines joined.
#[test]
fn lines() {
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
fn bodies() {
    let other = SHA512.replace('W', "X");
    let cases = [
        (format!("SHA-256={SHA256}"), true),
        (format!("SHA-512={SHA512}"), true),
        (format!("SHA-256={SHA256},SHA-512={SHA512}"), true),
        (format!("SHA-256={SHA256},MD5=wrong"), true),
        (format!("SHA-256={SHA256},SHA-512={other}"), false),
        (format!("SHA-512={other}"), false),
        (format!("SHA-256={},SHA-512={SHA512}", SHA256.replace('X', "Y")), false),
    ];
    for (digest, matches) in cases {
        let signed = Call::plain().set("Digest", &*digest).examine(&policy(), NOW).unwrap();
        let checked = signed.check_body(BODY).map_err(|fault| failed(&fault));
        let expected = if matches { Ok(()) } else { Err((Unauthenticated, Check::Digest)) };
        assert_eq!(checked, expected, "{digest}");
        assert!(signed.check_body(b"").is_err(), "{digest}");
    }
}

/// What is checked first decides: nothing that costs more is looked at before.
#[test]
fn order() {
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
        (Check::KeyId, "Signature", covering(&format!("{COVERED} x"))),
        (Check::Account, "X-Copernica-ID", "account_1234".to_owned()),
        (Check::Date, "Date", "Sun, 05 Jan 2014 21:31:40 GMT".to_owned()),
        (Check::Host, "Host", "example.com".to_owned()),
        (Check::Digest, "Digest", format!("SHA-256={SHA256}")),
        (Check::Coverage, "x", String::new()),
    ];
    for (check, name, value) in repairs {
        assert_eq!(call.examine(&policy, NOW).unwrap_err().check, check);
        call = call.set(name, value);
    }
    assert!(call.examine(&policy, NOW).is_ok());
}

/// Operators see names, never values that are secret or personal.
#[test]
fn details_keep_secrets() {
    let names = format!("{COVERED} x-nonce x-secret");
    let call = Call::plain()
        .add("X-Nonce", NONCE)
        .add("X-Secret", "personal")
        .set("Signature", covering(&names));
    let signed = call.examine(&policy(), NOW).unwrap();
    let texts = [
        format!("{signed:?}"),
        signed.to_string(),
        signed.unproven().to_string(),
        signed.check_body(b"personal").unwrap_err().to_string(),
        call.clone().set("X-Nonce", "fsd9f2\n").examine(&policy(), NOW).unwrap_err().to_string(),
        call.set("X-Secret", "personal\n").examine(&policy(), NOW).unwrap_err().to_string(),
    ];
    for text in &texts {
        for secret in [NONCE, SIGNATURE, "personal", "signed"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    assert_eq!(
        texts[2],
        "signature: one._domainkey.copernica.com did not sign this: \
         post /foo?param=value&pet=dog to host example.com, account_1234, covered: \
         (request-target) host date digest x-copernica-id x-nonce x-secret"
    );
}

#[test]
fn details_say_what_to_change() {
    let mut hosts = policy();
    hosts.host("hooks.example.com");
    let long = format!("{}\u{7}", "ab".repeat(100));
    let cases = [
        (
            Call::plain().examine(&policy(), "2014-01-05T21:33:10.5Z"),
            "date: the call is 90.5 s old, 60 s are accepted",
        ),
        (
            Call::plain().examine(&policy(), "2014-01-05T21:30:40Z"),
            "date: the call is dated 60 s ahead of this machine's clock, 30 s are accepted",
        ),
        (Call::plain().examine(&hosts, NOW), "host: example.com is not one of hooks.example.com"),
        (
            Call::plain().set("X-Copernica-ID", "account-1").examine(&policy(), NOW),
            "account: account_1 is not configured",
        ),
        (
            Call::plain().set("Signature", covering("date \n(expires)")).examine(&policy(), NOW),
            "coverage: (request-target) is not covered, only: date \\n(expires)",
        ),
        (
            Call::plain()
                .set("Signature", covering(COVERED).replace("one.", "évil."))
                .examine(&policy(), NOW),
            "key_id: évil._domainkey.copernica.com is no key of a trusted zone",
        ),
    ];
    for (outcome, expected) in cases {
        assert_eq!(outcome.unwrap_err().to_string(), expected);
    }
    let fault = Call::plain().set("Signature", covering(COVERED).replace(KEY_ID, &long));
    let detail = fault.examine(&policy(), NOW).unwrap_err().to_string();
    assert!(detail.ends_with("ab… is no key of a trusted zone") && detail.len() < 200, "{detail}");
}
