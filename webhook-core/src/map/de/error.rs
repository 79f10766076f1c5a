//! Why fields do not fit a struct, without repeating a value.

use crate::rejection::looks_like_one;
use serde::de::{self, Expected, Unexpected};
use std::borrow::Cow;
use std::fmt;

/// Fields do not fit the type they were to become.
///
/// It names the field and what was expected there; the value stays out of it, so the text may go
/// into a log or an answer. (That is why the texts of a type's own `Deserialize` are not shown:
/// they tend to quote what they got.)
///
/// Nor does it show every name: those that are fields of the type are shown, and others where they
/// look like a name (see [`Rejection::variable`](crate::Rejection::variable)).
#[derive(Clone, PartialEq, Eq)]
pub struct FieldsError {
    /// Outermost name last.
    path: Vec<PathSegment>,
    /// `None` until the type it was for is known.
    problem: Option<Cow<'static, str>>,
    /// What a second look can make of it.
    cause: Cause,
}

/// A step of the way to what does not fit.
#[derive(Clone, PartialEq, Eq)]
struct PathSegment {
    text: String,
    /// Whether it is a field of the user's own struct.
    is_field: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// It is present and does not fit.
    Unfit,
    /// It is a date that is not set, and its type can't hold that.
    NoDate,
    /// It is missing.
    Missing,
}

impl FieldsError {
    /// Returns the field that does not fit or is missing, as its owner called it; `None` when the map
    /// as a whole does not fit.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.path.last().map(|name| name.text.as_str())
    }

    /// Returns the field and what leads on from it, outermost first: `["address", "zip"]`.
    pub fn path(&self) -> impl Iterator<Item = &str> {
        self.path.iter().rev().map(|name| name.text.as_str())
    }

    /// Returns what is wrong with it.
    #[must_use]
    pub fn problem(&self) -> &str {
        self.problem.as_deref().unwrap_or("does not fit")
    }

    /// Returns the variable as it stands on the wire: `fields[address][zip]`.
    pub(crate) fn variable(&self, root: &str) -> String {
        self.path().fold(root.to_owned(), |name, part| format!("{name}[{part}]"))
    }

    /// Returns as much of the variable as may be shown.
    pub(crate) fn shown_variable(&self, root: &str) -> String {
        let parts = self.path.iter().rev().map_while(PathSegment::shown);
        parts.fold(root.to_owned(), |name, part| format!("{name}[{part}]"))
    }

    /// Returns the way to the field of a struct that the error is about; `None` when it is about
    /// something else.
    pub(super) fn path_to_field(&self) -> Option<impl Iterator<Item = &str>> {
        let is_field = self.path.first().is_some_and(|name| name.is_field);
        (is_field && self.cause != Cause::Missing).then(|| self.path())
    }

    pub(super) fn is_no_date(&self) -> bool {
        self.cause == Cause::NoDate
    }

    /// Returns whether the error names no entry, though one is at fault.
    pub(super) fn is_about_all(&self) -> bool {
        self.path.is_empty() && self.cause == Cause::Unfit
    }

    /// Returns whether the field is missing that the other error is about.
    pub(super) fn misses(&self, other: &Self) -> bool {
        self.cause == Cause::Missing && self.path == other.path
    }

    /// Names the entry, which serde had buffered.
    pub(super) fn buffered(self, name: &str) -> Self {
        let problem = format!(
            "{}; in a flattened, tagged or untagged type only text is read as it is, \
             all else needs `from_text`",
            self.problem()
        );
        Self { problem: Some(problem.into()), ..self }.within(name, false)
    }

    /// Says what was expected, where `wanted` says it in words for a sender.
    pub(super) fn expected(wanted: &dyn Expected) -> Self {
        Self { path: Vec::new(), problem: words(&wanted.to_string()), cause: Cause::Unfit }
    }

    /// Returns the error for a date that is not set, where its type can't hold that.
    pub(super) fn no_date(problem: &'static str) -> Self {
        Self { cause: Cause::NoDate, ..Self::because(problem) }
    }

    pub(super) fn because(problem: impl Into<Cow<'static, str>>) -> Self {
        Self { path: Vec::new(), problem: Some(problem.into()), cause: Cause::Unfit }
    }

    /// Notes that the error happened inside the entry called `name`, which may be a field of a
    /// struct.
    pub(super) fn within(mut self, name: &str, is_field: bool) -> Self {
        self.path.push(PathSegment { text: name.to_owned(), is_field });
        self
    }
}

