//! What a proof is made of: the headers that a call must have once, and the names that its signature
//! must cover.

use crate::limits::MAX_PROOF_HEADER;
use crate::rejection::{Check, Fault};
use crate::request::{FieldLine, FieldLines};
use crate::sender::{ACCOUNT_HEADER, NONCE_HEADER};

/// What a signature must cover at least: who sent what, to whom, when.
pub(super) const REQUIRED: [&str; 5] =
    ["(request-target)", "host", "date", "digest", ACCOUNT_HEADER];

/// Returns what `WWW-Authenticate` says of that (draft-cavage-http-signatures §3.1.1).
pub(crate) fn challenge() -> String {
    format!("Signature headers=\"{}\"", REQUIRED.join(" "))
}

/// The headers that a proof is made of, without the white space around their values.
pub(super) struct RequiredHeaders<'a> {
    pub(super) signature: &'a [u8],
    pub(super) date: &'a [u8],
    pub(super) digest: &'a [u8],
    pub(super) account: &'a [u8],
    pub(super) nonce: Option<&'a [u8]>,
}

impl<'a> RequiredHeaders<'a> {
    /// Takes each header out of the lines.
    ///
    /// # Errors
    /// One of them is missing, a duplicate, or longer than any sender makes it.
    pub(super) fn of(lines: &FieldLines<'a>) -> Result<Self, Fault> {
        let once = |name, check| once(lines.named(name).unwrap_or_default(), check);
        // Syntax first: what is wrong whatever the configuration is a 400 before anything is a 401.
        let signature = once("signature", Check::SignatureHeader)?;
        let date = once("date", Check::Date)?;
        let digest = once("digest", Check::Digest)?;
        let account = once(ACCOUNT_HEADER, Check::Account)?;
        let nonce = once(NONCE_HEADER, Check::Nonce)?;
        let missing = |check| move || missing(check);
        Ok(Self {
            signature: signature.ok_or_else(missing(Check::SignatureHeader))?,
            date: date.ok_or_else(missing(Check::Date))?,
            digest: digest.ok_or_else(missing(Check::Digest))?,
            account: account.ok_or_else(missing(Check::Account))?,
            nonce,
        })
    }
}

/// Returns the value of one of the headers.
///
/// # Errors
/// It is missing, a duplicate, or longer than any sender makes it.
pub(super) fn required<'a>(
    lines: &FieldLines<'a>,
    name: &str,
    check: Check,
) -> Result<&'a [u8], Fault> {
    once(lines.named(name).unwrap_or_default(), check)?.ok_or_else(|| missing(check))
}

fn missing(check: Check) -> Fault {
    Fault::unproven(check, "the header is missing")
}

fn once(line: FieldLine<'_>, check: Check) -> Result<Option<&[u8]>, Fault> {
    match line.count {
        _ if line.longest > MAX_PROOF_HEADER => {
            Err(Fault::malformed(check, "the header is too long"))
        }
        0 => Ok(None),
        1 => Ok(Some(line.value)),
        _ => Err(Fault::malformed(check, "the header is a duplicate")),
    }
}
