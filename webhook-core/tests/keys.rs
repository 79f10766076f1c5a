//! Public keys: every form they come in, what is refused, and the published vectors.
#![allow(missing_docs, clippy::unwrap_used, clippy::format_collect, clippy::indexing_slicing)]

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    KeyPair, ParsedPublicKey, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaKeyPair, RsaParameters, RsaSubjectPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use futures_executor::block_on;
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;
use webhook_core::Receiver;
use webhook_core::future::BoxFuture;
use webhook_core::key::{KeyError, KeyName, KeySource, Keys, LookupError, PublicKey, StaticKeys};

/// The key of draft-cavage-http-signatures, appendix C.
const DRAFT: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C36rPJj+CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJwoYi+1hqp1fIekaxsyQIDAQAB";

/// The draft's signing strings and signatures: C.1, C.2, C.3.
const VECTORS: [(&str, &str); 3] = [
    (
        "date: Sun, 05 Jan 2014 21:31:40 GMT",
        "SjWJWbWN7i0wzBvtPl8rbASWz5xQW6mcJmn+ibttBqtifLN7Sazz6m79cNfwwb8DMJ5cou1s7uEGKKCs+FLEEaDV5lp7q25WqS+lavg7T8hc0GppauB6hbgEKTwblDHYGEtbGmtdHgVCk9SuS13F0hZ8FD0k/5OxEPXe5WozsbM=",
    ),
    (
        "(request-target): post /foo?param=value&pet=dog\nhost: example.com\ndate: Sun, 05 Jan 2014 21:31:40 GMT",
        "qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJypxBLSPQR2aAjn7ndmw2iicw3HMbe8VfEdKFYRqzic+efkb3nndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2Os0=",
    ),
    (
        "(request-target): post /foo?param=value&pet=dog\nhost: example.com\ndate: Sun, 05 Jan 2014 21:31:40 GMT\ncontent-type: application/json\ndigest: SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=\ncontent-length: 18",
        "vSdrb+dS3EceC9bcwHSo4MlyKS59iFIrhgYkz8+oVLEEzmYZZvRs8rgOp+63LEM3v+MFHB32NfpB2bEKBIvB1q52LaEUHFv120V01IL+TAD48XaERZFukWgHoBTLMhYS2Gb51gWxpeIq8knRmPnYePbF5MOkR0Zkly4zKH7s1dE=",
    ),
];

fn draft() -> PublicKey {
    PublicKey::from_der(&BASE64.decode(DRAFT).unwrap()).unwrap()
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = BASE64.encode(der);
    let lines: Vec<_> =
        body.as_bytes().chunks(64).map(|l| std::str::from_utf8(l).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82][..], &length, content].concat()
}

/// Writes an element with its length in its one encoding.
fn minimal(tag: u8, content: &[u8]) -> Vec<u8> {
    match content.len() {
        len @ 0..128 => [&[tag, u8::try_from(len).unwrap()][..], content].concat(),
        len @ 128..256 => [&[tag, 0x81, u8::try_from(len).unwrap()][..], content].concat(),
        _ => der(tag, content),
    }
}

/// PKCS#1: a modulus that has this many bits, all of them ones, and an exponent.
fn made_up(bits: usize, exponent: &[u8]) -> Vec<u8> {
    let mut modulus = vec![0xff; bits.div_ceil(8)];
    match bits % 8 {
        0 => modulus.insert(0, 0),
        rest => modulus[0] = (1 << rest) - 1,
    }
    minimal(0x30, &[minimal(2, &modulus), minimal(2, exponent)].concat())
}

fn name(text: &str) -> KeyName {
    KeyName::under(&["example.com"], text).unwrap()
}

