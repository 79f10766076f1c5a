//! What a signature covers, and what it has to cover.

use crate::limits::MAX_COVERED;
use crate::rejection::{Check, Fault, Shown};
use std::borrow::Cow;

/// The names that mean something here. Without the first five a signature says too little: who
/// sent what, to whom, when.
const KNOWN: [&str; 8] =
    ["(request-target)", "host", "date", "digest", "x-copernica-id", NONCE, CREATED, EXPIRES];
const REQUIRED: usize = 5;
const NONCE: &str = "x-nonce";
const CREATED: &str = "(created)";
const EXPIRES: &str = "(expires)";

/// The names that a signature covers, in lower case and in order, without repeats.
#[derive(Debug, Clone)]
pub(crate) struct Covered<'a> {
    names: [&'a str; MAX_COVERED],
    count: usize,
    pub(super) created: bool,
    pub(super) expires: bool,
}

/// The `headers` parameter as the draft asks for it, and as nearly everybody writes it.
pub(super) fn lower(headers: &str) -> Cow<'_, str> {
    // Without an early end, many bytes are looked at at a time.
    let upper = headers.bytes().fold(false, |found, byte| found | byte.is_ascii_uppercase());
    if upper { Cow::Owned(headers.to_ascii_lowercase()) } else { Cow::Borrowed(headers) }
}

impl<'a> Covered<'a> {
    /// Reads the `headers` parameter, in lower case, and asks for what has to be covered; `nonce`
    /// says whether the call has an `X-Nonce`.
    pub(super) fn parse(headers: &'a str, nonce: bool) -> Result<Self, Fault> {
        let malformed = |detail| Err(Fault::malformed(Check::Coverage, detail));
        let (mut names, mut count) = ([""; MAX_COVERED], 0);
        let mut covered = KNOWN.map(|_| false);
        for name in headers.split_ascii_whitespace() {
            let known = KNOWN.iter().zip(&mut covered).find(|(known, _)| **known == name);
            let twice = match known {
                Some((_, covered)) => std::mem::replace(covered, true),
                None => names.iter().take(count).any(|before| *before == name),
            };
            if twice {
                return malformed(format!("{} is covered twice", Shown(name)));
            }
            let Some(free) = names.get_mut(count) else {
                return malformed("too many names are covered".to_owned());
            };
            *free = name;
            count += 1;
        }
        if count == 0 {
            return malformed("no names are covered".to_owned());
        }
        let covers = |name| KNOWN.iter().zip(covered).any(|(known, is)| is && *known == name);
        let nonce = nonce.then_some(NONCE);
        for required in KNOWN.into_iter().take(REQUIRED).chain(nonce) {
            if !covers(required) {
                let detail = format!("{required} is not covered, only: {}", Shown(headers));
                return Err(Fault::unproven(Check::Coverage, detail));
            }
        }
        Ok(Self { names, count, created: covers(CREATED), expires: covers(EXPIRES) })
    }

    /// Any names, for signatures that cover too little.
    #[cfg(test)]
    pub(super) fn unchecked(text: &'a str) -> Self {
        let mut names = [""; MAX_COVERED];
        let parts = text.split_ascii_whitespace();
        let count = names.iter_mut().zip(parts).map(|(name, part)| *name = part).count();
        Self { names, count, created: false, expires: false }
    }

    /// The names, in the order in which they were signed.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.names.iter().take(self.count).copied()
    }
}
