//! What an attacker, another customer, or an on-path attacker may write into a call.

use super::sources::Source;
use super::support::*;
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::sync::Arc;
use std::time::Duration;
use webhook_core::signature::{Account, Check};
use webhook_core::testing::Signer;
use webhook_core::{Receiver, RejectionKind};

/// Of the plain call's signing string by `openssl dgst -sha1 -sign` and `-md5`.
const WEAK: [&str; 2] = [
    "TpbZk8JKHKWOiYDoOFO4AeB0QPDGqc2X/8jeNcLgAekjMLptgGrQj/UOlpIii6WHoZZeVZxYvF1k6W1SCX8gemgl\
     6zRmhcjjGt23vBXlYf03KxwFNqm57dlwAyoETaM9h1kBeq3qT3HRyQAaIZCo3PnZx49C27BACDFM00J+yjTlKxPs\
     6IkzkfYJJAgktOrWGPT65uFZKyrW6qru4sEzIxEOszv276nYDSqg1mD/uY7Xn/K1be2uScPayiXYUYJZ/l3eWPDk\
     I03LOBA8Asa6xdksUgltoPTUMZ/+mNsZI02FkXs/nB7A62jOfW0RCz0QY+Cvth5SZVUqBn/K3XBApw==",
    "oj4eD6EWUWSG5kCD9D8P6iKPyl2dLykI2Bfne5ZkByuxTgQQpeD9Oz39O9JvwdMnzzpxKdfilLhkAPw2O0DjlvOW\
     ehwj1DWhVx1LC1ANc5BGGU3pl41nAC/QLc5yyvGYUsg9DbIv5cpFE0lAePI4zDDA2qs5HXxZGccVQkmzUo3AJcNG\
     +IVWPvYWSoNmCN3NKn8mjbm2/yqv8XybHTgdwZz0x+gITa+9gzalqIgZseVVrDqNEG7P/A1fSgGdorIxnMDCjZp8\
     oT6mQDIhtEdNcspBZcveWgKeWHCQEz/4xiXfan1/Llz+nv69UHbuI0aOeRweCVrHx9wllPlwHGHxBQ==",
];
const SPELLED: &str = r#"algorithm="rsa-sha256""#;

/// Returns the plain call's signing string, and its signature.
fn signed() -> (Vec<u8>, String) {
    let call = call();
    let names = header(&call, "signature").split_once("headers=\"").unwrap().1;
    let names = names.split_once('"').unwrap().0.to_ascii_lowercase();
    let line = |name| format!("{name}: {}", value_of(&call, name));
    let string = names.split(' ').map(line).collect::<Vec<_>>().join("\n");
    let signature = header(&call, "signature").split_once("signature=\"").unwrap().1;
    (string.into_bytes(), signature.trim_end_matches('"').to_owned())
}

#[test]
fn the_plain_call_is_accepted() {
    let received = receive(&receiver(), call()).unwrap();
    let proven = received.delivery.proven().unwrap();
    assert_eq!((proven.account, proven.date), (Account::new(1234), at(0)));
    assert_eq!((proven.key.as_str(), proven.nonce.as_deref()), (KEY_NAME, Some("fsd9f2")));
    let key = received.delivery.idempotency_key(&received.event);
    assert_eq!(key, "copernica:v1:account_1234:create:profile:1:123");
    // What the tests below change is signed as they think.
    let (string, signature) = signed();
    assert_eq!(sign(&RSA_PKCS1_SHA256, &string), signature);
}

