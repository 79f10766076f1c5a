//! The headers that a proof is made of, each of them there once.

use super::fault::{Check, Fault};
use crate::limits::MAX_PROOF_HEADER;
use crate::receiver::Head;
use std::ops::Range;

/// What five headers usually add up to, in bytes: room for them is made once.
const USUAL: usize = 1024;

/// The values of the proof's headers, trimmed, in one piece of memory: frameworks lend a value for
/// no longer than a look.
pub(super) struct Gathered {
    text: Vec<u8>,
    signature: Range<usize>,
    date: Range<usize>,
    digest: Range<usize>,
    account: Range<usize>,
    nonce: Option<Range<usize>>,
}

impl Gathered {
    pub(super) fn of(head: &Head<'_>) -> Result<Self, Fault> {
        let mut text = Vec::with_capacity(USUAL);
        let mut once = |name, check| once(head, name, check, &mut text);
        let missing = |check| move || Fault::unproven(check, "the header is missing");
        let signature = once("signature", Check::SignatureHeader)?;
        let date = once("date", Check::Date)?;
        let digest = once("digest", Check::Digest)?;
        let account = once("x-copernica-id", Check::Account)?;
        let nonce = once("x-nonce", Check::Nonce)?;
        Ok(Self {
            signature: signature.ok_or_else(missing(Check::SignatureHeader))?,
            date: date.ok_or_else(missing(Check::Date))?,
            digest: digest.ok_or_else(missing(Check::Digest))?,
            account: account.ok_or_else(missing(Check::Account))?,
            nonce,
            text,
        })
    }

    pub(super) fn signature(&self) -> &[u8] {
        self.value(&self.signature)
    }

    pub(super) fn date(&self) -> &[u8] {
        self.value(&self.date)
    }

    pub(super) fn digest(&self) -> &[u8] {
        self.value(&self.digest)
    }

    pub(super) fn account(&self) -> &[u8] {
        self.value(&self.account)
    }

    pub(super) fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_ref().map(|nonce| self.value(nonce))
    }

    fn value(&self, range: &Range<usize>) -> &[u8] {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

/// Appends a header's value and says where; `None` when there is no such header.
fn once(
    head: &Head<'_>,
    name: &str,
    check: Check,
    text: &mut Vec<u8>,
) -> Result<Option<Range<usize>>, Fault> {
    let (start, mut count, mut long) = (text.len(), 0_u32, false);
    head.headers.each(name, &mut |value| {
        count = count.saturating_add(1);
        long |= value.len() > MAX_PROOF_HEADER;
        if count == 1 && !long {
            text.extend_from_slice(trim(value));
        }
    });
    match count {
        _ if long => Err(Fault::malformed(check, "the header is too long")),
        0 => Ok(None),
        1 => Ok(Some(start..text.len())),
        _ => Err(Fault::malformed(check, "the header is there more than once")),
    }
}

/// Without the white space around it (RFC 9110 §5.5: space and tab).
pub(super) fn trim(value: &[u8]) -> &[u8] {
    let inner = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let start = value.iter().position(inner).unwrap_or(value.len());
    let end = value.iter().rposition(inner).map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}