#[test]
fn published_vectors_verify() {
    let key = draft();
    assert_eq!(key.bits(), 1024);
    for (at, (message, signature)) in VECTORS.iter().enumerate() {
        let signature = BASE64.decode(signature).unwrap();
        assert!(key.verify(message.as_bytes(), &signature), "C.{}", at + 1);
        assert!(!key.verify(format!("{message}\n").as_bytes(), &signature));
        for byte in [0, 64, 127] {
            let mut broken = signature.clone();
            broken[byte] ^= 1;
            assert!(!key.verify(message.as_bytes(), &broken));
        }
        assert!(!key.verify(message.as_bytes(), &signature[1..]));
        assert!(!key.verify(message.as_bytes(), &[&[0], &signature[..]].concat()));
        assert!(!key.verify(message.as_bytes(), &[]));
    }
}

#[test]
fn only_one_padding_and_one_hash_verify() {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let key = PublicKey::from_der(pair.public_key().as_ref()).unwrap();
    let other = draft();
    let mut signature = vec![0; pair.public_modulus_len()];
    let mut sign = |how| {
        pair.sign(how, &SystemRandom::new(), b"message", &mut signature).unwrap();
        (key.verify(b"message", &signature), other.verify(b"message", &signature))
    };
    assert_eq!(sign(&RSA_PKCS1_SHA256), (true, false));
    assert_eq!(sign(&RSA_PKCS1_SHA512), (false, false));
    assert_eq!(sign(&RSA_PSS_SHA256), (false, false));
}

#[test]
fn every_form_is_the_same_key() {
    for size in [KeySize::Rsa2048, KeySize::Rsa3072] {
        let pair = RsaKeyPair::generate(size).unwrap();
        let pkcs1 = pair.public_key().as_ref();
        let spki = pair.public_key().as_der().unwrap();
        let spki = spki.as_ref();
        let key = PublicKey::from_der(pkcs1).unwrap();
        assert_eq!(key.bits() as usize, size.len() * 8);
        assert_eq!(PublicKey::from_der(spki), Ok(key.clone()));
        for text in [pem("PUBLIC KEY", spki), pem("RSA PUBLIC KEY", pkcs1)] {
            assert_eq!(PublicKey::from_pem(&text), Ok(key.clone()));
            assert_eq!(PublicKey::from_pem(&text.replace('\n', "\r\n")), Ok(key.clone()));
            let explained = format!("Made today.\n{text}Keep it.");
            assert_eq!(PublicKey::from_pem(&explained), Ok(key.clone()));
        }
        for der in [spki, pkcs1] {
            let record = format!("v=DKIM1; p={}", BASE64.encode(der));
            assert_eq!(PublicKey::from_record(&record), Ok(key.clone()));
        }
        assert_ne!(key, draft());
    }
}

