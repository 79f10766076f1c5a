//! Every call to a library of cryptography: hashes, randomness and RSA.
//!
//! aws-lc-rs where its feature is on, else ring; for tests, `webhook_ring` lets ring verify all the same.

#[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
compile_error!("no library of cryptography: enable `aws-lc-rs` (a default feature) or `ring`");

#[cfg(all(feature = "aws-lc-rs", not(webhook_ring)))]
use {aws_lc_rs as library, aws_lc_rs::signature::ParsedPublicKey};
#[cfg(not(all(feature = "aws-lc-rs", not(webhook_ring))))]
use {ring as library, ring::signature::UnparsedPublicKey};

pub(crate) use library::digest::Digest;
use library::digest::{Context, SHA256, SHA512, digest};
use library::rand::{SecureRandom, SystemRandom};
use library::signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY as SCHEME;
use std::borrow::Cow;

pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    digest(&SHA256, bytes)
}
pub(crate) fn sha512(bytes: &[u8]) -> Digest {
    digest(&SHA512, bytes)
}
/// Returns the SHA-256 hash of the parts, one after the other.
pub(crate) fn sha256_of(parts: &[&[u8]]) -> Digest {
    let mut hash = Context::new(&SHA256);
    for part in parts {
        hash.update(part);
    }
    hash.finish()
}
/// Returns random bytes, or `None` where the system has none to give.
pub(crate) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).ok().map(|()| bytes)
}

/// What was signed and its SHA-256 hash: of the one ring verifies a signature, of the other aws-lc-rs.
pub(crate) struct Hashed<'a> {
    #[cfg_attr(all(feature = "aws-lc-rs", not(webhook_ring)), allow(dead_code))]
    pub(crate) message: Cow<'a, [u8]>,
    pub(crate) hash: Digest,
}

/// An RSA public key; aws-lc-rs parses it once, for that costs more than a verification.
#[derive(Clone)]
pub(crate) struct RsaKey {
    pkcs1: Box<[u8]>,
    #[cfg(all(feature = "aws-lc-rs", not(webhook_ring)))]
    parsed: ParsedPublicKey,
}

impl RsaKey {
    /// Returns a key of 1024 to 8192 bits in PKCS#1, as [`pkcs1`] found it.
    pub(crate) fn new(pkcs1: &[u8]) -> Option<Self> {
        Some(Self {
            pkcs1: pkcs1.into(),
            #[cfg(all(feature = "aws-lc-rs", not(webhook_ring)))]
            parsed: ParsedPublicKey::new(&SCHEME, pkcs1).ok()?,
        })
    }

    pub(crate) fn verify(&self, signed: &Hashed<'_>, signature: &[u8]) -> bool {
        #[cfg(all(feature = "aws-lc-rs", not(webhook_ring)))]
        let verified = self.parsed.verify_digest_sig(&signed.hash, signature);
        #[cfg(not(all(feature = "aws-lc-rs", not(webhook_ring))))]
        let verified =
            UnparsedPublicKey::new(&SCHEME, &self.pkcs1).verify(&signed.message, signature);
        verified.is_ok()
    }
}

/// Compares modulus and exponent, which have one encoding.
impl PartialEq for RsaKey {
    fn eq(&self, other: &Self) -> bool {
        self.pkcs1 == other.pkcs1
    }
}

/// Returns the PKCS#1 key in DER that is one, or SPKI around one, and the bits of its modulus.
///
/// Read here, so that both libraries take the same keys: ring reads no SPKI and does not say whether a
/// key is one, and aws-lc-rs ignores what follows it and takes keys that are meant for another padding.
pub(crate) fn pkcs1(der: &[u8]) -> Option<(&[u8], u32)> {
    // `rsaEncryption` and NULL (RFC 3279 §2.3.1), and no algorithm for another padding.
    let algorithm = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    let pkcs1 = match only(0x30, der)?.strip_prefix(algorithm) {
        Some(key) => only(0x03, key)?.strip_prefix(&[0])?,
        None => der,
    };
    let (n, e) = element(0x02, only(0x30, pkcs1)?)?;
    let (n, e) = (positive(n)?, positive(only(0x02, e)?)?);
    // What both take: an exponent of 3 to 33 bits' most, a modulus of 16,384 bits at most, both odd.
    let small = e.len() < 5 || (e.len() == 5 && e.first() == Some(&1));
    let odd = [n, e].iter().all(|number| number.last().is_some_and(|byte| byte % 2 == 1));
    let bits = u32::try_from(n.len()).ok()?.checked_mul(8)? - n.first()?.leading_zeros();
    (small && odd && e != [1] && bits <= 16_384).then_some((pkcs1, bits))
}

/// Returns the content of an element in DER with this tag, its length in its one encoding, and the rest.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der.strip_prefix(&[tag])? {
        [length @ 0..=0x7f, rest @ ..] | [0x81, length @ 0x80..=0xff, rest @ ..] => {
            ((*length).into(), rest)
        }
        [0x82, high @ 1..=0xff, low, rest @ ..] => (u16::from_be_bytes([*high, *low]).into(), rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}

fn only(tag: u8, der: &[u8]) -> Option<&[u8]> {
    element(tag, der).filter(|(_, rest)| rest.is_empty()).map(|(content, _)| content)
}

/// Returns the digits of a positive INTEGER, in its one encoding.
fn positive(integer: &[u8]) -> Option<&[u8]> {
    match integer {
        [0, digits @ ..] if digits.first().is_some_and(|byte| *byte >= 0x80) => Some(digits),
        [1..=0x7f, ..] => Some(integer),
        _ => None,
    }
}

/// Pairs of keys, for signers of tests; ring makes none.
#[cfg(feature = "testing")]
pub(crate) mod pair {
    pub(crate) use aws_lc_rs::rsa::KeyPair;
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
    use aws_lc_rs::{encoding::AsDer, rand::SystemRandom, rsa::KeySize};

    pub(crate) fn generate() -> Option<KeyPair> {
        KeyPair::generate(KeySize::Rsa2048).ok()
    }

    pub(crate) fn read(der: &[u8], is_pkcs8: bool) -> Option<KeyPair> {
        if is_pkcs8 { KeyPair::from_pkcs8(der) } else { KeyPair::from_der(der) }.ok()
    }

    pub(crate) fn spki(pair: &KeyPair) -> Option<Vec<u8>> {
        pair.public_key().as_der().ok().map(|der| der.as_ref().to_vec())
    }

    pub(crate) fn sign(pair: &KeyPair, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
        Some(signature)
    }
}
