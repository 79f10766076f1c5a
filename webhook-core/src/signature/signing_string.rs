//! The signing string (draft-cavage-http-signatures §2.3): the bytes that were signed.

use super::coverage::Covered;
use super::public_url::PublicUrl;
use crate::limits::MAX_PROOF_HEADER;
use crate::rejection::{Check, Fault, Shown};
use crate::request::{FieldLines, Head, trim};
use std::borrow::Cow;

/// What a signing string usually is long, in bytes.
pub(super) const USUAL_STRING: usize = 512;

/// Where the lines come from.
pub(super) struct Sources<'a> {
    pub(super) head: &'a Head<'a>,
    pub(super) lines: &'a FieldLines<'a>,
    pub(super) public_url: Option<&'a PublicUrl>,
    pub(super) created: Option<&'a str>,
    pub(super) expires: Option<&'a str>,
}

/// The signing string, complete but perhaps for the body's length.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct SigningString {
    /// The signature, then the string: one piece of memory.
    bytes: Vec<u8>,
    /// Where the signature ends.
    start: usize,
    /// Where the length goes when it is covered and no header says it (HTTP/2, chunked).
    length_at: Option<usize>,
}

/// Counts the bytes that no header can hold: line breaks and NUL. Without an early end, many bytes are
/// looked at at a time.
fn count_breaks(text: &[u8]) -> usize {
    let is_break = |byte: &u8| u8::from(*byte == b'\n' || *byte == b'\r' || *byte == 0);
    // No more at a time than a byte can count.
    text.chunks(255).map(|part| usize::from(part.iter().map(is_break).sum::<u8>())).sum()
}

/// Returns the fault of the first line that breaks.
#[cold]
fn broken(covered: &Covered<'_>, sources: &Sources<'_>) -> Fault {
    let breaks = |name: &&str| {
        let mut line = SigningString::after(name.as_bytes().to_vec());
        line.value(name, sources).is_ok() && count_breaks(&line.bytes) > 0
    };
    let name = covered.names().find(breaks).unwrap_or_default();
    Fault::malformed(Check::Header, format!("{} has a line break or a NUL in it", Shown(name)))
}

impl SigningString {
    /// Makes an empty one, which keeps the signature.
    fn after(signature: Vec<u8>) -> Self {
        Self { start: signature.len(), bytes: signature, length_at: None }
    }

    /// Returns a line for each name, in order: lower-case name, colon, space, value; and keeps the
    /// signature.
    pub(super) fn build(
        signature: Vec<u8>,
        covered: &Covered<'_>,
        sources: &Sources<'_>,
    ) -> Result<Self, Fault> {
        let mut string = Self::after(signature);
        let mut joints = 0;
        for name in covered.names() {
            if string.bytes.len() > string.start {
                string.bytes.push(b'\n');
                joints += 1;
            }
            string.bytes.extend_from_slice(name.as_bytes());
            string.bytes.extend_from_slice(b": ");
            string.value(name, sources)?;
        }
        let is_whole = count_breaks(string.bytes()) == joints;
        if is_whole { Ok(string) } else { Err(broken(covered, sources)) }
    }

    /// Returns the signature.
    pub(super) fn signature(&self) -> &[u8] {
        self.bytes.get(..self.start).unwrap_or_default()
    }

    /// Returns the string, perhaps without the body's length.
    fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    fn value(&mut self, name: &str, sources: &Sources<'_>) -> Result<(), Fault> {
        let Sources { head, lines, public_url, created, expires } = sources;
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
                if self.header(name, head, lines)? {
                    return Ok(());
                }
                match name {
                    // HTTP/2 sends no Host: the authority is the host.
                    "host" => self.text(head.authority, name),
                    "content-length" => {
                        self.length_at = Some(self.bytes().len());
                        Ok(())
                    }
                    _ => self.text(None::<&[u8]>, name),
                }
            }
        }
    }

    fn text(&mut self, text: Option<impl AsRef<[u8]>>, name: &str) -> Result<(), Fault> {
        let Some(text) = text else {
            let detail = format!("{} is covered but missing", Shown(name));
            return Err(Fault::unproven(Check::Coverage, detail));
        };
        self.bytes.extend_from_slice(text.as_ref());
        Ok(())
    }

    /// Returns the values of a header, joined; whether there is one.
    fn header(
        &mut self,
        name: &str,
        head: &Head<'_>,
        lines: &FieldLines<'_>,
    ) -> Result<bool, Fault> {
        // Nearly every name is one that was noted, and comes exactly once.
        if let Some(line) = lines.named(name)
            && line.count == 1
            && line.longest <= MAX_PROOF_HEADER
        {
            self.bytes.extend_from_slice(line.value);
            return Ok(true);
        }
        let (mut found, mut left) = (false, Some(MAX_PROOF_HEADER));
        head.headers.each(&mut |known, value| {
            if known != name {
                return;
            }
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

    /// Returns the string, unless the body's length is missing in it.
    pub(super) fn complete(&self) -> Option<&[u8]> {
        self.length_at.is_none().then_some(self.bytes())
    }

    /// Returns the string for a body of so many bytes.
    pub(super) fn finish(&self, body_len: usize) -> Cow<'_, [u8]> {
        let split = self.length_at.and_then(|at| self.bytes().split_at_checked(at));
        let Some((before, after)) = split else { return Cow::Borrowed(self.bytes()) };
        Cow::Owned([before, body_len.to_string().as_bytes(), after].concat())
    }

    /// Returns what is covered, in lower case and in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.lines().filter_map(|(name, _)| str::from_utf8(name).ok())
    }

    /// Returns the value of a line.
    pub(super) fn line(&self, wanted: &str) -> Option<&[u8]> {
        self.lines().find(|(name, _)| *name == wanted.as_bytes()).map(|(_, value)| value)
    }

    /// Splits the string into its lines. No value has a line break in it, and no name a colon: a
    /// header's can't.
    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.bytes().split(|byte| *byte == b'\n').filter_map(|line| {
            let (name, value) = line.split_at_checked(line.iter().position(|it| *it == b':')?)?;
            Some((name, value.get(2..)?))
        })
    }
}