#[test]
fn what_is_not_a_key_is_refused_by_name() {
    let der = BASE64.decode(DRAFT).unwrap();
    let whole = pem("PUBLIC KEY", &der);
    let cases = [
        (String::new(), KeyError::NotPem),
        ("-----BEGIN PUBLIC KEY".into(), KeyError::NotPem),
        (whole.replace("END PUBLIC", "END RSA PUBLIC"), KeyError::NotPem),
        (whole.replace("-----END PUBLIC KEY-----", ""), KeyError::NotPem),
        (pem("EC PARAMETERS", &der), KeyError::NotPem),
        (pem("PRIVATE KEY", &der), KeyError::PrivateKey),
        (pem("RSA PRIVATE KEY", &der), KeyError::PrivateKey),
        (pem("CERTIFICATE", &der), KeyError::Certificate),
        (whole.replace('M', "*"), KeyError::NotBase64),
        (pem("PUBLIC KEY", &der[..60]), KeyError::NotRsa),
        (pem("PUBLIC KEY", &[]), KeyError::NotRsa),
        (pem("PUBLIC KEY", &[&der[..], &[0]].concat()), KeyError::NotRsa),
        (pem("RSA PUBLIC KEY", &made_up(512, &[3])), KeyError::TooShort { bits: 512 }),
        (pem("RSA PUBLIC KEY", &made_up(1023, &[3])), KeyError::TooShort { bits: 1023 }),
        (pem("RSA PUBLIC KEY", &made_up(8193, &[3])), KeyError::TooLong { bits: 8193 }),
        (pem("RSA PUBLIC KEY", &made_up(1024, &[1])), KeyError::NotRsa),
        (pem("RSA PUBLIC KEY", &made_up(1024, &[2])), KeyError::NotRsa),
        (pem("RSA PUBLIC KEY", &made_up(40_000, &[3])), KeyError::NotRsa),
    ];
    for (text, error) in cases {
        assert_eq!(PublicKey::from_pem(&text), Err(error), "{text}");
    }
    for bits in [1024, 8192] {
        assert_eq!(PublicKey::from_der(&made_up(bits, &[3])).unwrap().bits() as usize, bits);
    }
    // Not the one encoding: a length with a leading zero.
    let sloppy = made_up(1024, &[3]);
    let sloppy = [&[0x30, 0x82, 0x00][..], &sloppy[2..]].concat();
    assert_eq!(PublicKey::from_der(&sloppy), Err(KeyError::NotRsa));
    // A key for RSASSA-PSS alone: OID 1.2.840.113549.1.1.10 instead of .1 (no parameters).
    let pss = BASE64.decode(DRAFT).unwrap();
    let bits = &pss[18..];
    let oid = [0x30, 0x0b, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
    let pss = minimal(0x30, &[&oid[..], bits].concat());
    assert_eq!(PublicKey::from_der(&pss), Err(KeyError::NotRsa));
}

#[test]
fn records_follow_rfc_6376() {
    let accepted = [
        format!("p={DRAFT}"),
        format!("v=DKIM1;p={DRAFT}"),
        format!("v=DKIM1; k=rsa; p={DRAFT};"),
        format!(" v = DKIM1 ;\tk = RSA ;; h = sha1 : SHA256 ; n = a=b ; p = {DRAFT} ; "),
        format!("k=rsa; t=y:s; s=email; x=; p={DRAFT}"),
        format!("p={}", DRAFT.trim_end_matches('=')),
        format!("p={}", DRAFT.replace("MIGf", " M\tI\r\n G f ")),
        format!("P=nothing; p={DRAFT}; V=DKIM2"),
    ];
    for record in accepted {
        assert_eq!(PublicKey::from_record(&record), Ok(draft()), "{record}");
    }
    let many = |count| (0..count).map(|at| format!("t{at}=;")).collect::<String>();
    let refused = [
        ("v=DKIM1; k=rsa; p=".into(), KeyError::Revoked),
        ("p= \t".into(), KeyError::Revoked),
        (String::new(), KeyError::NoKey),
        ("v=DKIM1; k=rsa".into(), KeyError::NoKey),
        ("v=spf1 include:example.com ~all".into(), KeyError::OtherVersion),
        (format!("v=DKIM2; p={DRAFT}"), KeyError::OtherVersion),
        (format!("v=dkim1; p={DRAFT}"), KeyError::OtherVersion),
        (format!("p={DRAFT}; v=DKIM1"), KeyError::OtherVersion),
        (format!("k=ed25519; p={DRAFT}"), KeyError::OtherKeyType),
        (format!("k=; p={DRAFT}"), KeyError::OtherKeyType),
        (format!("h=sha1; p={DRAFT}"), KeyError::OtherHash),
        (format!("h=sha2560; p={DRAFT}"), KeyError::OtherHash),
        (format!("h=; p={DRAFT}"), KeyError::OtherHash),
        (format!("p={DRAFT}; p={DRAFT}"), KeyError::DuplicateTag),
        (format!("p={DRAFT}; p="), KeyError::DuplicateTag),
        (format!("x=1; x=2; p={DRAFT}"), KeyError::DuplicateTag),
        ("some text".into(), KeyError::NotATag),
        (format!("=1; p={DRAFT}"), KeyError::NotATag),
        (format!("p={DRAFT}; google-site"), KeyError::NotATag),
        ("p=*".into(), KeyError::NotBase64),
        ("p=é".into(), KeyError::NotBase64),
        ("p=MIGf".into(), KeyError::NotRsa),
        (format!("{}p={DRAFT}", many(32)), KeyError::RecordTooLong),
        (format!("p={DRAFT};x={}", "y".repeat(4096)), KeyError::RecordTooLong),
    ];
    for (record, error) in refused {
        assert_eq!(PublicKey::from_record(&record), Err(error), "{record}");
    }
    assert_eq!(PublicKey::from_record(&format!("{}p={DRAFT}", many(31))), Ok(draft()));
}

#[test]
fn what_is_shown_holds_no_key() {
    let keys = Keys::from(draft());
    assert_eq!(format!("{keys:?}"), "[PublicKey(1024 bits)]");
    let source = StaticKeys::new().with(name("one._domainkey.example.com"), draft()).unwrap();
    assert_eq!(
        format!("{source:?}"),
        r#"StaticKeys({"one._domainkey.example.com": [PublicKey(1024 bits)]})"#
    );
}

#[test]
fn a_name_has_one_to_four_keys() {
    assert_eq!(Keys::new([]), Err(KeyError::NoKeys));
    assert_eq!(Keys::new(vec![draft(); 5]), Err(KeyError::TooManyKeys));
    let one = name("one._domainkey.example.com");
    let mut source = StaticKeys::new();
    for _ in 0..4 {
        source = source.record(one.clone(), &format!("p={DRAFT}")).unwrap();
    }
    let der = BASE64.decode(DRAFT).unwrap();
    assert!(source.pem(one, &pem("PUBLIC KEY", &der)).is_err_and(|e| e == KeyError::TooManyKeys));

    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let second = PublicKey::from_der(pair.public_key().as_ref()).unwrap();
    let keys = Keys::new([draft(), second.clone()]).unwrap();
    let mut signature = vec![0; 256];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), b"message", &mut signature).unwrap();
    assert_eq!(keys.verify(b"message", &signature), Some(&second));
    assert_eq!(keys.verify(b"another", &signature), None);
}

