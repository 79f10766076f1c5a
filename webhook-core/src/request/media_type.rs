//! What `Content-Type` can say against a body: never how it is to be read.

use crate::rejection::{Refusal, RejectionKind};
use crate::sender::{FORM, JSON};
use std::borrow::Cow;
use std::fmt;

/// What `Content-Type` says of a body.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum MediaType {
    /// Nothing that counts: no signature covers it, so an on-path attacker may have written it.
    Uncovered,
    /// There is no such header, which says nothing against a body that is empty.
    Absent,
    /// The value as it was written; several are joined by commas (RFC 9110 §5.2).
    Sent(Cow<'static, str>),
}

impl MediaType {
    /// Notes what a header says. The two that are decoded cost no memory.
    pub(crate) fn sent(value: &[u8]) -> Self {
        let known = [FORM, JSON].into_iter().find(|known| known.as_bytes() == value);
        Self::Sent(match known {
            Some(known) => known.into(),
            None => String::from_utf8_lossy(value).into_owned().into(),
        })
    }

    /// Returns what was written.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Uncovered | Self::Absent => None,
            Self::Sent(value) => Some(value),
        }
    }

    /// Checks that a body of `length` bytes may be decoded.
    ///
    /// # Errors
    /// It is neither a form nor JSON, or not UTF-8: `unsupported_media_type`.
    #[inline]
    pub(crate) fn check(&self, length: usize) -> Result<(), Refusal> {
        match self {
            Self::Uncovered => Ok(()),
            // As nearly all senders write it.
            Self::Sent(value) if value == FORM => Ok(()),
            Self::Absent | Self::Sent(_) => self.check_unusual(length),
        }
    }

    #[cold]
    fn check_unusual(&self, length: usize) -> Result<(), Refusal> {
        let fault = match self {
            Self::Uncovered => None,
            Self::Absent if length == 0 => return Ok(()),
            Self::Absent => Some(MediaTypeFault::Absent),
            Self::Sent(value) => check(value.as_bytes()).err(),
        };
        fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

/// Never what was written: anything may be.
impl fmt::Debug for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uncovered => "Uncovered",
            Self::Absent => "Absent",
            Self::Sent(_) => "Sent",
        })
    }
}

/// Why a body is not decoded, going by its `Content-Type`.
enum MediaTypeFault {
    Absent,
    /// There are several, which may contradict each other.
    Repeated,
    /// Neither a form nor JSON.
    Other,
    /// Text in another encoding than UTF-8, named where the name is fit to be shown.
    Charset(Option<Box<str>>),
}

impl From<MediaTypeFault> for Refusal {
    fn from(fault: MediaTypeFault) -> Self {
        let detail = match fault {
            MediaTypeFault::Absent => "there is a body but no Content-Type".into(),
            MediaTypeFault::Repeated => "there is more than one Content-Type".into(),
            MediaTypeFault::Other => {
                "Content-Type must be application/x-www-form-urlencoded or application/json".into()
            }
            MediaTypeFault::Charset(Some(name)) => {
                format!("the charset {name} is not decoded: send UTF-8")
            }
            MediaTypeFault::Charset(None) => "the charset is not decoded: send UTF-8".to_owned(),
        };
        Self::new(RejectionKind::UnsupportedMediaType, detail)
    }
}

/// Checks for one of the two media types, in any case, with any parameters but another charset.
fn check(value: &[u8]) -> Result<(), MediaTypeFault> {
    let mut parts = value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let essence = parts.next().unwrap_or_default();
    if !essence.eq_ignore_ascii_case(FORM.as_bytes())
        && !essence.eq_ignore_ascii_case(JSON.as_bytes())
    {
        // No media type has a comma (RFC 9110 §8.3.1).
        return Err(if essence.contains(&b',') {
            MediaTypeFault::Repeated
        } else {
            MediaTypeFault::Other
        });
    }
    match parts.filter_map(charset).find(|name| !is_utf8(name)) {
        Some(name) => Err(MediaTypeFault::Charset(shown(name))),
        None => Ok(()),
    }
}

/// Returns the value of a parameter called `charset`, without its quotes.
fn charset(parameter: &[u8]) -> Option<&[u8]> {
    let at = parameter.iter().position(|byte| *byte == b'=')?;
    let (name, value) = parameter.split_at_checked(at)?;
    let value = value.get(1..)?.trim_ascii();
    let quoted = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
    name.trim_ascii().eq_ignore_ascii_case(b"charset").then(|| quoted.unwrap_or(value))
}

/// Returns whether a charset is UTF-8, as US-ASCII is.
fn is_utf8(name: &[u8]) -> bool {
    let names: [&[u8]; 4] = [b"utf-8", b"utf8", b"us-ascii", b"ascii"];
    name.is_empty() || names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Characters of a charset's name that a detail repeats: the longest that is registered has 45.
const MAX_SHOWN_CHARSET: usize = 48;

/// Returns what a detail may show: a header's value is not repeated, but for what looks like the
/// name of a charset (RFC 2978 §2.3).
fn shown(name: &[u8]) -> Option<Box<str>> {
    let fit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    let fits = name.len() <= MAX_SHOWN_CHARSET && name.iter().all(fit);
    str::from_utf8(name).ok().filter(|_| fits).map(Into::into)
}
