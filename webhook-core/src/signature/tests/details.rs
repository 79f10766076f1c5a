//! What an operator gets to see.

use super::*;

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
            Call::plain().examine(&policy(), "2014-01-05T21:37:10.5Z"),
            "date: the call is 330.5 s old, 300 s are accepted",
        ),
        (
            Call::plain().examine(&policy(), "2014-01-05T21:30:10Z"),
            "date: the call is dated 90 s ahead of this machine's clock, 60 s are accepted",
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
            "key_id: évil._domainkey.copernica.com is not the name of a key in a trusted zone",
        ),
    ];
    for (outcome, expected) in cases {
        assert_eq!(outcome.unwrap_err().to_string(), expected);
    }
    let fault = Call::plain().set("Signature", covering(COVERED).replace(KEY_ID, &long));
    let detail = fault.examine(&policy(), NOW).unwrap_err().to_string();
    assert!(
        detail.ends_with("ab… is not the name of a key in a trusted zone") && detail.len() < 200,
        "{detail}"
    );
}
