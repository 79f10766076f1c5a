//! The syntax of a key record, RFC 6376 §3.6.1: `v=DKIM1; k=rsa; p=…`.

use super::error::KeyError;
use crate::limits::{MAX_RECORD_BYTES, MAX_RECORD_TAGS};

/// Returns the key of a record, in base64 (white space may be left in it).
pub(super) fn key_of(text: &str) -> Result<&str, KeyError> {
    let tags = tags(text)?;
    let value = |name| tags.iter().position(|(tag, _)| *tag == name);
    let value = |name| value(name).and_then(|at| tags.get(at).map(|(_, value)| (at, *value)));
    if value("v").is_some_and(|v| v != (0, "DKIM1")) {
        return Err(KeyError::OtherVersion);
    }
    if value("k").is_some_and(|(_, kind)| !kind.eq_ignore_ascii_case("rsa")) {
        return Err(KeyError::OtherKeyType);
    }
    let is_sha256 = |hash: &str| hash.trim_matches(WSP).eq_ignore_ascii_case("sha256");
    if value("h").is_some_and(|(_, hashes)| !hashes.split(':').any(is_sha256)) {
        return Err(KeyError::OtherHash);
    }
    match value("p") {
        None => Err(KeyError::NoKey),
        Some((_, "")) => Err(KeyError::Revoked),
        Some((_, key)) => Ok(key),
    }
}

/// White space of the syntax (RFC 6376 §2.8): a published record may be folded.
const WSP: [char; 4] = [' ', '\t', '\r', '\n'];

/// Returns the tags and their values, trimmed, in order, each once.
fn tags(text: &str) -> Result<Vec<(&str, &str)>, KeyError> {
    if text.len() > MAX_RECORD_BYTES {
        return Err(KeyError::RecordTooLong);
    }
    let mut tags: Vec<(&str, &str)> = Vec::new();
    // The last semicolon is optional, and some publishers write it twice.
    for part in text.split(';').map(|part| part.trim_matches(WSP)).filter(|part| !part.is_empty()) {
        let (tag, value) = part.split_once('=').ok_or(KeyError::NotATag)?;
        let (tag, value) = (tag.trim_matches(WSP), value.trim_matches(WSP));
        if tag.is_empty() {
            return Err(KeyError::NotATag);
        }
        if tags.iter().any(|(known, _)| *known == tag) {
            return Err(KeyError::DuplicateTag);
        }
        if tags.len() == MAX_RECORD_TAGS {
            return Err(KeyError::RecordTooLong);
        }
        tags.push((tag, value));
    }
    Ok(tags)
}
