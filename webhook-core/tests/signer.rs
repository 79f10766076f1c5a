//! The test kit's signer: what others signed, bit by bit, and a law that does without its code.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_executor::block_on;
use http::Request;
use proptest::prelude::*;
use serde::Deserialize;
use std::collections::HashSet;
use std::error::Error;
use webhook_core::key::{KeyName, KeySource, PublicKey};
use webhook_core::signature::Account;
use webhook_core::testing::{Encoder, Signer, SignerError, documented_subprofile};
use webhook_core::{CreateEvent, Receiver};

const FILES: [&str; 2] = [
    include_str!("../../tests/vectors/http-signature.jsonl"),
    include_str!("../../tests/vectors/httpsig.jsonl"),
];
const PRIVATE: &str = include_str!("../../tests/vectors/private.pem");
const PUBLIC: &str = include_str!("../../tests/vectors/public.pem");
const URL: &str = "https://hooks.example.com/copernica";
const NAMES: [&str; 8] = [
    "(request-target)",
    "host",
    "date",
    "content-length",
    "content-type",
    "x-copernica-id",
    "digest",
    "x-nonce",
];

#[derive(Deserialize)]
struct Vector {
    signer: String,
    name: String,
    now: i64,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Vector {
    fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter();
        all.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// Signs this call by the test kit's signer.
    fn sign(&self) -> Result<Request<Bytes>, SignerError> {
        let account: Account = self.header("X-Copernica-ID").unwrap().parse().unwrap();
        let signature = self.header("Signature").unwrap();
        let signer = Signer::from_pem(PRIVATE)?
            .documented_style()
            .account(account)
            .key_name(parameter(signature, "keyId"))
            .date(DateTime::from_timestamp(self.now, 0).unwrap())
            .content_type(self.header("Content-Type").unwrap())
            .covering(parameter(signature, "headers"));
        let signer = match self.header("X-Nonce") {
            Some(nonce) => signer.nonce(nonce),
            None => signer.without_nonce(),
        };
        // The default port is left out of a Host, except where there is another scheme's.
        let host = self.header("Host").unwrap();
        let scheme = if host.ends_with(":443") { "http" } else { "https" };
        signer.sign(&format!("{scheme}://{host}{}", self.target), self.body.clone())
    }
}

/// Returns a parameter of a `Signature` header, in any style that stands in quotes.
fn parameter<'a>(signature: &'a str, name: &str) -> &'a str {
    let (_, rest) = signature.split_once(&format!("{name}=\"")).unwrap();
    rest.split_once('"').unwrap().0
}

fn header<'a>(call: &'a Request<Bytes>, name: &str) -> &'a str {
    call.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

fn at() -> DateTime<Utc> {
    "2014-01-05T21:31:40Z".parse().unwrap()
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64.encode(der))
}

/// What the signer can't be made to write: these calls have another text somewhere.
const OTHERS: [&str; 11] = [
    // A header of its own.
    "covered: user-agent",
    // Parameters of its own.
    "created and expires",
    "created, no algorithm",
    // The signer writes the one documented form.
    "account: hyphen",
    "account: upper case",
    "environment: hyphen",
    "digest: sha-512",
    "digest: both",
    "digest: weaker ones too",
    "date: RFC 5322",
    "date: RFC 5322, another zone",
];

#[test]
fn signatures_of_others_bit_by_bit() {
    let mut same = 0;
    for line in FILES.iter().flat_map(|file| file.lines()) {
        let vector: Vector = serde_json::from_str(line).unwrap();
        let theirs = parameter(vector.header("Signature").unwrap(), "signature");
        let ours = vector.sign();
        if OTHERS.contains(&&*vector.name) {
            // The list above has nothing in it that it should not have.
            assert!(
                ours.is_err_and(|why| matches!(why, SignerError::MissingHeader(_)))
                    || vector.sign().is_ok_and(|call| !header(&call, "signature").contains(theirs))
            );
            continue;
        }
        let (ours, what) = (ours.unwrap(), format!("{}, {}", vector.signer, vector.name));
        assert_eq!(parameter(header(&ours, "signature"), "signature"), theirs, "{what}");
        // All that a server sees of the call is theirs, but for the style of the last header.
        assert_eq!(ours.uri().path_and_query().unwrap(), &*vector.target, "{what}");
        let (_, but_last) = vector.headers.split_last().unwrap();
        for (name, value) in but_last {
            assert_eq!(header(&ours, name), value, "{what}");
        }
        assert_eq!(ours.headers().len(), vector.headers.len(), "{what}");
        assert_eq!(ours.body(), vector.body.as_bytes(), "{what}");
        same += 1;
    }
    assert_eq!(same, 31 + 31);
}

