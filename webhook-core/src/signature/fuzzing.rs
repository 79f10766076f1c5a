//! What the fuzz targets look at; compiled for them alone.

use super::coverage::{self, Covered};
use super::parameters::SignatureParameters;
use super::{date, digest};
use chrono::{DateTime, Utc};

/// A `Signature` header that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct SignatureHeader {
    pub key_id: String,
    pub algorithm: Option<String>,
    pub headers: String,
    pub created: Option<String>,
    pub expires: Option<String>,
    pub signature: Vec<u8>,
    /// What is covered, where that is enough.
    pub covered: Option<Vec<String>>,
}

/// Reads a `Signature` header.
#[must_use]
pub fn signature_header(value: &[u8]) -> Option<SignatureHeader> {
    let parameters = SignatureParameters::parse(value).ok()?;
    let headers = coverage::lower(parameters.headers);
    let covered = Covered::parse(&headers, false).ok();
    Some(SignatureHeader {
        key_id: parameters.key_id.to_owned(),
        algorithm: parameters.algorithm.map(str::to_owned),
        headers: parameters.headers.to_owned(),
        created: parameters.created.map(str::to_owned),
        expires: parameters.expires.map(str::to_owned),
        signature: parameters.signature,
        covered: covered.map(|covered| covered.names().map(str::to_owned).collect()),
    })
}

/// Reports whether a `Digest` header can be read, and is this body's.
#[must_use]
pub fn digest(value: &[u8], body: &[u8]) -> Option<bool> {
    Some(digest::Digests::parse(value).ok()?.check(body).is_ok())
}

/// Reads a `Date` header.
#[must_use]
pub fn date(value: &[u8]) -> Option<DateTime<Utc>> {
    date::parse(value).ok()
}
