//! What senders write, in all its variety.

use super::*;
use FaultKind::Unauthenticated;

#[test]
fn the_plain_call_is_accepted() {
    let signed = Call::plain().examine(&policy(), NOW).unwrap();
    assert_eq!(signed.key().as_str(), KEY_ID);
    assert_eq!(signed.account(), Account::new(1234));
    assert_eq!(signed.date(), at(NOW));
    assert_eq!(signed.until(), at("2014-01-05T21:36:40Z"));
    assert_eq!(signed.nonce(), None);
    assert_eq!(signed.covered().collect::<Vec<_>>().join(" "), COVERED);
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
fn styles_of_the_header_are_read_alike() {
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
fn calls_that_differ_from_the_plain_one_are_accepted() {
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
        Call::plain().set("Date", "Sun, 5 Jan 2014 21:31:40 GMT"),
        Call::plain().set("Date", "Sun, 05 Jan 2014 21:31:40 UTC"),
        Call::plain().set("Date", "Sunday, 05-Jan-14 21:31:40 GMT"),
        Call::plain().set("Date", "Sun Jan  5 21:31:40 2014"),
        Call::plain().set("Date", "\tSun, 05 Jan 2014 21:31:40 GMT "),
        digest(&format!("sha-256={}", SHA256.trim_end_matches('='))),
        digest(&format!("Sha-512={SHA512}")),
        digest(&format!("md5=?, , SHA-256 = {SHA256} ,SHA-512={SHA512},")),
        digest(&format!("unixsum=30637,sha-256={SHA256},sha-256={SHA256}")),
        Call::plain().set("Host", "Example.COM:8080"),
        Call::plain().without("Host").authority("example.com"),
        Call::plain().without("Content-Length").without("Content-Type"),
        // Bounds, exactly.
        Call::plain().set("Signature", format!("{},{}", covering(COVERED), ["a=b"; 12].join(","))),
        Call::plain().set("Signature", format!("{:<8192}", covering(COVERED))),
    ];
    for call in calls {
        let signed =
            call.examine(&policy(), NOW).unwrap_or_else(|fault| panic!("{call:?}: {fault}"));
        assert_eq!(signed.check_body(BODY), Ok(()), "{call:?}");
    }
    assert_eq!(nonce().examine(&policy(), NOW).unwrap().nonce(), Some(NONCE));
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

#[test]
fn bodies_are_compared_with_every_digest() {
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

/// The test kit's signer shares no line with what examines its calls.
#[cfg(feature = "testing")]
#[test]
fn calls_of_the_test_kit_are_accepted() {
    use crate::key::KeySource;
    use crate::testing::{Signer, documented_profile};
    use http::{Request, uri::Authority};

    let signer = Signer::ephemeral().unwrap().date(at(NOW));
    let variants = [
        signer.clone(),
        signer.clone().without_nonce(),
        signer.clone().nonce(""),
        signer.clone().account(Account::environment(77)),
        signer.clone().key_name("One._DomainKey.Copernica.COM."),
        signer.clone().covering("X-NONCE digest x-copernica-id date host (request-target)"),
    ];
    for signer in &variants {
        for url in ["https://Example.com:443/foo?a=%2f&b[]=", "http://[::1]:8080?"] {
            let call = signer.sign_event(url, &documented_profile()).unwrap();
            let (parts, body) = Request::into_parts(call);
            let host = parts.uri.authority().map(Authority::as_str).map(str::to_lowercase);
            let proof = examine(
                &Head::of(&parts),
                &FieldLines::of(&parts.headers),
                host.as_deref(),
                &policy(),
                at(NOW),
            )
            .unwrap();
            assert_eq!(proof.check_body(&body), Ok(()));
            let keys = signer.keys().cached(proof.key(), at(NOW)).unwrap();
            let string = proof.signing_string(body.len());
            assert!(keys.verify(&string, proof.signature()).is_some(), "{signer:?} {url}");
            assert!(keys.verify(&string[1..], proof.signature()).is_none());
        }
    }
    for little in ["date", "(request-target) host date digest x-copernica-id"] {
        let call = signer.clone().covering(little).sign("https://a.example/", "").unwrap();
        let (parts, _) = Request::into_parts(call);
        let refused = examine(
            &Head::of(&parts),
            &FieldLines::of(&parts.headers),
            Some("a.example"),
            &policy(),
            at(NOW),
        );
        assert_eq!(failed(&refused.unwrap_err()), (Unauthenticated, Check::Coverage));
    }
}
