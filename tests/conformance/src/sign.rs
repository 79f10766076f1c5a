//! Signs cases as a sender does, step by step and after the draft's own words: nothing of the
//! verifier's is used, so that both can't be wrong in the same way.

use crate::case::Case;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use std::sync::LazyLock;
use webhook_core::key::{COPERNICA_ZONE, KeyName, StaticKeys};

/// The time of every signed case, and of the receivers that they are sent to.
pub const DATE: &str = "Mon, 05 Jan 2026 21:31:40 GMT";
/// The same, as a covered `(created)`.
const CREATED: i64 = 1_767_648_700;
/// The name of the key that signs.
pub const KEY: &str = "one._domainkey.copernica.com";
/// Another name that has a key, whose private half is not here.
pub const OTHER_KEY: &str = "two._domainkey.copernica.com";
/// Of draft-cavage-http-signatures, appendix C.
const OTHER_RECORD: &str = "k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C36r\
    PJj+CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeD\
    K1HSFHD8bHKD6kv8FPGfJTotc+2xjJwoYi+1hqp1fIekaxsyQIDAQAB";

/// What a signature must cover at least.
pub const REQUIRED: &str = "(request-target) host date digest x-copernica-id";
/// What Copernica documents that it covers, when there is a nonce.
pub const DOCUMENTED: &str = "(request-target) Host Date Content-length Content-type \
                              X-Copernica-ID Digest X-nonce";
/// A `Signature` header; `{…}` is filled in.
pub const PLAIN: &str = "keyId=\"one._domainkey.copernica.com\",algorithm=\"rsa-sha256\",\
                         headers=\"{headers}\",signature=\"{signature}\"";

/// Public, and for tests only: see `tests/vectors/README.md`.
pub const PRIVATE_PEM: &str = include_str!("../../vectors/private.pem");
const PUBLIC_PEM: &str = include_str!("../../vectors/public.pem");

static PRIVATE: LazyLock<RsaKeyPair> = LazyLock::new(|| {
    let base64: String = PRIVATE_PEM.lines().filter(|line| !line.starts_with('-')).collect();
    RsaKeyPair::from_pkcs8(&STANDARD.decode(base64).unwrap()).unwrap()
});

/// Returns what time it is for receivers of signed cases.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(CREATED, 0).unwrap()
}

/// Returns the keys that a receiver of signed cases knows.
pub fn keys() -> StaticKeys {
    let name = |name| KeyName::under(&[COPERNICA_ZONE], name).unwrap();
    let keys = StaticKeys::new().pem(name(KEY), PUBLIC_PEM).unwrap();
    // The name that one of the vectors has.
    let keys = keys.pem(name("x3-2026._domainkey.copernica.com"), PUBLIC_PEM).unwrap();
    keys.record(name(OTHER_KEY), OTHER_RECORD).unwrap()
}

/// How the bytes are signed.
#[derive(Debug, Clone, Copy)]
pub enum Primitive {
    /// RSASSA-PKCS1-v1_5 with SHA-256, the only right one.
    Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Sha512,
    /// HMAC with SHA-256, its secret the public key: what a verifier falls for that lets the
    /// sender choose the primitive.
    Hmac,
}

impl Primitive {
    fn sign(self, message: &[u8]) -> Vec<u8> {
        let rsa = |padding: &'static dyn RsaEncoding| {
            let mut signature = vec![0; PRIVATE.public_modulus_len()];
            PRIVATE.sign(padding, &SystemRandom::new(), message, &mut signature).unwrap();
            signature
        };
        match self {
            Self::Sha256 => rsa(&RSA_PKCS1_SHA256),
            Self::Sha512 => rsa(&RSA_PKCS1_SHA512),
            Self::Hmac => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, PUBLIC_PEM.as_bytes());
                hmac::sign(&key, message).as_ref().to_vec()
            }
        }
    }
}

/// Returns `SHA-256=…` of a body.
pub fn sha256(body: &[u8]) -> String {
    format!("SHA-256={}", STANDARD.encode(digest::digest(&digest::SHA256, body)))
}

/// Returns `SHA-512=…` of a body.
pub fn sha512(body: &[u8]) -> String {
    format!("SHA-512={}", STANDARD.encode(digest::digest(&digest::SHA512, body)))
}

impl Case {
    /// Adds a plain signature over what is required.
    #[must_use]
    pub fn signed(self) -> Self {
        self.signed_over(REQUIRED)
    }

    /// Adds a signature over these names.
    #[must_use]
    pub fn signed_over(self, covered: &str) -> Self {
        self.signed_as(covered, PLAIN)
    }

    /// Adds a `Signature` header after this template.
    #[must_use]
    pub fn signed_as(self, covered: &str, template: &str) -> Self {
        self.signed_by(Primitive::Sha256, covered, template)
    }

    /// Signs the case as it is now, whatever is changed about it afterwards.
    #[must_use]
    pub fn signed_by(self, primitive: Primitive, covered: &str, template: &str) -> Self {
        let signature = STANDARD.encode(primitive.sign(&self.signing_string(covered)));
        let header = template
            .replace("{headers}", covered)
            .replace("{created}", &CREATED.to_string())
            .replace("{expires}", &(CREATED + 1).to_string())
            .replace("{signature}", &signature);
        self.header("Signature", header)
    }

    /// Builds the signing string, draft-cavage-http-signatures §2.3. A header that is missing is
    /// signed as if it were empty, which is wrong, but for the length, which every server sees.
    fn signing_string(&self, covered: &str) -> Vec<u8> {
        let line = |name: &str| {
            let name = name.to_ascii_lowercase();
            let value = match name.as_str() {
                "(request-target)" => {
                    format!("{} {}", self.method.to_ascii_lowercase(), self.path()).into_bytes()
                }
                "(created)" => CREATED.to_string().into(),
                "(expires)" => (CREATED + 1).to_string().into(),
                _ => self.values(&name),
            };
            [name.as_bytes(), b": ", &value].concat()
        };
        covered.split_whitespace().map(line).collect::<Vec<_>>().join(&b'\n')
    }

    /// Returns path and query, also of an absolute target.
    fn path(&self) -> &str {
        let after_scheme = self.target.strip_prefix("http://");
        after_scheme.map_or(&self.target, |rest| &rest[rest.find('/').unwrap_or(rest.len())..])
    }

    fn values(&self, name: &str) -> Vec<u8> {
        let values = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        let values: Vec<_> = values.map(|(_, value)| value.trim_ascii()).collect();
        match values.is_empty().then(|| self.announced()).flatten() {
            Some(length) if name == "content-length" => length.to_string().into(),
            _ => values.join(&b", "[..]),
        }
    }
}
