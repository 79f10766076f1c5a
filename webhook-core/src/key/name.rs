//! The DNS name of a key.

use crate::limits::MAX_KEY_NAME;
use crate::sender::DOMAINKEY;
use std::fmt;
use std::sync::Arc;

/// The name of a key record: in lower case, without a final dot, one selector under a zone that
/// the receiver trusts.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyName(Arc<str>);

impl KeyName {
    /// Reads a `keyId`: exactly `<selector>._domainkey.<zone>`, with one of these zones.
    ///
    /// Not a match of the end of a text: `evilcopernica.com` is another zone, and a name that a
    /// customer may choose under the zone is not below `_domainkey`.
    #[must_use]
    pub fn under<Z: AsRef<str>>(zones: &[Z], key_id: &str) -> Option<Self> {
        let name = key_id.strip_suffix('.').unwrap_or(key_id);
        if name.len() > MAX_KEY_NAME {
            return None;
        }
        let (selector, rest) = name.split_once('.')?;
        let (domainkey, zone) = rest.split_once('.')?;
        let known = zones.iter().any(|known| {
            let known = known.as_ref();
            known.strip_suffix('.').unwrap_or(known).eq_ignore_ascii_case(zone)
        });
        if !known || !domainkey.eq_ignore_ascii_case(DOMAINKEY) || !is_label(selector) {
            return None;
        }
        let mut name: Arc<str> = name.into();
        // There is no other reference so far.
        Arc::get_mut(&mut name)?.make_ascii_lowercase();
        Some(Self(name))
    }

    /// Returns the selector: what stands before the first dot.
    #[cfg(feature = "dns")]
    pub(crate) fn selector(&self) -> &str {
        self.0.split_once('.').map_or(&*self.0, |(selector, _)| selector)
    }

    /// Returns the name, without a final dot.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether a text is a label (RFC 6376 §3.1, RFC 1035 §2.3.1): letters, digits, inner
/// hyphens and the underscore, which is in use, 63 at most.
pub(super) fn is_label(text: &str) -> bool {
    let ends = text.starts_with('-') || text.ends_with('-');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=63).contains(&text.len()) && !ends && text.bytes().all(allowed)
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
