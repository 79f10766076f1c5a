//! What keeps a signer from signing, and what to change.

use super::EncodeError;
use std::error::Error;
use std::fmt;

/// A call can't be signed. It names what is wrong and never repeats a value.
#[derive(Debug)]
#[non_exhaustive]
pub enum SignerError {
    /// No PEM block of a private key.
    NotPem,
    /// A PEM block of a public key.
    PublicKey,
    /// A private key under a password.
    Encrypted,
    /// Not an RSA private key, or one that is too short or too long.
    NotRsa,
    /// Not a URL that can be called.
    Url,
    /// The key's name can't stand in the `Signature` header.
    KeyName,
    /// The value of this header can't stand in a header.
    Header(&'static str),
    /// A name is covered, and the call has no such header.
    MissingHeader(String),
    /// The event can't be written as a form.
    Event(EncodeError),
    /// The cryptographic library failed: it had no memory, or no randomness.
    Cryptography,
}

impl fmt::Display for SignerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotPem => {
                "no private key in PEM: give the text from BEGIN PRIVATE KEY (or BEGIN RSA PRIVATE \
                 KEY) to its END line"
            }
            Self::PublicKey => "this is a public key: a signer needs the private one",
            Self::Encrypted => "the private key has a password: take it off (openssl pkey)",
            Self::NotRsa => {
                "not an RSA private key of 2048 to 8192 bits in DER, or not all of it: check the \
                 kind of the key and that it was copied whole"
            }
            Self::Url => "must be a URL such as https://example.com/path, without a user name",
            Self::KeyName => "the key's name has characters that can't stand in quotes in a header",
            Self::Header(name) => return write!(f, "{name} has characters no header may have"),
            Self::MissingHeader(name) => {
                let name = name.escape_debug();
                return write!(f, "{name} is covered, but there is no such header in the call");
            }
            Self::Event(error) => return error.fmt(f),
            Self::Cryptography => "the cryptographic library failed: no memory or no randomness",
        })
    }
}

impl Error for SignerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            // Its text is this error's text.
            Self::Event(error) => error.source(),
            _ => None,
        }
    }
}
