//! What a signature covers, and what it has to cover.

use super::fault::{Check, Fault, Shown};
use crate::limits::MAX_COVERED;
use std::borrow::Cow;

/// Without these a signature says too little: who sent what, to whom, when.
const REQUIRED: [&str; 5] = ["(request-target)", "host", "date", "digest", "x-copernica-id"];

/// The names that a signature covers, in lower case and in order, without repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Covered<'a> {
    /// Separated by white space.
    text: Cow<'a, str>,
    pub(super) created: bool,
    pub(super) expires: bool,
}

impl<'a> Covered<'a> {
    /// Reads the `headers` parameter and asks for what has to be covered; `nonce` says whether
    /// the call has an `X-Nonce`.
    pub(super) fn parse(headers: &'a str, nonce: bool) -> Result<Self, Fault> {
        let malformed = |detail| Err(Fault::malformed(Check::Coverage, detail));
        // The draft asks for lower case, and nearly everybody writes it.
        let text = if headers.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(headers.to_ascii_lowercase())
        } else {
            Cow::Borrowed(headers)
        };
        let (mut seen, mut count) = ([""; MAX_COVERED], 0);
        for name in text.split_ascii_whitespace() {
            if seen.iter().take(count).any(|known| *known == name) {
                return malformed(format!("{} is covered twice", Shown(name)));
            }
            let Some(free) = seen.get_mut(count) else {
                return malformed("too many names are covered".to_owned());
            };
            *free = name;
            count += 1;
        }
        if count == 0 {
            return malformed("no names are covered".to_owned());
        }
        let covers = |name: &str| seen.iter().take(count).any(|known| *known == name);
        let nonce = nonce.then_some("x-nonce");
        for required in REQUIRED.into_iter().chain(nonce) {
            if !covers(required) {
                let detail = format!("{required} is not covered, only: {}", Shown(&text));
                return Err(Fault::unproven(Check::Coverage, detail));
            }
        }
        let (created, expires) = (covers("(created)"), covers("(expires)"));
        Ok(Self { text, created, expires })
    }

    /// Any names, for signatures that cover too little.
    #[cfg(test)]
    pub(super) fn unchecked(names: &'a str) -> Self {
        Self { text: names.into(), created: false, expires: false }
    }

    /// The names, in the order in which they were signed.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.text.split_ascii_whitespace()
    }
}
