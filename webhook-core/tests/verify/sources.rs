//! A source of keys with set answers, which counts its calls.

use super::support::{Hands, other_key};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use webhook_core::future::BoxFuture;
use webhook_core::key::{KeyName, KeySource, Keys, LookupError};

pub(crate) const UNREACHABLE: LookupError =
    LookupError::Unavailable { retry_after: Duration::from_secs(7) };

/// Says the same of every name.
pub(crate) struct Source {
    pub(crate) cached: Option<Keys>,
    pub(crate) found: Result<Keys, LookupError>,
    /// What a renewal finds; `None` where it finds nothing.
    pub(crate) renewed: Option<Result<Option<Keys>, LookupError>>,
    /// A look-up takes until then.
    pub(crate) slow: Option<(Hands, i64)>,
    pub(crate) cached_reads: AtomicUsize,
    pub(crate) finds: AtomicUsize,
    pub(crate) renews: AtomicUsize,
}

impl Source {
    fn new(cached: Option<Keys>, found: Result<Keys, LookupError>) -> Self {
        let [cached_reads, finds, renews] = Default::default();
        Self { cached, found, renewed: None, slow: None, cached_reads, finds, renews }
    }

    pub(crate) fn finding(found: Result<Keys, LookupError>) -> Self {
        Self::new(None, found)
    }

    pub(crate) fn cached(keys: Keys) -> Self {
        Self::new(Some(keys), Err(LookupError::NotFound))
    }

    /// Makes a source whose cached key is an old one.
    pub(crate) fn renewing(renewed: Result<Option<Keys>, LookupError>) -> Self {
        Self { renewed: Some(renewed), ..Self::cached(other_key().into()) }
    }

    pub(crate) fn shared(self) -> Arc<Self> {
        Arc::new(self)
    }

    /// Returns how often cached keys were read, keys looked up, and renewed.
    pub(crate) fn counts(&self) -> [usize; 3] {
        [&self.cached_reads, &self.finds, &self.renews].map(|count| count.load(Ordering::Relaxed))
    }
}

impl KeySource for Source {
    fn cached(&self, _: &KeyName, _: DateTime<Utc>) -> Option<Keys> {
        self.cached_reads.fetch_add(1, Ordering::Relaxed);
        self.cached.clone()
    }

    fn find<'a>(
        &'a self,
        _: &'a KeyName,
        _: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>> {
        self.finds.fetch_add(1, Ordering::Relaxed);
        if let Some((hands, second)) = &self.slow {
            hands.turn(*second);
        }
        Box::pin(std::future::ready(self.found.clone()))
    }

    fn may_renew(&self, _: &KeyName, _: &Keys, _: DateTime<Utc>) -> bool {
        self.renewed.is_some()
    }

    fn renew<'a>(
        &'a self,
        _: &'a KeyName,
        _: &'a Keys,
        _: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Option<Keys>, LookupError>> {
        self.renews.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::ready(self.renewed.clone().unwrap_or(Ok(None))))
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source")
    }
}
