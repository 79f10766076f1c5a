//! Why fields do not fit a struct, without repeating a value.

use serde::de::{self, Expected, Unexpected};
use std::borrow::Cow;
use std::fmt;

/// Fields do not fit the type they were to become.
///
/// It names the field and what was expected there; the value stays out of it, so the text may go
/// into a log or an answer. (That is why the texts of a type's own `Deserialize` are not shown:
/// they tend to quote what they got.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldsError {
    /// Outermost name last.
    path: Vec<String>,
    /// `None` until the type it was for is known.
    problem: Option<Cow<'static, str>>,
}

impl FieldsError {
    /// The field that does not fit or is missing, as its owner called it; `None` when the map as
    /// a whole does not fit.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.path.last().map(String::as_str)
    }

    /// The field and what leads on from it, outermost first: `["address", "zip"]`.
    pub fn path(&self) -> impl Iterator<Item = &str> {
        self.path.iter().rev().map(String::as_str)
    }

    /// What is wrong with it.
    #[must_use]
    pub fn problem(&self) -> &str {
        self.problem.as_deref().unwrap_or("does not fit")
    }

    /// The variable as it stands on the wire: `fields[address][zip]`.
    pub(crate) fn variable(&self, root: &str) -> String {
        let mut name = root.to_owned();
        for part in self.path() {
            name.push('[');
            name.push_str(part);
            name.push(']');
        }
        name
    }

    pub(super) fn expected(wanted: &dyn Expected) -> Self {
        Self::because(format!("expected {wanted}"))
    }

    /// The error happened inside the entry called `name`, which was to become a `wanted`.
    pub(super) fn within(mut self, name: &str, wanted: &'static str) -> Self {
        self.problem.get_or_insert_with(|| Cow::Owned(format!("not a valid {wanted}")));
        self.path.push(name.to_owned());
        self
    }

    fn because(problem: impl Into<Cow<'static, str>>) -> Self {
        Self { path: Vec::new(), problem: Some(problem.into()) }
    }

    fn at(name: &str, problem: &'static str) -> Self {
        Self { path: vec![name.to_owned()], problem: Some(Cow::Borrowed(problem)) }
    }
}

impl de::Error for FieldsError {
    /// Drops the text: it may quote the value.
    fn custom<T: fmt::Display>(_text: T) -> Self {
        Self { path: Vec::new(), problem: None }
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
        Self::at(name, "missing: send it, or make it an Option")
    }

    fn duplicate_field(name: &'static str) -> Self {
        Self::at(name, "there twice, under a name and its alias")
    }
}

impl fmt::Display for FieldsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.path().enumerate() {
            if at > 0 {
                f.write_str(" → ")?;
            }
            write!(f, "{}", part.escape_debug())?;
        }
        if !self.path.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(self.problem())
    }
}

impl std::error::Error for FieldsError {}
