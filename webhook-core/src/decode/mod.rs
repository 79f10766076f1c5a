//! Bodies: how one is written, which its own bytes say, and the tree of its variables.

mod form;
mod json;

use crate::limits::Limits;
use crate::rejection::Refusal;
use crate::tree::Tree;

pub(crate) use form::offset_of;

/// What to do with text that is not UTF-8, where it has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Utf8 {
    /// It is refused.
    Strict,
    /// It is replaced by U+FFFD.
    Lossy,
}

/// How a body is read, also one of which no proof is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) limits: Limits,
    pub(crate) utf8: Utf8,
}

impl Reading {
    /// Decodes a body into the tree of its variables, in its place: it is large, and is not moved.
    ///
    /// Returns what refuses the first text that is not UTF-8, except in the
    /// [variables that may be any bytes](crate::sender::BYTE_VARIABLES). Which event it is decides
    /// whether that counts.
    ///
    /// # Errors
    /// The body is over a limit, or not written in its format.
    #[inline]
    pub(crate) fn decode(
        self,
        format: Format,
        body: &[u8],
        tree: &mut Tree,
    ) -> Result<Option<Refusal>, Refusal> {
        let Self { limits, utf8 } = self;
        if body.len() > limits.max_body() {
            return Err(Refusal::too_large(limits.max_body()));
        }
        match format {
            Format::Json => {
                *tree = json::decode(body, limits, utf8)?;
                Ok(None)
            }
            Format::Form => form::decode(body, limits, utf8, tree),
        }
    }
}

/// Why text is refused that is not UTF-8.
pub(crate) const NOT_UTF8: &str =
    "not UTF-8: send UTF-8, or accept losses with ReceiverBuilder::lossy_utf8";

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// `application/x-www-form-urlencoded`. A byte order mark before the first name is skipped.
    Form,
    /// `application/json`: one object of the same variables, in which everything is text too. A
    /// number is the text that was sent, digit by digit; true is 1 and false is 0, but not where a
    /// number is due: `true` is not the profile 1. A variable that is null is absent (one that was
    /// sent before stays), and null inside `fields` is empty text.
    Json,
}

impl Format {
    /// Returns the one format in which a body means anything: JSON when its first byte is `{` or
    /// `[`, after white space, at most one byte order mark and white space again; a form otherwise.
    ///
    /// ```
    /// use webhook_core::decode::Format;
    ///
    /// assert_eq!(Format::of(b"type=create&profile=123"), Format::Form);
    /// assert_eq!(Format::of(b"\xef\xbb\xbf {\"type\":\"create\"}"), Format::Json);
    /// ```
    ///
    /// # One body, one meaning
    ///
    /// A signature need not cover `Content-Type`, so an on-path attacker can change it. Were the
    /// format its to say, one text inside a JSON body (`"&type=create&profile=666&x="`) would be
    /// another event in the same signed bytes. So nothing outside the signed bytes chooses how they
    /// are read:
    ///
    /// - a media type or charset can at most refuse the body, and only where it is signed (or where
    ///   nothing is verified); text is UTF-8 whatever a charset says;
    /// - a content coding refuses the call; the digest is that of the bytes as sent;
    /// - JSON that is not one object, and JSON that is not valid, is refused and never read as a
    ///   form; a form's encoder writes `{` and `[` as `%7B` and `%5B`;
    /// - white space and a byte order mark are skipped for this decision in the same way by both
    ///   readings, and no second mark is;
    /// - limits and the receiver's UTF-8 mode can refuse a body or replace bytes of a text that are
    ///   not UTF-8, and they are the receiver's own.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        let first = body.get(json::start(body));
        if matches!(first, Some(b'{' | b'[')) { Self::Json } else { Self::Form }
    }
}
