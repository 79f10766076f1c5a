//! A public key, parsed once.

use super::error::KeyError;
use super::record;
use crate::base64;
use crate::crypto::{Hashed, RsaKey, pkcs1, sha256};
use crate::limits::{MAX_KEY_BITS, MIN_KEY_BITS};
use std::fmt;

/// An RSA public key of 1024 to 8192 bits, parsed once: that costs more than a verification.
///
/// Cheap to clone. Verifies RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2) and nothing else,
/// whatever algorithm a call names: the use of a key is not the sender's choice.
///
/// ```
/// use webhook_core::key::PublicKey;
///
/// // As DNS publishes it: the text of a TXT record.
/// let key = PublicKey::from_record(
///     "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C36rPJj\
///      +CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJ\
///      eDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJwoYi+1hqp1fIekaxsyQIDAQAB",
/// )?;
/// assert_eq!(key.bits(), 1024);
/// assert!(!key.verify(b"a message", b"not its signature"));
/// # Ok::<(), webhook_core::key::KeyError>(())
/// ```
#[derive(Clone)]
pub struct PublicKey {
    parsed: RsaKey,
    bits: u32,
}

impl PublicKey {
    /// Reads PEM (RFC 7468): the first block `PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY` (PKCS#1).
    /// Text around the block is ignored.
    ///
    /// # Errors
    /// There is no such block, or [`from_der`](Self::from_der) refuses what is in it.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let (_, rest) = pem.split_once("-----BEGIN ").ok_or(KeyError::NotPem)?;
        let (label, rest) = rest.split_once("-----").ok_or(KeyError::NotPem)?;
        match label {
            "PUBLIC KEY" | "RSA PUBLIC KEY" => {}
            "CERTIFICATE" => return Err(KeyError::Certificate),
            label if label.ends_with("PRIVATE KEY") => return Err(KeyError::PrivateKey),
            _ => return Err(KeyError::NotPem),
        }
        let (body, end) = rest.split_once("-----END ").ok_or(KeyError::NotPem)?;
        if end.split_once("-----").is_none_or(|(end, _)| end != label) {
            return Err(KeyError::NotPem);
        }
        Self::from_base64(body)
    }

    /// Reads DER: a `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7) or a PKCS#1 `RSAPublicKey`
    /// (RFC 8017 §A.1.1). Exactly one, in its one encoding, and nothing after it.
    ///
    /// # Errors
    /// Not an RSA public key, or not one of 1024 to 8192 bits.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let (pkcs1, bits) = pkcs1(der).ok_or(KeyError::NotRsa)?;
        match bits {
            0..MIN_KEY_BITS => return Err(KeyError::TooShort { bits }),
            MIN_KEY_BITS..=MAX_KEY_BITS => {}
            _ => return Err(KeyError::TooLong { bits }),
        }
        let parsed = RsaKey::new(pkcs1).ok_or(KeyError::NotRsa)?;
        Ok(Self { parsed, bits })
    }

    /// Reads the text of a key record, as DNS publishes it (RFC 6376 §3.6.1): the strings of one
    /// TXT record, concatenated.
    ///
    /// `v` is optional, but then first and `DKIM1`; `k` is absent or `rsa`; `h` is absent or
    /// names `sha256`; `p` holds the key, and white space in it is ignored. Other tags say
    /// nothing here.
    ///
    /// # Errors
    /// The record is not a key record, its key can't be used, or it is
    /// [revoked](KeyError::Revoked): its `p` is empty.
    pub fn from_record(text: &str) -> Result<Self, KeyError> {
        Self::from_base64(record::key_of(text)?)
    }

    fn from_base64(text: &str) -> Result<Self, KeyError> {
        Self::from_der(&base64::decode(text.as_bytes()).ok_or(KeyError::NotBase64)?)
    }

    /// Returns the length of the modulus in bits. Below 2048 a key is weak by today's measure.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// Returns whether this is the signature of the message by this key.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verify_hashed(&Hashed { message: message.into(), hash: sha256(message) }, signature)
    }

    /// Returns whether this key made this signature of a message that is hashed already.
    pub(crate) fn verify_hashed(&self, signed: &Hashed<'_>, signature: &[u8]) -> bool {
        self.parsed.verify(signed, signature)
    }
}

/// Compares modulus and exponent.
impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.parsed == other.parsed
    }
}

impl Eq for PublicKey {}

/// Shows the length alone: key names belong in logs, keys do not.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} bits)", self.bits)
    }
}