#[test]
fn the_sender_s_algorithm_chooses_nothing() {
    let (string, signature) = signed();
    let pem: String = PUBLIC.lines().filter(|line| !line.starts_with('-')).collect();
    let der = BASE64.decode(&pem).unwrap();
    let mac = |key: &[u8]| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        BASE64.encode(hmac::sign(&key, &string))
    };
    // What anyone can compute who has the public key, and what its owner never should.
    let macs = [mac(&der), mac(PUBLIC.as_bytes()), mac(pem.as_bytes()), mac(b""), mac(&der[24..])];
    let others = [
        sign(&RSA_PKCS1_SHA384, &string),
        sign(&RSA_PKCS1_SHA512, &string),
        sign(&RSA_PSS_SHA256, &string),
    ];
    let forged = macs.into_iter().chain(others).chain(WEAK.map(str::to_owned));
    let forged: Vec<_> = forged.collect();
    let named = |name: &str| respell(call(), SPELLED, &format!(r#"algorithm="{name}""#));
    let receiver = receiver();
    for name in
        ["hmac-sha256", "hmac", "md5", "rsa-md5", "sha1", "rsa-sha1", "rsa-sha512", "none", ""]
    {
        unproven(&receiver, named(name), Check::Algorithm, name);
        for other in &forged {
            unproven(&receiver, respell(named(name), &signature, other), Check::Algorithm, name);
        }
    }
    let unnamed = respell(call(), SPELLED, "");
    for (at, call) in [call(), named("hs2019"), unnamed].into_iter().enumerate() {
        for (other, what) in forged.iter().zip(0..) {
            let call = respell(call.clone(), &signature, other);
            unproven(&receiver, call, Check::Signature, &format!("{at}, forgery {what}"));
        }
        drop(receive(&receiver, call).unwrap());
    }
}

#[test]
fn another_customer_s_call_is_refused() {
    // Signed by the vendor's key, as every customer's calls are.
    let mut others = vec![Account::new(4321), Account::new(12345), Account::new(123)];
    others.extend([Account::environment(1234), Account::new(0)]);
    for other in others {
        let call = call_of(&signer().account(other));
        unproven(&receiver(), call.clone(), Check::Account, &other.to_string());
        // Under our account's number it is no longer what was signed.
        let renamed = set(call, "x-copernica-id", "account_1234");
        unproven(&receiver(), renamed, Check::Signature, &other.to_string());
    }
    let two = builder().account(Account::environment(77)).build().unwrap();
    let received = receive(&two, call_of(&signer().account(Account::environment(77)))).unwrap();
    assert_eq!(received.delivery.proven().unwrap().account, Account::environment(77));
    unproven(&two, call_of(&signer().account(77)), Check::Account, "kinds are compared");
}

#[test]
fn keys_that_customers_may_publish_are_not_looked_up() {
    // Whatever name is looked up, the key is right: only the name can be what is refused.
    let source = Source::cached(key()).shared();
    let receiver = builder().keys(Arc::clone(&source)).build().unwrap();
    for name in [
        "x.customer.copernica.com",
        "a.b._domainkey.copernica.com",
        "one._domainkey.customer.copernica.com",
        "evilcopernica.com",
        "one._domainkey.evilcopernica.com",
        "one._domainkey.copernica.com.evil.com",
        "one._domainkey.copernica.com@evil.com",
        "one._domainkey.copernica.org",
        "one._domainkey.com",
        "one.domainkey.copernica.com",
        "_domainkey.copernica.com",
        "._domainkey.copernica.com",
        "copernica.com",
        "one._domainkey.copernica.com..",
        "one._domainkey..copernica.com",
        "one._domainkey.copernica.com:53",
        "one/x._domainkey.copernica.com",
        "on%65._domainkey.copernica.com",
        "-one._domainkey.copernica.com",
        "*._domainkey.copernica.com",
        " one._domainkey.copernica.com",
        "one._domainkey.copernica.com/",
        "one._domainkey.\u{441}opernica.com",
        "",
    ] {
        // A letter of another script can't stand in a header as text.
        let call = respell(call(), KEY_NAME, "KEY");
        let spelled = header(&call, "signature").replace("KEY", name);
        let refused = receive(&receiver, set(call, "signature", spelled)).unwrap_err();
        assert!(refused.status().is_client_error(), "{name}: {refused}");
        if name.is_ascii() {
            assert_eq!(refused.check(), Some(Check::KeyId), "{name}");
        }
    }
    let long = format!("{}._domainkey.copernica.com", "a".repeat(64));
    unproven(&receiver, respell(call(), KEY_NAME, &long), Check::KeyId, "a long selector");
    assert_eq!(source.counts(), [0, 0, 0]);

    for name in [
        "ONE._DomainKey.Copernica.COM",
        "one._domainkey.copernica.com.",
        "x-2._domainkey.copernica.com",
    ] {
        drop(receive(&receiver, respell(call(), KEY_NAME, name)).unwrap());
    }
    // A zone of one's own is by name, and nothing else becomes trusted with it.
    for zone in ["relay.example", "Relay.Example."] {
        let receiver = builder().keys(Arc::clone(&source)).zone(zone).build().unwrap();
        drop(
            receive(&receiver, respell(call(), KEY_NAME, "one._domainkey.relay.example")).unwrap(),
        );
        for name in ["one._domainkey.x.relay.example", "one._domainkey.evilrelay.example"] {
            unproven(&receiver, respell(call(), KEY_NAME, name), Check::KeyId, name);
        }
    }
}

#[test]
fn a_swapped_target_is_refused() {
    let receiver = receiver();
    for target in [
        "/copernica?list=8",
        "/copernica",
        "/copernica?",
        "/copernica?list=7&x=1",
        "/Copernica?list=7",
        "/copernica/?list=7",
        "//copernica?list=7",
        "/%63opernica?list=7",
        "/./copernica?list=7",
        "/",
    ] {
        let mut call = call();
        *call.uri_mut() = target.parse().unwrap();
        unproven(&receiver, call, Check::Signature, target);
    }
    // What was called in public is signed, whatever a proxy makes of it.
    let public =
        builder().public_url("https://hooks.example.com/copernica?list=7").build().unwrap();
    let mut rewritten = set(call(), "host", "10.0.0.7:8080");
    *rewritten.uri_mut() = "/internal".parse().unwrap();
    drop(receive(&public, rewritten).unwrap());
    let elsewhere = builder().public_url("https://hooks.example.com/other").build().unwrap();
    unproven(&elsewhere, call(), Check::Signature, "meant for another URL");
}

#[test]
fn a_swapped_host_is_refused() {
    let other = signer().sign("https://other.example.com/copernica?list=7", BODY).unwrap();
    unproven(&receiver(), other.clone(), Check::Host, "meant for another");
    unproven(&receiver(), set(call(), "host", "evil.example"), Check::Host, "of no name of ours");
    let two = builder().host("other.example.com").build().unwrap();
    unproven(&two, set(call(), "host", "other.example.com"), Check::Signature, "of another name");
    drop(receive(&two, other).unwrap());
    unproven(&receiver(), without(call(), "host"), Check::Host, "of none");
}

#[test]
fn covered_names_that_sign_nothing_are_refused() {
    const NAMES: [&str; 6] =
        ["(request-target)", "Host", "Date", "Digest", "X-Copernica-ID", "X-Nonce"];
    let names = NAMES.join(" ");
    let receiver = receiver();
    drop(receive(&receiver, sign_lines(call(), &names, |name| value_of(&call(), name))).unwrap());
    // An attacker got a signature over nothing: a receiver that looks names up letter by letter and
    // takes what it doesn't find for empty would let any value pass.
    for empty in NAMES {
        let value =
            |name: &str| if name == empty { String::new() } else { value_of(&call(), name) };
        unproven(&receiver, sign_lines(call(), &names, value), Check::Signature, empty);
    }
    let absent = format!("{names} X-Absent");
    let value =
        |name: &str| if name == "X-Absent" { String::new() } else { value_of(&call(), name) };
    let call = sign_lines(call(), &absent, value);
    unproven(&receiver, call.clone(), Check::Coverage, "absent is not empty");
    // One that is there and empty is what was signed.
    drop(receive(&builder().build().unwrap(), set(call, "x-absent", "")).unwrap());
}

#[test]
fn what_is_required_is_sent_and_covered() {
    const NAMES: [&str; 6] =
        ["(request-target)", "host", "date", "digest", "x-copernica-id", "x-nonce"];
    let checks = [Check::Host, Check::Date, Check::Digest, Check::Account, Check::Coverage];
    for (name, check) in NAMES.into_iter().skip(1).zip(checks) {
        unproven(&receiver(), without(call(), name), check, name);
    }
    unproven(&receiver(), without(call(), "signature"), Check::SignatureHeader, "unsigned");
    for left_out in NAMES {
        let names: Vec<_> = NAMES.into_iter().filter(|name| *name != left_out).collect();
        let call = call_of(&signer().covering(names.join(" ")));
        unproven(&receiver(), call, Check::Coverage, left_out);
    }
}

#[test]
fn a_date_counts_to_the_second() {
    let cases = [(-300, true), (-301, false), (0, true), (60, true), (61, false), (-86_400, false)];
    for (second, fresh) in cases {
        let call = call_of(&signer().date(at(second)));
        if fresh {
            drop(receive(&receiver(), call).unwrap());
        } else {
            unproven(&receiver(), call, Check::Date, &second.to_string());
        }
    }
    let narrow = |age, ahead| {
        let [age, ahead] = [age, ahead].map(Duration::from_secs);
        builder().max_age(age).max_ahead(ahead).build().unwrap()
    };
    let accepts = |receiver: &Receiver, second| {
        receive(receiver, call_of(&signer().date(at(second)))).is_ok()
    };
    let found = [-61, -60, 1, 2].map(|second| accepts(&narrow(60, 1), second));
    assert_eq!(found, [false, true, true, false]);
    assert_eq!([-1, 0, 1].map(|second| accepts(&narrow(0, 0), second)), [false, true, false]);
    // Between two seconds.
    let half = at(300) + chrono::TimeDelta::milliseconds(1);
    unproven(&builder().clock(move || half).build().unwrap(), call(), Check::Date, "1 ms late");
    // Redated, it is no longer what was signed.
    let redated = set(call(), "date", "Mon, 05 Jan 2026 21:32:40 GMT");
    let later = builder().clock(|| at(61)).build().unwrap();
    unproven(&later, redated, Check::Signature, "redated");
}

#[test]
fn an_attacker_s_own_key_proves_nothing() {
    let attacker = Signer::ephemeral().unwrap().key_name(KEY_NAME).date(at(0));
    unproven(&receiver(), call_of(&attacker), Check::Signature, "under a real name");
    let unknown = call_of(&attacker.key_name("two._domainkey.copernica.com"));
    unproven(&receiver(), unknown, Check::KeyId, "under a name that has no key");
}

#[test]
fn a_duplicate_header_is_refused() {
    for name in ["host", "date", "digest", "x-copernica-id", "x-nonce", "signature"] {
        let mut call = call();
        let value = call.headers()[name].clone();
        call.headers_mut().append(name, value);
        let refused = receive(&receiver(), call).unwrap_err();
        assert_eq!(refused.kind(), RejectionKind::MalformedRequest, "{name}");
    }
}
