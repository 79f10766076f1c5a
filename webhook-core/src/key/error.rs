//! Keys that are refused.

use crate::limits::{MAX_KEY_BITS, MAX_KEYS, MAX_RECORD_BYTES, MAX_RECORD_TAGS, MIN_KEY_BITS};
use std::fmt;

/// The reason for which a key is refused, and what to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The text has no PEM block of a public key.
    NotPem,
    /// The PEM block is of a private key.
    PrivateKey,
    /// The PEM block is of a certificate.
    Certificate,
    /// The key's text is not base64.
    NotBase64,
    /// The bytes are not an RSA public key in DER, or others follow it.
    NotRsa,
    /// The key is too short to prove anything (RFC 8301 §3.2).
    TooShort {
        /// Bits of the modulus.
        bits: u32,
    },
    /// The key is too long: it would cost too much time.
    TooLong {
        /// Bits of the modulus.
        bits: u32,
    },
    /// The record's `p` is empty: its owner has revoked the key.
    Revoked,
    /// The record has no `p`.
    NoKey,
    /// A part of the record is not `tag=value`.
    NotATag,
    /// A tag of the record is a duplicate.
    DuplicateTag,
    /// The record's `v` is not its first tag, or not `DKIM1`.
    OtherVersion,
    /// The record's `k` is not `rsa`.
    OtherKeyType,
    /// The record's `h` does not allow `sha256`.
    OtherHash,
    /// The record is too long, or has too many tags.
    RecordTooLong,
    /// The name has no keys.
    NoKeys,
    /// The name has too many keys.
    TooManyKeys,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotPem => {
                "no public key in PEM: give the text from BEGIN PUBLIC KEY (or BEGIN RSA PUBLIC \
                 KEY) to its END line, or DER to from_der"
            }
            Self::PrivateKey => {
                "this is a private key: keep it with the signer, and give its public half"
            }
            Self::Certificate => "this is a certificate: give the public key that is in it",
            Self::NotBase64 => "the key is not base64: check that it was copied whole",
            Self::NotRsa => {
                "not an RSA public key in DER (SubjectPublicKeyInfo or PKCS#1), or bytes after it: \
                 check the kind of the key and that it was copied whole"
            }
            Self::TooShort { bits } => {
                return write!(
                    f,
                    "the key has {bits} bits: use one of {MIN_KEY_BITS} or more, better 2048"
                );
            }
            Self::TooLong { bits } => {
                return write!(f, "the key has {bits} bits: use one of at most {MAX_KEY_BITS}");
            }
            Self::Revoked => "the key is revoked: the record's p is empty",
            Self::NoKey => "the record has no p tag: it is not a key record",
            Self::NotATag => "a part of the record is not tag=value: parts end with a semicolon",
            Self::DuplicateTag => "a tag of the record is a duplicate: remove one",
            Self::OtherVersion => "the record's v must be its first tag, and DKIM1",
            Self::OtherKeyType => "the record's k is not rsa: only RSA keys are used here",
            Self::OtherHash => "the record's h does not allow sha256: add it or remove the tag",
            Self::RecordTooLong => {
                return write!(
                    f,
                    "the record has more than {MAX_RECORD_BYTES} bytes or {MAX_RECORD_TAGS} tags"
                );
            }
            Self::NoKeys => "a name needs at least one key",
            Self::TooManyKeys => {
                return write!(f, "more than {MAX_KEYS} keys under one name: remove old ones");
            }
        })
    }
}

impl std::error::Error for KeyError {}