impl PathSegment {
    fn shown(&self) -> Option<&str> {
        (self.is_field || looks_like_one(&self.text)).then_some(self.text.as_str())
    }
}

/// Turns what a type says that it expects into words for a sender. Names of Rust's types are not
/// such words: what serde's derive writes (`struct Customer`) is left out, and a primitive becomes
/// its range.
fn words(wanted: &str) -> Option<Cow<'static, str>> {
    const NUMBERS: [(&str, &str); 14] = [
        ("i8", "expected a whole number from -128 to 127"),
        ("i16", "expected a whole number from -32768 to 32767"),
        ("i32", "expected a whole number from -2147483648 to 2147483647"),
        ("i64", "expected a whole number of 64 bits"),
        ("i128", "expected a whole number of 128 bits"),
        ("isize", "expected a whole number of 64 bits"),
        ("u8", "expected a whole number from 0 to 255"),
        ("u16", "expected a whole number from 0 to 65535"),
        ("u32", "expected a whole number from 0 to 4294967295"),
        ("u64", "expected a whole number of 64 bits, without a sign"),
        ("u128", "expected a whole number of 128 bits, without a sign"),
        ("usize", "expected a whole number of 64 bits, without a sign"),
        ("f32", "expected a number"),
        ("f64", "expected a number"),
    ];
    const OF_RUST: [&str; 9] =
        ["struct", "enum", "variant", "tuple", "field", "identifier", "unit", "option", "newtype"];
    if let Some((_, words)) = NUMBERS.iter().find(|(name, _)| *name == wanted) {
        return Some(Cow::Borrowed(words));
    }
    let of_rust =
        |word: &str| OF_RUST.contains(&word) || NUMBERS.iter().any(|(name, _)| *name == word);
    let is_rust = wanted.contains(['<', '>', '`', ':']) || wanted.split(' ').any(of_rust);
    (!is_rust).then(|| Cow::Owned(format!("expected {wanted}")))
}

impl de::Error for FieldsError {
    /// Drops the text: it may quote the value.
    fn custom<T: fmt::Display>(_text: T) -> Self {
        Self { path: Vec::new(), problem: None, cause: Cause::Unfit }
    }

    fn invalid_type(_found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::expected(wanted)
    }

    fn invalid_value(_found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::expected(wanted)
    }

    fn invalid_length(_found: usize, wanted: &dyn Expected) -> Self {
        Self::expected(wanted)
    }

    fn unknown_variant(_found: &str, options: &'static [&'static str]) -> Self {
        Self::because(format!("expected one of {}", options.join(", ")))
    }

    fn unknown_field(_name: &str, _known: &'static [&'static str]) -> Self {
        Self::because("unknown, and the receiver's struct denies unknown fields")
    }

    fn missing_field(name: &'static str) -> Self {
        let missing = Self::because("missing: send it, or make it optional");
        Self { cause: Cause::Missing, ..missing }.within(name, true)
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::because("a duplicate, under a name and its alias").within(name, true)
    }
}

impl fmt::Display for FieldsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.path.iter().rev().enumerate() {
            if at > 0 {
                f.write_str(" → ")?;
            }
            write!(f, "{}", part.shown().unwrap_or("…").escape_debug())?;
        }
        if !self.path.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(self.problem())
    }
}

impl fmt::Debug for FieldsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FieldsError").field(&self.to_string()).finish()
    }
}

impl std::error::Error for FieldsError {}
