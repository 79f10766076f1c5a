//! Two sources, one after the other.

use super::{KeyName, KeySource, Keys, Missing};
use crate::future::BoxFuture;
use chrono::{DateTime, Utc};

/// Two sources: the first that knows a name answers for it. Made by [`KeySource::or`].
///
/// - What is known without waiting goes first, whichever source knows it: with pinned keys in
///   the chain, their names never wait for DNS.
/// - Trouble in one source does not hide what the other knows.
/// - A name is [unknown](Missing::Unknown) when both say so. One "no" and one "could not find
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
    ) -> BoxFuture<'a, Result<Keys, Missing>> {
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
    ) -> BoxFuture<'a, Result<Option<Keys>, Missing>> {
        Box::pin(async move {
            let first = match self.first.renew(name, failed, now).await {
                Ok(Some(keys)) => return Ok(Some(keys)),
                other => other,
            };
            match (first, self.second.renew(name, failed, now).await) {
                (_, Ok(Some(keys))) => Ok(Some(keys)),
                (Err(first), Err(second)) => Err(worse(first, second)),
                // One has nothing new; the other's trouble may hide something, its "no" can't.
                (Err(missing @ Missing::Unavailable { .. }), _)
                | (_, Err(missing @ Missing::Unavailable { .. })) => Err(missing),
                (_, _) => Ok(None),
            }
        })
    }
}

/// What two sources without a key say together: no, only if both do.
fn worse(first: Missing, second: Missing) -> Missing {
    match (first, second) {
        (Missing::Unavailable { retry_after: a }, Missing::Unavailable { retry_after: b }) => {
            Missing::Unavailable { retry_after: a.min(b) }
        }
        (trouble @ Missing::Unavailable { .. }, Missing::Unknown)
        | (Missing::Unknown, trouble @ Missing::Unavailable { .. }) => trouble,
        (Missing::Unknown, Missing::Unknown) => Missing::Unknown,
    }
}
