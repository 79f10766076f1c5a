//! Single texts of an event, which share its buffer.

use crate::map::Leaf;
use crate::tree::{Shared, Span, Tree};
use serde::ser::{Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// A text of an event: UTF-8, and a `&str` by deref.
///
/// A clone is cheap: all texts of an event share one buffer.
///
/// ```
/// use webhook_core::Text;
///
/// let code = Text::from("550");
/// assert_eq!(&*code, "550");
/// assert_eq!(code.parse(), Ok(550));
/// ```
#[derive(Clone)]
pub struct Text(ByteText);

impl Text {
    pub(crate) fn of(tree: Shared, span: Span) -> Self {
        Self(ByteText::of(tree, span))
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.tree.text(self.0.span)
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

/// The length only: values are personal data, and `{:?}` is how they get into logs.
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({} bytes)", self.len())
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

/// A text of an event that is written by mail programs, mail servers or recipients anywhere: bytes
/// first, and text when you want it.
///
/// A clone is cheap: all texts of an event share one buffer.
///
/// ```
/// use webhook_core::ByteText;
///
/// let agent = ByteText::from(b"caf\xe9/1.0".as_slice());
/// assert_eq!(agent.as_bytes(), b"caf\xe9/1.0");
/// assert_eq!(agent.text(), "caf\u{fffd}/1.0");
/// ```
///
/// In JSON it is a string where it is UTF-8, and else `{"base64":"…","bytes":N}`, with N bytes.
#[derive(Clone)]
pub struct ByteText {
    tree: Shared,
    span: Span,
}

impl ByteText {
    pub(crate) fn of(tree: Shared, span: Span) -> Self {
        Self { tree, span }
    }

    /// Returns the bytes, as they were sent.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.tree.bytes(self.span)
    }

    /// Returns the text, with U+FFFD for what is not UTF-8.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self.tree.text_or_bytes(self.span) {
            Ok(text) => text.into(),
            Err(bytes) => String::from_utf8_lossy(bytes),
        }
    }
}

impl AsRef<[u8]> for ByteText {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl From<&str> for ByteText {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl From<&[u8]> for ByteText {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<Vec<u8>> for ByteText {
    fn from(bytes: Vec<u8>) -> Self {
        let span = Span::new(0, bytes.len());
        Self { tree: Shared::new(Tree::of_bytes(bytes)), span }
    }
}

impl PartialEq for ByteText {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for ByteText {}

impl PartialEq<str> for ByteText {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for ByteText {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

/// The length only: values are personal data, and `{:?}` is how they get into logs.
impl fmt::Debug for ByteText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ByteText({} bytes)", self.as_bytes().len())
    }
}

impl Serialize for ByteText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Leaf(self.as_bytes()).serialize(serializer)
    }
}
