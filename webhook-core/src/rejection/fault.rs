//! What a failed check says: one answer for the sender, the details for the operator.

use std::borrow::Cow;
use std::fmt;

/// Which check a call failed.
///
/// For the operator's logs; a response never names it, because that would be an oracle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Check {
    /// The `Signature` header: exactly once, and of the right syntax.
    SignatureHeader,
    /// The algorithm that the sender names.
    Algorithm,
    /// What the signature covers.
    Coverage,
    /// The time that the `Signature` header says it was made at.
    Created,
    /// The time that the `Signature` header says it ends at.
    Expires,
    /// The name of the key.
    KeyId,
    /// The account, as `X-Copernica-ID` says it.
    Account,
    /// The `Date` header.
    Date,
    /// The host that was called.
    Host,
    /// The `Digest` header, or the body that it is about.
    Digest,
    /// The `X-Nonce` header.
    Nonce,
    /// Another header that is covered.
    Header,
    /// The signature itself, under the key that it names.
    Signature,
}

impl Check {
    /// Returns the name, as it stands in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignatureHeader => "signature_header",
            Self::Algorithm => "algorithm",
            Self::Coverage => "coverage",
            Self::Created => "created",
            Self::Expires => "expires",
            Self::KeyId => "key_id",
            Self::Account => "account",
            Self::Date => "date",
            Self::Host => "host",
            Self::Digest => "digest",
            Self::Nonce => "nonce",
            Self::Header => "header",
            Self::Signature => "signature",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether the sender wrote nonsense or proved nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// Wrong whatever the configuration: 400.
    Malformed,
    /// Not proven to this receiver: 401.
    Unauthenticated,
}

/// A check that failed. The detail names what was compared and never holds a signature, a nonce
/// or a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) check: Check,
    pub(crate) detail: Cow<'static, str>,
}

/// Both are cold: what leads to a fault is then put out of the way of what every call executes.
impl Fault {
    #[cold]
    pub(crate) fn malformed(check: Check, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: FaultKind::Malformed, check, detail: detail.into() }
    }

    #[cold]
    pub(crate) fn unproven(check: Check, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: FaultKind::Unauthenticated, check, detail: detail.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.detail)
    }
}

/// Text from the network, fit for one line of a log: escaped, and cut to a sane length.
pub(crate) struct Shown<'a>(pub(crate) &'a str);

/// Characters that a log shows of what a check of the proof compared.
const MAX_COMPARED_CHARS: usize = 120;

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chars = self.0.chars();
        for shown in chars.by_ref().take(MAX_COMPARED_CHARS) {
            write!(f, "{}", shown.escape_debug())?;
        }
        if chars.next().is_some() { f.write_str("…") } else { Ok(()) }
    }
}