#[test]
fn a_name_is_no_longer_than_dns_can_query() {
    for (letters, accepted) in [(253, true), (254, false)] {
        let before = "one._domainkey.";
        let mut zone: String = "a.".repeat(letters);
        zone.truncate(letters - before.len() - 2);
        zone.push_str("ab");
        let text = format!("{before}{zone}");
        assert_eq!(text.len(), letters);
        for text in [text.clone(), format!("{text}.")] {
            assert_eq!(KeyName::under(&[&zone], &text).is_some(), accepted, "{text}");
        }
    }
}

#[test]
fn a_configured_host_or_zone_is_no_longer_than_dns_can_query() {
    // Labels of one letter, as long as that.
    let name = |letters: usize| format!("{}a", "a.".repeat((letters - 1) / 2));
    let builder = || Receiver::builder().account(1234).keys(StaticKeys::new());
    let host = |host: String| builder().host(host).build().is_ok();
    assert!(host(name(253)));
    assert!(!host(format!("{}b", name(253))));
    let zone = |zone: String| builder().zone(zone).build().is_ok();
    // The shortest key's name in it begins with `s._domainkey.`
    assert!(zone(name(239)) && zone(format!("{}b", name(239))));
    assert!(!zone(name(241)));
}

/// A source that gives one answer to everything.
#[derive(Debug, Clone)]
struct Says {
    find: Result<Keys, LookupError>,
    renew: Result<Option<Keys>, LookupError>,
}

impl KeySource for Says {
    fn find<'a>(
        &'a self,
        _: &'a KeyName,
        _: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>> {
        Box::pin(async { self.find.clone() })
    }