/// What the vendor's own PHP library requires of a call, and how it reads: names as they are written,
/// the record's tags with the blanks around them.
#[test]
fn a_call_is_as_the_vendors_own_verifier_takes_it() {
    let signer = Signer::from_pem(PRIVATE).unwrap().date(at());
    let call = signer.sign(URL, "type=create").unwrap();
    let signature = header(&call, "signature");
    let covered: Vec<_> = parameter(signature, "headers").split(' ').collect();
    for required in ["host", "date", "content-length", "content-type", "digest", "x-copernica-id"] {
        assert!(covered.contains(&required), "{required}: {covered:?}");
    }
    assert!(covered.contains(&"(request-target)") && covered.contains(&"x-nonce"), "{covered:?}");
    // Case-sensitive: header names are in lower case on this side.
    let known: HashSet<_> = call.headers().keys().map(http::HeaderName::as_str).collect();
    for name in covered.iter().filter(|name| **name != "(request-target)") {
        assert!(known.contains(name), "{name}");
    }
    let (algorithm, digest) = header(&call, "digest").split_once('=').unwrap();
    assert_eq!((algorithm, digest.len()), ("sha-256", 44));
    let start = "keyId=\"test._domainkey.copernica.com\",algorithm=\"rsa-sha256\",headers=\"";
    assert!(signature.starts_with(start) && signature.contains("\",signature=\""), "{signature}");

    let record = signer.public_record();
    let tags: Vec<_> = record.split(';').map(|tag| tag.split_once('=').unwrap()).collect();
    assert!(matches!(tags[..], [("v", "DKIM1"), ("k", "rsa"), ("p", _)]), "{record}");
}

#[test]
fn the_documented_call_has_its_capitals() {
    let signer = Signer::from_pem(PRIVATE).unwrap().nonce("fsd9f2").date(at()).documented_style();
    let signer = signer.key_name("one._domainkey.copernica.com");
    let call = signer.sign("https://example.com/foo?param=value&pet=dog", "{\"hello\": \"world\"}");
    let call = call.unwrap();
    let headers: Vec<_> =
        call.headers().iter().map(|(name, value)| (name.as_str(), value)).collect();
    let sent = [
        ("host", "example.com"),
        ("date", "Sun, 05 Jan 2014 21:31:40 GMT"),
        ("x-copernica-id", "account_1234"),
        // That of draft-cavage-http-signatures, appendix C.
        ("digest", "SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="),
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-length", "18"),
        ("x-nonce", "fsd9f2"),
    ];
    assert_eq!(headers.len(), sent.len() + 1);
    for ((name, value), sent) in headers.iter().zip(sent) {
        assert_eq!((*name, value.to_str().unwrap()), sent);
    }
    let (name, signature) = headers[sent.len()];
    let signature = signature.to_str().unwrap();
    let start = "keyId=\"one._domainkey.copernica.com\",algorithm=\"rsa-sha256\", \
        headers=\"(request-target) Host Date Content-length Content-type X-Copernica-ID Digest \
        X-nonce\" signature=\"";
    assert_eq!(name, "signature");
    assert!(signature.starts_with(start), "{signature}");
    assert_eq!((call.method().as_str(), call.body().len()), ("POST", 18));
    assert_eq!(call.uri(), "https://example.com/foo?param=value&pet=dog");
}

