//! The signing string (draft-cavage-http-signatures §2.3): the bytes that were signed.

use super::coverage::Covered;
use super::fault::{Check, Fault, Shown};
use super::gather::trim;
use super::public_url::PublicUrl;
use crate::limits::MAX_PROOF_HEADER;
use crate::receiver::Head;
use std::borrow::Cow;

/// What a signing string usually is long, in bytes.
const USUAL: usize = 512;

/// Where the lines come from.
pub(super) struct Sources<'a> {
    pub(super) head: &'a Head<'a>,
    pub(super) public_url: Option<&'a PublicUrl>,
    pub(super) created: Option<&'a str>,
    pub(super) expires: Option<&'a str>,
}

/// The signing string, complete but perhaps for the body's length.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct SigningString {
    bytes: Vec<u8>,
    /// Where the length goes when it is covered and no header says it (HTTP/2, chunked).
    length_at: Option<usize>,
}

impl SigningString {
    /// A line for each name, in order: lower-case name, colon, space, value.
    pub(super) fn build(covered: &Covered, sources: &Sources<'_>) -> Result<Self, Fault> {
        let mut string = Self { bytes: Vec::with_capacity(USUAL), length_at: None };
        for name in covered.names() {
            if !string.bytes.is_empty() {
                string.bytes.push(b'\n');
            }
            let start = string.bytes.len();
            string.bytes.extend_from_slice(name.as_bytes());
            string.bytes.extend_from_slice(b": ");
            string.value(name, sources)?;
            let line = string.bytes.get(start..).unwrap_or_default();
            if [b'\r', b'\n', 0].iter().any(|byte| line.contains(byte)) {
                let detail = format!("{} has a line break or a NUL in it", Shown(name));
                return Err(Fault::malformed(Check::Header, detail));
            }
        }
        Ok(string)
    }

    fn value(&mut self, name: &str, sources: &Sources<'_>) -> Result<(), Fault> {
        let Sources { head, public_url, created, expires } = sources;
        match (name, public_url) {
            ("(request-target)", url) => {
                self.bytes.extend(head.method.bytes().map(|byte| byte.to_ascii_lowercase()));
                self.bytes.push(b' ');
                let [path, query] = url.map_or([head.target, ""], |url| url.target(head.target));
                self.text(Some(path), name)?;
                self.text(Some(query), name)
            }
            ("(created)", _) => self.text(*created, name),
            ("(expires)", _) => self.text(*expires, name),
            ("host", Some(url)) => self.text(Some(url.host()), name),
            _ => {
                if self.header(name, head)? {
                    return Ok(());
                }
                match name {
                    // HTTP/2 sends no Host: the authority is the host.
                    "host" => self.text(head.authority, name),
                    "content-length" => {
                        self.length_at = Some(self.bytes.len());
                        Ok(())
                    }
                    _ => self.text(None, name),
                }
            }
        }
    }

    fn text(&mut self, text: Option<&str>, name: &str) -> Result<(), Fault> {
        let Some(text) = text else {
            let detail = format!("{} is covered but not there", Shown(name));
            return Err(Fault::unproven(Check::Coverage, detail));
        };
        self.bytes.extend_from_slice(text.as_bytes());
        Ok(())
    }

    /// The values of a header, joined; whether there is one.
    fn header(&mut self, name: &str, head: &Head<'_>) -> Result<bool, Fault> {
        let (mut found, mut left) = (false, Some(MAX_PROOF_HEADER));
        head.headers.each(name, &mut |value| {
            left = left.and_then(|left| left.checked_sub(value.len()));
            if left.is_some() {
                if found {
                    self.bytes.extend_from_slice(b", ");
                }
                self.bytes.extend_from_slice(trim(value));
            }
            found = true;
        });
        if left.is_none() {
            let detail = format!("{} is too long", Shown(name));
            return Err(Fault::malformed(Check::Header, detail));
        }
        Ok(found)
    }

    /// The string, unless the body's length is missing in it.
    pub(super) fn complete(&self) -> Option<&[u8]> {
        self.length_at.is_none().then_some(&self.bytes)
    }

    /// The string for a body of so many bytes.
    pub(super) fn finish(&self, body_len: usize) -> Cow<'_, [u8]> {
        let split = self.length_at.and_then(|at| self.bytes.split_at_checked(at));
        let Some((before, after)) = split else { return Cow::Borrowed(&self.bytes) };
        Cow::Owned([before, body_len.to_string().as_bytes(), after].concat())
    }

    /// The value of a line, for the eyes of an operator.
    pub(super) fn line(&self, name: &str) -> Cow<'_, str> {
        let mut lines = self.bytes.split(|byte| *byte == b'\n');
        let value = lines.find_map(|line| line.strip_prefix(name.as_bytes())?.strip_prefix(b": "));
        String::from_utf8_lossy(value.unwrap_or_default())
    }
}