    fn may_renew(&self, _: &KeyName, _: &Keys, _: DateTime<Utc>) -> bool {
        self.renew != Ok(None)
    }

    fn renew<'a>(
        &'a self,
        _: &'a KeyName,
        _: &'a Keys,
        _: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Option<Keys>, LookupError>> {
        Box::pin(async { self.renew.clone() })
    }
}

#[test]
fn a_chain_answers_as_the_one_that_knows() {
    let (one, now) = (name("one._domainkey.example.com"), Utc::now());
    let a = Keys::from(draft());
    let b = Keys::new([draft(), draft()]).unwrap();
    let late = |seconds| LookupError::Unavailable { retry_after: Duration::from_secs(seconds) };
    let finds = [
        (Ok(a.clone()), Ok(b.clone()), Ok(a.clone())),
        (Err(LookupError::NotFound), Ok(b.clone()), Ok(b.clone())),
        (Err(late(3)), Ok(b.clone()), Ok(b.clone())),
        (Ok(a.clone()), Err(late(3)), Ok(a.clone())),
        (Err(LookupError::NotFound), Err(LookupError::NotFound), Err(LookupError::NotFound)),
        (Err(late(3)), Err(LookupError::NotFound), Err(late(3))),
        (Err(LookupError::NotFound), Err(late(3)), Err(late(3))),
        (Err(late(3)), Err(late(2)), Err(late(2))),
    ];
    for (first, second, expected) in finds {
        let says = |find| Says { find, renew: Ok(None) };
        let chain: Arc<dyn KeySource> = Arc::new(Box::new(says(first)).or(says(second)));
        assert_eq!(block_on(chain.find(&one, now)), expected);
        assert_eq!(chain.cached(&one, now), None);
        assert!(!chain.may_renew(&one, &a, now));
    }
    let renewals = [
        (Ok(None), Ok(None), Ok(None)),
        (Ok(Some(a.clone())), Ok(Some(b.clone())), Ok(Some(a.clone()))),
        (Ok(None), Ok(Some(b.clone())), Ok(Some(b.clone()))),
        (Err(late(3)), Ok(Some(b.clone())), Ok(Some(b.clone()))),
        (Err(LookupError::NotFound), Ok(None), Ok(None)),
        (Ok(None), Err(LookupError::NotFound), Ok(None)),
        (Err(late(3)), Ok(None), Err(late(3))),
        (Ok(None), Err(late(3)), Err(late(3))),
        (Err(LookupError::NotFound), Err(late(3)), Err(late(3))),
        (Err(LookupError::NotFound), Err(LookupError::NotFound), Err(LookupError::NotFound)),
    ];
    for (first, second, expected) in renewals {
        let says = |renew| Says { find: Err(LookupError::NotFound), renew };
        let renewable = first != Ok(None) || second != Ok(None);
        let chain = says(first).or(says(second));
        assert_eq!(chain.may_renew(&one, &a, now), renewable);
        assert_eq!(block_on(chain.renew(&one, &a, now)), expected);
    }
    // What is known without waiting is not waited for.
    let pinned = StaticKeys::new().with(one.clone(), draft()).unwrap();
    let says = Says { find: Err(late(3)), renew: Ok(None) };
    let chain = says.or(pinned);
    assert_eq!(chain.cached(&one, now), Some(a.clone()));
    assert_eq!(block_on(chain.find(&one, now)), Ok(a));
    assert_eq!(block_on(chain.find(&name("two._domainkey.example.com"), now)), Err(late(3)));
}

/// Returns a tag, written with white space that may stand there.
fn tag(name: &'static str, value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let space = || "[ \t\r\n]{0,3}";
    (value, space(), space(), space(), space())
        .prop_map(move |(value, a, b, c, d)| format!("{a}{name}{b}={c}{value}{d}"))
}