#[test]
fn urls_are_signed_or_refused() {
    let cases = [
        ("https://a.example", Some(("a.example", "/"))),
        ("https://a.example?", Some(("a.example", "/?"))),
        ("https://a.example?b=1", Some(("a.example", "/?b=1"))),
        ("https://a.example/b?", Some(("a.example", "/b?"))),
        ("https://a.example/b#c", Some(("a.example", "/b"))),
        ("https://a.example//b/../%2f%2F?d[]=%20+", Some(("a.example", "//b/../%2f%2F?d[]=%20+"))),
        ("HTTPS://A.Example:443/b", Some(("A.Example", "/b"))),
        ("https://a.example:80/", Some(("a.example:80", "/"))),
        ("http://a.example:80/", Some(("a.example", "/"))),
        ("http://127.0.0.1:3000/", Some(("127.0.0.1:3000", "/"))),
        ("http://[::1]:443/", Some(("[::1]:443", "/"))),
        ("", None),
        ("/b", None),
        ("a.example", None),
        ("a.example/b", None),
        ("ftp://a.example/b", None),
        ("https://", None),
        ("https://:443/b", None),
        ("https://:8443/b", None),
        ("https://user@a.example/b", None),
        ("https://a.example/b c", None),
        ("https://a.example/b\n", None),
    ];
    let signer = Signer::ephemeral().unwrap();
    for (url, expected) in cases {
        match (signer.sign(url, ""), expected) {
            (Ok(call), Some((host, target))) => {
                assert_eq!(header(&call, "host"), host, "{url}");
                assert_eq!(call.uri().authority().unwrap(), host, "{url}");
                assert_eq!(call.uri().path_and_query().unwrap(), target, "{url}");
                assert_eq!(verified(&signer, &call, host, target), Ok(()), "{url}");
            }
            (Err(SignerError::Url), None) => {}
            (other, _) => panic!("{url}: {other:?}"),
        }
    }
}

/// Verifies by the draft's rules from the receiver's end: from what was sent, not from the signer's code.
fn verified(
    signer: &Signer,
    call: &Request<Bytes>,
    host: &str,
    target: &str,
) -> Result<(), &'static str> {
    let signature = header(call, "signature");
    let line = |name: &str| match &*name.to_lowercase() {
        "(request-target)" => format!("(request-target): post {target}"),
        "host" => format!("host: {host}"),
        "content-length" => format!("content-length: {}", call.body().len()),
        "digest" => {
            let hash = BASE64.encode(digest(&SHA256, call.body()));
            let (name, _) = header(call, "digest").split_once('=').unwrap();
            format!("digest: {name}={hash}")
        }
        name => format!("{name}: {}", header(call, name)),
    };
    let string: Vec<_> = parameter(signature, "headers").split(' ').map(line).collect();
    let bytes = BASE64.decode(parameter(signature, "signature")).map_err(|_| "base64")?;
    let name = KeyName::under(&["copernica.com"], parameter(signature, "keyId")).ok_or("name")?;
    let keys = signer.keys().cached(&name, at()).ok_or("no key")?;
    keys.verify(string.join("\n").as_bytes(), &bytes).map(|_| ()).ok_or("signature")
}

proptest! {
    #[test]
    fn whatever_is_signed_verifies(
        host in "[a-zA-Z0-9]([a-zA-Z0-9.-]{0,20}[a-z])?(:[1-9][0-9]{0,3})?",
        target in "/[a-zA-Z0-9/._~%&=+!,;:@-]{0,20}([?][a-zA-Z0-9/._~%&=+?:@\\[\\]-]{0,20})?",
        body in prop::collection::vec(any::<u8>(), 0..200),
        order in Just(NAMES.map(str::to_owned).to_vec()).prop_shuffle(),
        count in 1..=8_usize,
        upper in any::<bool>(),
        documented in any::<bool>(),
        nonce in "[!-~]([ -~]{0,20}[!-~])?",
        account in any::<u64>(),
        environment in any::<bool>(),
        second in 0..253_402_300_799_i64,
    ) {
        let covered = order[..count].join(" ");
        let covered = if upper { covered.to_uppercase() } else { covered };
        let account =
            if environment { Account::environment(account) } else { Account::new(account) };
        let date = DateTime::from_timestamp(second, 0).unwrap();
        let signer = Signer::ephemeral().unwrap().account(account).nonce(&nonce).date(date);
        let signer = signer.covering(&covered);
        let signer = if documented { signer.documented_style() } else { signer };
        let host = if host.ends_with(":80") { host + "1" } else { host };
        let call = signer.sign(&format!("http://{host}{target}"), body.clone()).unwrap();
        prop_assert_eq!(parameter(header(&call, "signature"), "headers"), covered);
        prop_assert_eq!(header(&call, "x-copernica-id").parse(), Ok(account));
        prop_assert_eq!(DateTime::parse_from_rfc2822(header(&call, "date")).unwrap(), date);
        prop_assert_eq!(header(&call, "x-nonce"), nonce);
        prop_assert_eq!(call.body(), &body);
        prop_assert_eq!(verified(&signer, &call, &host, &target), Ok(()));
    }
}

