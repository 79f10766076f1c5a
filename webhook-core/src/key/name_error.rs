//! Names that an operator writes down: of hosts, zones and selectors.

#[cfg(feature = "dns")]
use super::name::is_label;
use crate::limits::MAX_KEY_NAME;
use crate::sender::DOMAINKEY;
use std::error::Error;
use std::fmt;

/// Why a setting is not a name that any call could ever have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameError {
    /// The text is empty.
    Empty,
    /// The text is a URL.
    Url,
    /// A path, a query or a fragment follows the name.
    Path,
    /// The name has a `*`.
    Wildcard,
    /// The name has letters that are not ASCII.
    NotAscii,
    /// An IPv6 address without brackets, or brackets around what is not one.
    Ipv6,
    /// The port is not a number from 1 to 65535, or there is one where none can be.
    Port,
    /// A character that no such name has.
    Character,
    /// A label is empty or has more than 63 bytes (RFC 1035 §2.3.4).
    Label,
    /// The name has more bytes than DNS takes.
    TooLong,
    /// A selector that is not one label.
    Selector,
    /// A zone that is the name of a key, or the end of one.
    KeyName,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty: write the name, or leave the setting out",
            Self::Url => "it is a URL: write the name alone, without https://",
            Self::Path => "a path follows the name: write the name alone",
            Self::Wildcard => "there are no wildcards: write each name by itself",
            Self::NotAscii => {
                "it has letters that are not ASCII: write its xn-- form (RFC 5890), as it is sent"
            }
            Self::Ipv6 => {
                "an IPv6 address stands in brackets where a host is named: write [2001:db8::1]"
            }
            Self::Port => "what follows the colon is not a port that can be here",
            Self::Character => {
                "it has a character that no such name has: write letters, digits, hyphens and dots"
            }
            Self::Label => "a part between its dots is empty or has more than 63 bytes",
            Self::TooLong => "it is longer than a name in DNS can be",
            Self::Selector => {
                "a selector is one label: write what stands before ._domainkey, such as one"
            }
            Self::KeyName => {
                "it is the name of a key: write what stands after ._domainkey, such as example.com"
            }
        })
    }
}

impl Error for NameError {}

/// Checks a name in DNS, in any case and without a final dot.
///
/// The fault that says most comes first.
pub(crate) fn check_name(name: &str) -> Result<(), NameError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() {
        Err(NameError::Empty)
    } else if name.contains("://") {
        Err(NameError::Url)
    } else if name.contains(['/', '?', '#']) {
        Err(NameError::Path)
    } else if name.contains('*') {
        Err(NameError::Wildcard)
    } else if !name.is_ascii() {
        Err(NameError::NotAscii)
    } else if name.contains(':') {
        Err(NameError::Port)
    } else if !name.bytes().all(plain) {
        Err(NameError::Character)
    } else if name.len() > MAX_KEY_NAME {
        Err(NameError::TooLong)
    } else if name.split('.').any(|label| label.is_empty() || label.len() > 63) {
        Err(NameError::Label)
    } else {
        Ok(())
    }
}

/// Checks a zone that keys may be under: without a final dot.
pub(crate) fn check_zone(zone: &str) -> Result<(), NameError> {
    check_name(zone)?;
    // A key below it would have the label twice: this is the name of a key.
    if zone.split('.').any(|label| label.eq_ignore_ascii_case(DOMAINKEY)) {
        return Err(NameError::KeyName);
    }
    // The shortest name of a key in it.
    let room = MAX_KEY_NAME.saturating_sub("s.".len() + DOMAINKEY.len() + ".".len());
    if zone.len() > room { Err(NameError::TooLong) } else { Ok(()) }
}

/// Checks the selector of a key.
#[cfg(feature = "dns")]
pub(crate) fn check_selector(selector: &str) -> Result<(), NameError> {
    check_name(selector)?;
    if is_label(selector) { Ok(()) } else { Err(NameError::Selector) }
}
