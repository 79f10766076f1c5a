//! Two sources, one after the other.

use super::{KeyName, KeySource, Keys, LookupError};
use crate::future::BoxFuture;
use chrono::{DateTime, Utc};

/// Two sources of keys: the first that has keys of a name answers for it. Made by
/// [`KeySource::or`].
///
/// - Keys that are known without waiting go first, whichever source has them: with pinned keys in
///   the chain, their names never wait for DNS.
/// - A failure of one source does not hide the keys of the other.
/// - A name is [not found](LookupError::NotFound) if neither source finds it. If one does not find
///   it and the other is [unavailable](LookupError::Unavailable), so is the chain: the key may be
///   the other's, and a failure on our side must not look like a forgery.
/// - A signature that fails under the keys of one source is tried with those that either renews.
#[derive(Debug, Clone)]
pub struct Chain<A, B> {
    first: A,
    second: B,
}

impl<A, B> Chain<A, B> {
    pub(super) fn new(first: A, second: B) -> Self {
        Self { first, second }
    }
}

impl<A: KeySource, B: KeySource> KeySource for Chain<A, B> {
    fn cached(&self, name: &KeyName, now: DateTime<Utc>) -> Option<Keys> {
        self.first.cached(name, now).or_else(|| self.second.cached(name, now))
    }

    fn find<'a>(
        &'a self,
        name: &'a KeyName,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>> {
        Box::pin(async move {
            let first = match self.first.find(name, now).await {
                Ok(keys) => return Ok(keys),
                Err(error) => error,
            };
            self.second.find(name, now).await.map_err(|second| worse(first, second))
        })
    }

    fn may_renew(&self, name: &KeyName, failed: &Keys, now: DateTime<Utc>) -> bool {
        self.first.may_renew(name, failed, now) || self.second.may_renew(name, failed, now)
    }

    fn renew<'a>(
        &'a self,
        name: &'a KeyName,
        failed: &'a Keys,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Option<Keys>, LookupError>> {
        Box::pin(async move {
            let first = match self.first.renew(name, failed, now).await {
                Ok(Some(keys)) => return Ok(Some(keys)),
                other => other,
            };
            match (first, self.second.renew(name, failed, now).await) {
                (_, Ok(Some(keys))) => Ok(Some(keys)),
                (Err(first), Err(second)) => Err(worse(first, second)),
                // One has nothing new. The other may have, if it is unavailable.
                (Err(error @ LookupError::Unavailable { .. }), _)
                | (_, Err(error @ LookupError::Unavailable { .. })) => Err(error),
                (_, _) => Ok(None),
            }
        })
    }
}

/// Combines the errors of two sources: not found only if both are.
fn worse(first: LookupError, second: LookupError) -> LookupError {
    match (first, second) {
        (
            LookupError::Unavailable { retry_after: a },
            LookupError::Unavailable { retry_after: b },
        ) => LookupError::Unavailable { retry_after: a.min(b) },
        (unavailable @ LookupError::Unavailable { .. }, LookupError::NotFound)
        | (LookupError::NotFound, unavailable @ LookupError::Unavailable { .. }) => unavailable,
        (LookupError::NotFound, LookupError::NotFound) => LookupError::NotFound,
    }
}