#[test]
fn keys_are_read_and_published() {
    let generated = KeyPair::generate(KeySize::Rsa3072).unwrap();
    let pkcs8 = pem("PRIVATE KEY", generated.as_der().unwrap().as_ref());
    let signer = Signer::from_pem(&format!("before\n{pkcs8}after")).unwrap();
    let published = signer.public_record();
    let key = PublicKey::from_record(&published).unwrap();
    assert_eq!(key.bits(), 3072);
    let call = signer.clone().covering("date").date(at()).sign(URL, "").unwrap();
    let signature = BASE64.decode(parameter(header(&call, "signature"), "signature")).unwrap();
    let message = b"date: Sun, 05 Jan 2014 21:31:40 GMT";
    assert!(key.verify(message, &signature));
    // The library itself agrees, with a key that this crate did not read.
    let record = BASE64.decode(published.strip_prefix("v=DKIM1;k=rsa;p=").unwrap()).unwrap();
    let spki = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, record);
    assert!(spki.verify(message, &signature).is_ok());
    let mut again = vec![0; generated.public_modulus_len()];
    let random = aws_lc_rs::rand::SystemRandom::new();
    generated.sign(&RSA_PKCS1_SHA256, &random, message, &mut again).unwrap();
    assert_eq!(again, signature);

    // PKCS#1 is what PKCS#8 has at its end.
    let der = BASE64.decode(PRIVATE.lines().filter(|l| !l.starts_with('-')).collect::<String>());
    let pkcs1 = pem("RSA PRIVATE KEY", &der.unwrap()[26..]);
    let public = PublicKey::from_pem(PUBLIC).unwrap();
    let spki: String = PUBLIC.lines().filter(|line| !line.starts_with('-')).collect();
    for text in [PRIVATE, &pkcs1] {
        let signer = Signer::from_pem(text).unwrap();
        assert_eq!(signer.public_record(), format!("v=DKIM1;k=rsa;p={spki}"));
        assert_eq!(PublicKey::from_record(&signer.public_record()), Ok(public.clone()));
        let name = KeyName::under(&["copernica.com"], "test._domainkey.copernica.com").unwrap();
        assert!(signer.keys().cached(&name, at()).unwrap().iter().eq([&public]));
    }
    // One throw-away key a process.
    let records: HashSet<_> =
        (0..3).map(|_| Signer::ephemeral().unwrap().public_record()).collect();
    assert_eq!(records.len(), 1);
    assert!(!records.contains(&published));
}

#[test]
fn key_names_are_sent_as_given() {
    let cases = [
        ("one._domainkey.copernica.com", Some(("copernica.com", "one._domainkey.copernica.com"))),
        ("X._DomainKey.Copernica.COM.", Some(("copernica.com", "x._domainkey.copernica.com"))),
        ("one._domainkey.example.com", Some(("example.com", "one._domainkey.example.com"))),
        ("one.copernica.com", None),
        ("a.b._domainkey.copernica.com", None),
        ("._domainkey.copernica.com", None),
        ("one", None),
        ("", None),
    ];
    for (sent, name) in cases {
        let signer = Signer::ephemeral().unwrap().key_name(sent);
        let call = signer.sign(URL, "").unwrap();
        // Sent as given, also where no receiver would look it up.
        assert_eq!(parameter(header(&call, "signature"), "keyId"), sent);
        match name {
            None => assert_eq!(format!("{:?}", signer.keys()), "StaticKeys({})", "{sent}"),
            Some((zone, name)) => {
                let name = KeyName::under(&[zone], name).unwrap();
                assert!(signer.keys().cached(&name, at()).is_some(), "{sent}");
            }
        }
    }
}

#[test]
fn each_call_has_a_nonce_of_its_own() {
    let signer = Signer::ephemeral().unwrap();
    let calls: Vec<_> = (0..100).map(|_| signer.sign(URL, "").unwrap()).collect();
    let nonces: HashSet<_> = calls.iter().map(|call| header(call, "x-nonce")).collect();
    assert_eq!(nonces.len(), 100);
    assert!(nonces.iter().all(|nonce| nonce.len() == 32));
    let without = signer.clone().without_nonce().sign(URL, "").unwrap();
    assert_eq!(without.headers().get("x-nonce"), None);
    let covered = parameter(header(&without, "signature"), "headers");
    assert_eq!(covered, NAMES[..7].join(" "));
    assert_eq!(parameter(header(&calls[0], "signature"), "headers"), NAMES.join(" "));
    assert_eq!(verified(&signer, &without, "hooks.example.com", "/copernica"), Ok(()));
    // White space around it would not arrive, so it is not signed.
    let padded = signer.clone().nonce(" a b\t").sign(URL, "").unwrap();
    assert_eq!(header(&padded, "x-nonce"), "a b");
    assert_eq!(verified(&signer, &padded, "hooks.example.com", "/copernica"), Ok(()));
}

