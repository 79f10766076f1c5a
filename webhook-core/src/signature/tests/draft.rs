//! The test values of draft-cavage-http-signatures, appendix C.

use super::super::coverage::Covered;
use super::super::signing_string::{SigningString, Sources};
use super::*;
use crate::base64::decode;

const KEY: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C36rPJj+CvfSC8+q28\
    hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8bHKD6kv\
    8FPGfJTotc+2xjJwoYi+1hqp1fIekaxsyQIDAQAB";

/// Covered names, signing string, signature.
const VALUES: [(&str, &str, &str); 3] = [
    (
        "date",
        "date: Sun, 05 Jan 2014 21:31:40 GMT",
        "SjWJWbWN7i0wzBvtPl8rbASWz5xQW6mcJmn+ibttBqtifLN7Sazz6m79cNfwwb8DMJ5cou1s7uEGKKCs+FLEEaDV5lp7\
         q25WqS+lavg7T8hc0GppauB6hbgEKTwblDHYGEtbGmtdHgVCk9SuS13F0hZ8FD0k/5OxEPXe5WozsbM=",
    ),
    (
        "(request-target) host date",
        "(request-target): post /foo?param=value&pet=dog\n\
         host: example.com\n\
         date: Sun, 05 Jan 2014 21:31:40 GMT",
        "qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJypxBLSPQR2aAjn7ndmw2iicw3HMbe\
         8VfEdKFYRqzic+efkb3nndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2Os0=",
    ),
    (
        "(request-target) host date content-type digest content-length",
        "(request-target): post /foo?param=value&pet=dog\n\
         host: example.com\n\
         date: Sun, 05 Jan 2014 21:31:40 GMT\n\
         content-type: application/json\n\
         digest: SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=\n\
         content-length: 18",
        "vSdrb+dS3EceC9bcwHSo4MlyKS59iFIrhgYkz8+oVLEEzmYZZvRs8rgOp+63LEM3v+MFHB32NfpB2bEKBIvB1q52LaEU\
         HFv120V01IL+TAD48XaERZFukWgHoBTLMhYS2Gb51gWxpeIq8knRmPnYePbF5MOkR0Zkly4zKH7s1dE=",
    ),
];

#[test]
fn signing_strings_are_what_was_signed() {
    let (call, key) = (Call::plain(), decode(KEY.as_bytes()).unwrap());
    let head = Head { method: "POST", target: &call.target, authority: None, headers: &call };
    let lines = &FieldLines::of(&call);
    let sources = Sources { head: &head, lines, public_url: None, created: None, expires: None };
    for (names, expected, signature) in VALUES {
        let string =
            SigningString::build(Vec::new(), &Covered::unchecked(names), &sources).unwrap();
        let bytes = string.finish(18);
        assert_eq!(str::from_utf8(&bytes), Ok(expected));
        assert!(is_signed(&key, &bytes, &decode(signature.as_bytes()).unwrap()), "{names}");
    }
}

#[test]
fn they_cover_too_little_for_us() {
    for (names, _, signature) in VALUES {
        let header = format!(r#"keyId="{KEY_ID}",headers="{names}",signature="{signature}""#);
        let fault = Call::plain().set("Signature", header).examine(&policy(), NOW).unwrap_err();
        assert_eq!(failed(&fault), (FaultKind::Unauthenticated, Check::Coverage));
    }
}
