//! The `Signature` header (draft-cavage-http-signatures §4.1), taken apart.

use super::signing_string::USUAL_STRING;
use crate::base64;
use crate::rejection::{Check, Fault};

/// What a `Signature` header says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SignatureParameters<'a> {
    pub(super) key_id: &'a str,
    pub(super) algorithm: Option<&'a str>,
    /// The names that are covered, not yet split.
    pub(super) headers: &'a str,
    pub(super) created: Option<&'a str>,
    pub(super) expires: Option<&'a str>,
    pub(super) signature: Vec<u8>,
}

/// The values of the parameters that mean something here, as they were written.
#[derive(Default)]
struct Slots<'a> {
    key_id: Option<&'a str>,
    algorithm: Option<&'a str>,
    headers: Option<&'a str>,
    created: Option<&'a str>,
    expires: Option<&'a str>,
    signature: Option<&'a str>,
}

/// Parameters of a `Signature` header, known or not.
const MAX_SIGNATURE_PARAMETERS: usize = 16;

impl<'a> SignatureParameters<'a> {
    /// Reads the header's value.
    ///
    /// Senders disagree about separators: any run of white space, commas and semicolons is one,
    /// and after a closing quote there may be none (Copernica's own example leaves one out).
    /// Names are matched in any case and order; unknown ones are passed over.
    pub(super) fn parse(value: &'a [u8]) -> Result<Self, Fault> {
        let value = simdutf8::basic::from_utf8(value);
        let value = value.map_err(|_| malformed("the header is not text"))?;
        let (mut cursor, mut slots, mut count) = (Cursor(value), Slots::default(), 0);
        while let Some(Parameter { name, value, has_escape }) = cursor.parameter()? {
            count += 1;
            if count > MAX_SIGNATURE_PARAMETERS {
                return Err(malformed("there are too many parameters"));
            }
            let Some(slot) = slots.named(name) else { continue };
            if slot.replace(value).is_some() {
                return Err(malformed("a parameter is a duplicate"));
            }
            // No value that means something here needs an escape, so one with a backslash is not
            // read in two ways: it is refused.
            if has_escape {
                return Err(malformed("a parameter has an escape where none is needed"));
            }
        }
        let required = |value: Option<&'a str>, detail| value.ok_or_else(|| malformed(detail));
        let signature = required(slots.signature, "there is no signature parameter")?;
        // What was signed follows it in the same memory.
        let signature = base64::decode_with_room(signature.as_bytes(), USUAL_STRING);
        let signature = signature.filter(|bytes| !bytes.is_empty());
        Ok(Self {
            key_id: required(slots.key_id, "there is no keyId parameter")?,
            algorithm: slots.algorithm,
            headers: required(slots.headers, "there is no headers parameter")?,
            created: slots.created,
            expires: slots.expires,
            signature: signature.ok_or_else(|| malformed("the signature is not base64"))?,
        })
    }
}

impl<'a> Slots<'a> {
    fn named(&mut self, name: &str) -> Option<&mut Option<&'a str>> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        Some(match () {
            () if is("keyid") => &mut self.key_id,
            () if is("algorithm") => &mut self.algorithm,
            () if is("headers") => &mut self.headers,
            () if is("created") => &mut self.created,
            () if is("expires") => &mut self.expires,
            () if is("signature") => &mut self.signature,
            () => return None,
        })
    }
}

fn malformed(detail: &'static str) -> Fault {
    Fault::malformed(Check::SignatureHeader, detail)
}

/// A parameter as it was written, its value without the quotes.
struct Parameter<'a> {
    name: &'a str,
    value: &'a str,
    has_escape: bool,
}

/// What is still to be read.
struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    /// Returns the next `name=value` or `name="value"`; RFC 9110 §11.2 allows white space around
    /// the `=`.
    fn parameter(&mut self) -> Result<Option<Parameter<'a>>, Fault> {
        self.take_while(is_separator);
        if self.0.is_empty() {
            return Ok(None);
        }
        let name = self.take_while(is_token);
        if name.is_empty() {
            return Err(malformed("a parameter's name was expected"));
        }
        self.take_while(|byte| byte.is_ascii_whitespace());
        if !self.take('=') {
            return Err(malformed("a parameter has no value"));
        }
        self.take_while(|byte| byte.is_ascii_whitespace());
        if self.take('"') {
            let quoted = self.quoted().ok_or_else(|| malformed("a quote is not closed"))?;
            let (value, has_escape) = quoted;
            return Ok(Some(Parameter { name, value, has_escape }));
        }
        let value = self.take_while(|byte| !is_separator(byte) && byte != b'"');
        if value.is_empty() {
            return Err(malformed("a parameter has no value"));
        }
        Ok(Some(Parameter { name, value, has_escape: value.contains('\\') }))
    }

    /// Returns the rest of a quoted string, and whether it has an escape; an escaped quote does not end
    /// it.
    fn quoted(&mut self) -> Option<(&'a str, bool)> {
        let (text, mut end, mut has_escape) = (self.0, 0, false);
        loop {
            let rest = text.as_bytes().get(end..)?;
            end += memchr::memchr2(b'"', b'\\', rest)?;
            if text.as_bytes().get(end) == Some(&b'"') {
                break;
            }
            has_escape = true;
            end += 2;
        }
        self.0 = text.get(end + 1..)?;
        Some((text.get(..end)?, has_escape))
    }

    /// Takes ASCII, or up to ASCII: both ends are between characters.
    fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> &'a str {
        let end = self.0.bytes().position(|byte| !belongs(byte)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at_checked(end).unwrap_or((self.0, ""));
        self.0 = rest;
        taken
    }

    fn take(&mut self, expected: char) -> bool {
        let rest = self.0.strip_prefix(expected);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b';')
}

/// Returns whether a byte is part of a token (RFC 9110 §5.6.2).
fn is_token(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'!' | b'#'..=b'\'' | b'*' | b'+')
        || matches!(byte, b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}