#[test]
fn events_are_encoded_and_dated_now() {
    let before = Utc::now().timestamp();
    let call = Signer::ephemeral().unwrap().sign_event(URL, &documented_subprofile()).unwrap();
    let date = DateTime::parse_from_rfc2822(header(&call, "date")).unwrap().timestamp();
    assert!((before..=Utc::now().timestamp()).contains(&date));
    assert_eq!(call.body(), &Encoder::new().encode(&documented_subprofile()).unwrap());
    let received: CreateEvent = block_on(Receiver::unverified().receive(call)).unwrap().event;
    assert_eq!(received, documented_subprofile());
    let clock = || DateTime::<Utc>::UNIX_EPOCH;
    let call = Signer::ephemeral().unwrap().clock(clock).sign(URL, "").unwrap();
    assert_eq!(header(&call, "date"), "Thu, 01 Jan 1970 00:00:00 GMT");
}

#[test]
fn what_no_header_can_hold_is_refused() {
    let signer = || Signer::ephemeral().unwrap();
    let why = |signer: Signer| signer.sign(URL, "").unwrap_err();
    assert!(matches!(why(signer().nonce("a\nb")), SignerError::Header("x-nonce")));
    assert!(matches!(why(signer().content_type("a\r\nb: c")), SignerError::Header("content-type")));
    for name in ["a\"b", "a\\", "a\nb"] {
        assert!(matches!(why(signer().key_name(name)), SignerError::KeyName), "{name:?}");
    }
    for name in ["x-other", "(created)", "a\"b", "signature", "é"] {
        let why = why(signer().covering(format!("Date {name}")));
        assert!(matches!(&why, SignerError::MissingHeader(sent) if sent == name), "{why}");
    }
    let without = signer().without_nonce().covering("date X-Nonce");
    assert!(matches!(why(without), SignerError::MissingHeader(name) if name == "x-nonce"));
}

#[test]
fn other_pems_are_refused() {
    let why = |pem: &str| Signer::from_pem(pem).unwrap_err();
    let proc_type = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n\
        -----END RSA PRIVATE KEY-----";
    assert!(matches!(why(PUBLIC), SignerError::PublicKey));
    assert!(matches!(why(&pem("RSA PUBLIC KEY", b"x")), SignerError::PublicKey));
    assert!(matches!(why(&pem("ENCRYPTED PRIVATE KEY", b"x")), SignerError::Encrypted));
    assert!(matches!(why(proc_type), SignerError::Encrypted));
    assert!(matches!(why(&pem("PRIVATE KEY", b"x")), SignerError::NotRsa));
    assert!(matches!(why(&pem("RSA PRIVATE KEY", b"")), SignerError::NotRsa));
    for text in ["", "x", "-----BEGIN ", "-----BEGIN PRIVATE KEY", &PRIVATE[..400]] {
        assert!(matches!(why(text), SignerError::NotPem), "{text}");
    }
    assert!(matches!(why(&pem("OPENSSH PRIVATE KEY", b"x")), SignerError::NotPem));
    let broken = PRIVATE.replacen("MII", "M!I", 1);
    assert!(matches!(why(&broken), SignerError::NotPem));
}

#[test]
fn nothing_is_sent_twice_or_too_much() {
    let signer = Signer::from_pem(PRIVATE).unwrap().nonce("secret-nonce");
    let shown = format!("{signer:?}");
    assert!(shown.contains("test._domainkey.copernica.com") && shown.contains("1234"), "{shown}");
    assert!(!shown.contains("secret") && shown.len() < 200, "{shown}");
    let errors = [
        signer.sign("https://secret@a.example", "").unwrap_err(),
        signer.clone().nonce("secret\n").sign(URL, "").unwrap_err(),
        signer.clone().key_name("secret\"").sign(URL, "").unwrap_err(),
        Signer::from_pem("-----BEGIN secret").unwrap_err(),
    ];
    for error in errors {
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        assert!(error.source().is_none());
    }
    let line = signer.covering("a\u{7}b").sign(URL, "").unwrap_err().to_string();
    assert!(line.starts_with("a\\u{7}b is covered"), "{line}");
}
