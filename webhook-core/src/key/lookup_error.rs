//! Why a look-up returned no key.

use std::fmt;
use std::time::Duration;

/// The reason for which a [`KeySource`](super::KeySource) returned no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LookupError {
    /// The name has no key, by the word of its owner: a call that is signed with it proves nothing.
    NotFound,
    /// The look-up failed on our side, which says nothing about the call.
    Unavailable {
        /// The time after which to look the name up again.
        retry_after: Duration,
    },
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such key"),
            Self::Unavailable { retry_after } => {
                write!(f, "the key could not be looked up now: try again in {retry_after:?}")
            }
        }
    }
}

impl std::error::Error for LookupError {}
