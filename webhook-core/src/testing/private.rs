//! The private key of a [`Signer`](super::Signer).

use super::SignerError;
use crate::base64;
use crate::crypto::pair::{self, KeyPair};
use crate::key::PublicKey;

/// A key pair and what is published of it. No `Clone`: signers share it.
pub(super) struct PrivateKey {
    pair: KeyPair,
    public: PublicKey,
    record: String,
}

impl PrivateKey {
    /// Returns a new key of 2048 bits.
    pub(super) fn generate() -> Result<Self, SignerError> {
        Self::new(pair::generate().ok_or(SignerError::Cryptography)?)
    }

    /// Returns the first block of a PEM text: PKCS#8 (RFC 5958) or PKCS#1 (RFC 8017 §A.1.2).
    pub(super) fn from_pem(pem: &str) -> Result<Self, SignerError> {
        let (_, rest) = pem.split_once("-----BEGIN ").ok_or(SignerError::NotPem)?;
        let (label, rest) = rest.split_once("-----").ok_or(SignerError::NotPem)?;
        let (text, _) =
            rest.split_once(&format!("-----END {label}-----")).ok_or(SignerError::NotPem)?;
        let is_pkcs8 = match label {
            "PRIVATE KEY" => true,
            "RSA PRIVATE KEY" => false,
            "ENCRYPTED PRIVATE KEY" => return Err(SignerError::Encrypted),
            "PUBLIC KEY" | "RSA PUBLIC KEY" => return Err(SignerError::PublicKey),
            _ => return Err(SignerError::NotPem),
        };
        // PKCS#1 says it in lines of its own (RFC 1421 §4.6.1.1).
        if text.contains("ENCRYPTED") {
            return Err(SignerError::Encrypted);
        }
        let der = base64::decode(text.as_bytes()).ok_or(SignerError::NotPem)?;
        Self::new(pair::read(&der, is_pkcs8).ok_or(SignerError::NotRsa)?)
    }

    fn new(pair: KeyPair) -> Result<Self, SignerError> {
        let spki = pair::spki(&pair).ok_or(SignerError::Cryptography)?;
        let record = format!("v=DKIM1;k=rsa;p={}", base64::encode(&spki));
        let public = PublicKey::from_der(&spki).map_err(|_| SignerError::NotRsa)?;
        Ok(Self { pair, public, record })
    }

    /// Signs by RSASSA-PKCS1-v1_5 with SHA-256, in base64: the same message, the same text.
    pub(super) fn sign(&self, message: &[u8]) -> Result<String, SignerError> {
        pair::sign(&self.pair, message).map(base64::encode).ok_or(SignerError::Cryptography)
    }

    pub(super) fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Returns the text of the TXT record that publishes it.
    pub(super) fn record(&self) -> &str {
        &self.record
    }
}
