//! What `Content-Type` can say against a body: never how it is to be read.

use crate::rejection::{Refusal, RejectionKind};
use crate::sender::{FORM, JSON};

/// Why a body is not decoded, going by its `Content-Type`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MediaTypeFault {
    /// There is no such header, which says nothing against a body that is empty.
    Absent,
    /// There are several, which may contradict each other.
    Repeated,
    /// Neither a form nor JSON.
    Other,
    /// Text in another encoding than UTF-8, named where the name is fit to be shown.
    Charset(Option<Box<str>>),
}

impl MediaTypeFault {
    /// Returns the refusal of a body of `length` bytes.
    pub(crate) fn refuse(&self, length: usize) -> Option<Refusal> {
        let detail = match self {
            Self::Absent if length == 0 => return None,
            Self::Absent => "there is a body but no Content-Type".into(),
            Self::Repeated => "there is more than one Content-Type".into(),
            Self::Other => {
                "Content-Type must be application/x-www-form-urlencoded or application/json".into()
            }
            Self::Charset(Some(name)) => format!("the charset {name} is not decoded: send UTF-8"),
            Self::Charset(None) => "the charset is not decoded: send UTF-8".to_owned(),
        };
        Some(Refusal::new(RejectionKind::UnsupportedMediaType, detail))
    }
}

/// Checks for one of the two media types, in any case, with any parameters but another charset.
pub(super) fn check(value: &[u8]) -> Result<(), MediaTypeFault> {
    // As nearly all senders write it.
    if value == FORM.as_bytes() {
        return Ok(());
    }
    let mut parts = value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let essence = parts.next().unwrap_or_default();
    if !essence.eq_ignore_ascii_case(FORM.as_bytes())
        && !essence.eq_ignore_ascii_case(JSON.as_bytes())
    {
        return Err(MediaTypeFault::Other);
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
