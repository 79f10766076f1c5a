//! The `Digest` header (RFC 3230): what the body must add up to.

use crate::base64;
use crate::crypto::{Digest, sha256, sha512};
use crate::rejection::{Check, Fault};
use memchr::memchr;
use std::iter;

/// What a call's `Digest` says, of what counts: other algorithms are too weak or unknown, and
/// neither help nor harm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digests {
    sha256: Option<[u8; 32]>,
    /// Hardly any sender has it, and every call is moved with what is here.
    sha512: Option<Box<[u8; 64]>>,
}

impl Digests {
    /// Reads the header's value: `name=base64`, separated by commas.
    pub(super) fn parse(value: &[u8]) -> Result<Self, Fault> {
        let mut digests = Self { sha256: None, sha512: None };
        for element in elements(value) {
            // RFC 9110 §5.6.1: empty elements of a list do not count.
            if element.is_empty() {
                continue;
            }
            let Some(end) = element.iter().position(|byte| *byte == b'=') else {
                return Err(Fault::malformed(Check::Digest, "Digest is not a list of name=value"));
            };
            let (name, value) = element.split_at_checked(end).unwrap_or_default();
            let (name, value) = (name.trim_ascii(), value.get(1..).unwrap_or_default());
            if name.eq_ignore_ascii_case(b"sha-256") {
                digests.sha256 = Some(read(digests.sha256, value)?);
            } else if name.eq_ignore_ascii_case(b"sha-512") {
                digests.sha512 = Some(Box::new(read(digests.sha512.as_deref().copied(), value)?));
            }
        }
        if digests.sha256.is_none() && digests.sha512.is_none() {
            let detail = "Digest has neither sha-256 nor sha-512";
            return Err(Fault::unproven(Check::Digest, detail));
        }
        Ok(digests)
    }

    /// Compares every digest with the body's. Not in constant time: the sender of a call knows
    /// both sides, there is nothing to learn from how long it takes.
    pub(super) fn check(&self, body: &[u8]) -> Result<(), Fault> {
        compare("sha-256", sha256, self.sha256.as_ref().map(<[u8; 32]>::as_slice), body)?;
        compare("sha-512", sha512, self.sha512.as_deref().map(<[u8; 64]>::as_slice), body)
    }
}

/// Returns the elements of a list. Nearly always it is one of 50 bytes, which are not looked at one by one.
fn elements(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(list);
    iter::from_fn(move || {
        let list = rest.take()?;
        let Some((element, after)) = memchr(b',', list).and_then(|at| list.split_at_checked(at))
        else {
            return Some(list.trim_ascii());
        };
        rest = after.get(1..);
        Some(element.trim_ascii())
    })
}

/// Reads a digest. A duplicate must say the same: no body has two digests of one algorithm.
fn read<const N: usize>(before: Option<[u8; N]>, value: &[u8]) -> Result<[u8; N], Fault> {
    let Some(digest) = base64::decode_array(value) else {
        let detail = format!("Digest's value is not base64 of {} bits", N * 8);
        return Err(Fault::malformed(Check::Digest, detail));
    };
    match before {
        Some(other) if other != digest => {
            Err(Fault::unproven(Check::Digest, "Digest contradicts itself"))
        }
        _ => Ok(digest),
    }
}

fn compare(
    name: &str,
    hash: fn(&[u8]) -> Digest,
    expected: Option<&[u8]>,
    body: &[u8],
) -> Result<(), Fault> {
    let matches = |expected| hash(body).as_ref() == expected;
    if expected.is_none_or(matches) {
        return Ok(());
    }
    let detail = format!(
        "Digest is not the {name} of the body of {} bytes as received: something on the way may \
         have decompressed or rewritten it",
        body.len()
    );
    Err(Fault::unproven(Check::Digest, detail))
}
