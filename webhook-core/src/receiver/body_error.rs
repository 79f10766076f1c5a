//! What keeps an adapter from reading a body.

use crate::rejection::{Refusal, RejectionKind};
use std::error::Error;
use std::fmt;

/// What keeps an adapter from reading a body to its end: what the `next` of
/// [`Call::read`](super::Call::read) yields, and what [`Call::fail`](super::Call::fail) takes.
#[derive(Debug)]
#[non_exhaustive]
pub enum BodyError {
    /// The stream broke, with the framework's own error.
    Broken(Box<dyn Error + Send + Sync>),
    /// Something before the extractor took the body.
    Consumed,
    /// The body is over a limit that the framework or a layer of it sets.
    TooLarge,
}

impl BodyError {
    /// Returns the error of a stream that broke.
    pub fn broken(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Broken(error.into())
    }

    fn kind(&self) -> RejectionKind {
        match self {
            Self::Broken(_) | Self::Consumed => RejectionKind::BodyUnreadable,
            Self::TooLarge => RejectionKind::BodyTooLarge,
        }
    }

    fn detail(&self) -> &'static str {
        match self {
            Self::Broken(_) => "the stream broke before the body was complete",
            Self::Consumed => {
                "something before this extractor consumed the body: let it read the body first"
            }
            Self::TooLarge => {
                "the body is over a limit that the framework or a layer sets before this extractor"
            }
        }
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        let refusal = Self::new(error.kind(), error.detail());
        match error {
            BodyError::Broken(source) => refusal.with_source(source),
            BodyError::Consumed | BodyError::TooLarge => refusal,
        }
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail())
    }
}

impl Error for BodyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Broken(source) => Some(&**source),
            Self::Consumed | Self::TooLarge => None,
        }
    }
}
