//! The private key of a [`Signer`](super::Signer).

use super::SignerError;
use crate::base64;
use crate::key::PublicKey;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};

/// A key pair and what is published of it. No `Clone`: signers share it.
pub(super) struct PrivateKey {
    pair: KeyPair,
    public: PublicKey,
    record: String,
}

impl PrivateKey {
    /// Returns a new key of 2048 bits.
    pub(super) fn generate() -> Result<Self, SignerError> {
        Self::new(KeyPair::generate(KeySize::Rsa2048).map_err(|_| SignerError::Cryptography)?)
    }

    /// Returns the first block of a PEM text: PKCS#8 (RFC 5958) or PKCS#1 (RFC 8017 §A.1.2).
    pub(super) fn from_pem(pem: &str) -> Result<Self, SignerError> {
        let (_, rest) = pem.split_once("-----BEGIN ").ok_or(SignerError::NotPem)?;
        let (label, rest) = rest.split_once("-----").ok_or(SignerError::NotPem)?;
        let (text, _) =
            rest.split_once(&format!("-----END {label}-----")).ok_or(SignerError::NotPem)?;
        let read = match label {
            "PRIVATE KEY" => KeyPair::from_pkcs8,
            "RSA PRIVATE KEY" => KeyPair::from_der,
            "ENCRYPTED PRIVATE KEY" => return Err(SignerError::Encrypted),
            "PUBLIC KEY" | "RSA PUBLIC KEY" => return Err(SignerError::PublicKey),
            _ => return Err(SignerError::NotPem),
        };
        // PKCS#1 says it in lines of its own (RFC 1421 §4.6.1.1).
        if text.contains("ENCRYPTED") {
            return Err(SignerError::Encrypted);
        }
        let der = base64::decode(text.as_bytes()).ok_or(SignerError::NotPem)?;
        Self::new(read(&der).map_err(|_| SignerError::NotRsa)?)
    }

    fn new(pair: KeyPair) -> Result<Self, SignerError> {
        let public = pair.public_key();
        let spki = public.as_der().map_err(|_| SignerError::Cryptography)?;
        let record = format!("v=DKIM1;k=rsa;p={}", base64::encode(spki.as_ref()));
        let public = PublicKey::from_der(public.as_ref()).map_err(|_| SignerError::NotRsa)?;
        Ok(Self { pair, public, record })
    }

    /// Signs by RSASSA-PKCS1-v1_5 with SHA-256, in base64: the same message, the same text.
    pub(super) fn sign(&self, message: &[u8]) -> Result<String, SignerError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| SignerError::Cryptography)?;
        Ok(base64::encode(signature))
    }

    pub(super) fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Returns the text of the TXT record that publishes it.
    pub(super) fn record(&self) -> &str {
        &self.record
    }
}
