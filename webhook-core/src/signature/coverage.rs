//! What a signature covers, and what it has to cover.

use super::required::REQUIRED;
use crate::rejection::{Check, Fault, Shown};
use crate::sender::NONCE_HEADER;
use std::borrow::Cow;

const CREATED: &str = "(created)";
const EXPIRES: &str = "(expires)";

/// Names that a signature covers.
const MAX_COVERED: usize = 32;

/// The names that a signature covers, in lower case and in order, without repeats.
#[derive(Debug, Clone)]
pub(crate) struct Covered<'a> {
    names: [&'a str; MAX_COVERED],
    count: usize,
    pub(super) created: bool,
    pub(super) expires: bool,
}

/// Returns the `headers` parameter as the draft requires it, and as nearly every sender writes it.
pub(super) fn lower(headers: &str) -> Cow<'_, str> {
    // Without an early end, many bytes are looked at at a time.
    let upper = headers.bytes().fold(false, |found, byte| found | byte.is_ascii_uppercase());
    if upper { Cow::Owned(headers.to_ascii_lowercase()) } else { Cow::Borrowed(headers) }
}

impl<'a> Covered<'a> {
    /// Reads the `headers` parameter, in lower case, and requires what has to be covered; `nonce`
    /// says whether the call has an `X-Nonce`.
    pub(super) fn parse(headers: &'a str, nonce: bool) -> Result<Self, Fault> {
        let malformed = |detail| Err(Fault::malformed(Check::Coverage, detail));
        let (mut names, mut count) = ([""; MAX_COVERED], 0);
        let mut required = REQUIRED.map(|_| false);
        let (mut with_nonce, mut created, mut expires) = (false, false, false);
        for name in headers.split_ascii_whitespace() {
            let known = match REQUIRED.iter().zip(&mut required).find(|(known, _)| **known == name)
            {
                Some((_, covered)) => Some(covered),
                None => match name {
                    NONCE_HEADER => Some(&mut with_nonce),
                    CREATED => Some(&mut created),
                    EXPIRES => Some(&mut expires),
                    _ => None,
                },
            };
            let duplicate = match known {
                Some(covered) => std::mem::replace(covered, true),
                None => names.iter().take(count).any(|before| *before == name),
            };
            if duplicate {
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
        let missing = REQUIRED.iter().zip(required).find(|(_, covered)| !covered);
        let missing = missing.map(|(name, _)| *name);
        if let Some(missing) = missing.or((nonce && !with_nonce).then_some(NONCE_HEADER)) {
            let detail = format!("{missing} is not covered, only: {}", Shown(headers));
            return Err(Fault::unproven(Check::Coverage, detail));
        }
        Ok(Self { names, count, created, expires })
    }

    /// Takes any names, for signatures that cover too little.
    #[cfg(test)]
    pub(super) fn unchecked(text: &'a str) -> Self {
        let mut names = [""; MAX_COVERED];
        let parts = text.split_ascii_whitespace();
        let count = names.iter_mut().zip(parts).map(|(name, part)| *name = part).count();
        Self { names, count, created: false, expires: false }
    }

    /// Returns the names, in the order in which they were signed.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.names.iter().take(self.count).copied()
    }
}
