//! Two sources, one after the other.

use super::{KeyName, KeySource, Keys, LookupError};
use crate::future::BoxFuture;
use chrono::{DateTime, Utc};

/// Two sources: the first that knows a name answers for it. Made by [`KeySource::or`].
///
/// - What is known without waiting goes first, whichever source knows it: with pinned keys in
///   the chain, their names never wait for DNS.
/// - Trouble in one source does not hide what the other knows.
/// - A name is [unknown](LookupError::NotFound) when both say so. One "no" and one "could not find
///   out" make "could not find out": the key may be the other's, and trouble on our side must
///   not look like a forgery.
/// - A signature that fails under one source's keys is tried with what either can renew.
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
                Err(missing) => missing,
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
                // One has nothing new; the other's trouble may hide something, its "no" can't.
                (Err(missing @ LookupError::Unavailable { .. }), _)
                | (_, Err(missing @ LookupError::Unavailable { .. })) => Err(missing),
                (_, _) => Ok(None),
            }
        })
    }
}

/// What two sources without a key say together: no, only if both do.
fn worse(first: LookupError, second: LookupError) -> LookupError {
    match (first, second) {
        (
            LookupError::Unavailable { retry_after: a },
            LookupError::Unavailable { retry_after: b },
        ) => LookupError::Unavailable { retry_after: a.min(b) },
        (trouble @ LookupError::Unavailable { .. }, LookupError::NotFound)
        | (LookupError::NotFound, trouble @ LookupError::Unavailable { .. }) => trouble,
        (LookupError::NotFound, LookupError::NotFound) => LookupError::NotFound,
    }
}