/// Returns the key's text, folded anywhere.
fn folded() -> impl Strategy<Value = String> {
    prop::collection::vec(0..=DRAFT.len(), 0..6).prop_map(|mut places| {
        places.sort_unstable();
        let mut text = DRAFT.to_owned();
        for place in places.into_iter().rev() {
            text.insert_str(place, "\r\n\t");
        }
        text
    })
}

proptest! {
    #[test]
    fn a_record_in_any_style_is_the_same_key(
        version in prop::option::of(tag("v", Just("DKIM1".to_owned()))),
        mut rest in (
            prop::option::of(tag("k", "(rsa|RSA|Rsa)")),
            prop::option::of(tag("h", "(sha1:|md5 : )?sha256( ?: ?sha512)?")),
            prop::option::of(tag("n", "[ -:<-~]{0,20}")),
            prop::option::of(tag("t", "(y|s|y:s)?")),
            tag("p", folded()),
        ).prop_map(|(k, h, n, t, p)| [k, h, n, t, Some(p)].into_iter().flatten().collect::<Vec<_>>())
            .prop_shuffle(),
        end in "(;[ \n]{0,2}){0,2}",
    ) {
        rest.splice(0..0, version);
        let record = rest.join(";") + &end;
        prop_assert_eq!(PublicKey::from_record(&record), Ok(draft()), "{}", record);
    }

    #[test]
    fn no_text_panics(text in "(v=DKIM1|k=rsa|h=|p=|;|=|[a-zA-Z0-9+/= \t\r\n]{0,8}|\\PC){0,20}") {
        let _ = PublicKey::from_record(&text);
        let _ = PublicKey::from_pem(&text);
        let _ = PublicKey::from_pem(&format!("-----BEGIN PUBLIC KEY-----{text}-----END PUBLIC KEY-----"));
    }

    #[test]
    fn a_key_with_one_byte_changed_is_refused_or_another(at in 0..162_usize, bit in 0..8_u8) {
        let mut der = BASE64.decode(DRAFT).unwrap();
        der[at] ^= 1 << bit;
        prop_assert_ne!(PublicKey::from_der(&der), Ok(draft()));
    }
}

/// Returns whether AWS-LC reads this as a key that can be verified with, and writes it as it was.
fn is_key_of_aws_lc(der: &[u8]) -> bool {
    let Ok(key) = RsaSubjectPublicKey::from_der(der) else { return false };
    let pkcs1 = key.as_ref();
    let scheme = &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
    (der == pkcs1 || key.as_der().is_ok_and(|spki| spki.as_ref() == der))
        && RsaParameters::public_modulus_len(pkcs1).is_ok_and(|bits| (1024..=8192).contains(&bits))
        && ParsedPublicKey::new(scheme, pkcs1).is_ok()
}

#[test]
fn a_key_is_taken_exactly_where_aws_lc_takes_it() {
    let spki = BASE64.decode(DRAFT).unwrap();
    let pkcs1 = RsaSubjectPublicKey::from_der(&spki).unwrap().as_ref().to_vec();
    let mut taken = 0;
    for der in [spki, pkcs1] {
        let mut check = |changed: &[u8], what: &str, at: usize| {
            let is_taken = PublicKey::from_der(changed).is_ok();
            assert_eq!(is_taken, is_key_of_aws_lc(changed), "{what} {at} of {}", der.len());
            taken += usize::from(is_taken);
        };
        check(&der, "as it is, at", 0);
        for at in 0..der.len() {
            for bit in 0..8 {
                let mut changed = der.clone();
                changed[at] ^= 1 << bit;
                check(&changed, "a bit of byte", at);
            }
            check(&der[..at], "cut at", at);
            let mut longer = der.clone();
            longer.insert(at, 0);
            check(&longer, "a zero before", at);
            let mut shorter = der.clone();
            shorter.remove(at);
            check(&shorter, "without byte", at);
        }
        check(&[&der[..], &[0]].concat(), "longer, at", der.len());
    }
    assert!(taken > 1000, "only {taken} were keys");
}
