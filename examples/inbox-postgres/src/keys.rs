//! Keys from DNS, and whether DNS has answered since the start, which `/readyz` asks.
//!
//! One answer is enough, also that a name has no key. A process that never had one can prove no call, and
//! leaves them to others. Later failures don't count: what is cached stays in use for a day, so a process
//! that is taken out of rotation then would shut out the calls that it can prove; and as anybody can
//! make up names, anybody could have it taken out. They are counted for an alert instead:
//! `copernica_dns_lookups_total{result="failed"}`.

use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::sleep;
use webhook_axum::future::BoxFuture;
use webhook_axum::key::{COPERNICA_ZONE, KeyName, KeySource, Keys, LookupError};

/// The pause after a first look-up that failed; each further one is twice as long, up to the other.
const PAUSE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// The selector to look up where none is configured: no key's, so that the answer is that there is none.
const NO_SELECTOR: &str = "inbox-readiness";

/// A source of keys that is watched; clones share what is known of it.
#[derive(Debug, Clone)]
pub struct WatchedKeys(Arc<Watched>);

#[derive(Debug)]
struct Watched {
    source: Box<dyn KeySource>,
    name: Option<KeyName>,
    has_answered: AtomicBool,
    last_failed: AtomicBool,
}

impl WatchedKeys {
    /// Watches a source that has to be asked; the first of these selectors is what is asked for first.
    pub fn new(source: impl KeySource, selectors: &[&str]) -> Self {
        let selector = selectors.first().unwrap_or(&NO_SELECTOR);
        let name = format!("{selector}._domainkey.{COPERNICA_ZONE}");
        Self(Arc::new(Watched {
            source: Box::new(source),
            name: KeyName::under(&[COPERNICA_ZONE], &name),
            has_answered: AtomicBool::new(false),
            last_failed: AtomicBool::new(false),
        }))
    }

    /// Returns what is known of the source; an error where it never answered.
    pub fn status(&self) -> Result<String, String> {
        match (self.0.has_answered.load(Relaxed), self.0.last_failed.load(Relaxed)) {
            (true, false) => Ok("answered".to_owned()),
            (true, true) => Ok("answered; its last look-up failed".to_owned()),
            (false, _) => Err("has not answered since the start".to_owned()),
        }
    }

    /// Looks a key up until the source answers: while this process is not ready, no calls come that would.
    pub async fn ask(self) {
        let Some(name) = &self.0.name else { return };
        let (mut pause, longest) = PAUSE;
        while !self.0.has_answered.load(Relaxed) {
            if let Err(error) = self.find(name, Utc::now()).await {
                tracing::debug!(%name, %error, "the first look-up of a key");
            }
            sleep(pause).await;
            pause = (pause * 2).min(longest);
        }
    }

    fn note<T>(&self, found: Result<T, LookupError>) -> Result<T, LookupError> {
        let failed = matches!(found, Err(LookupError::Unavailable { .. }));
        self.0.last_failed.store(failed, Relaxed);
        if !failed {
            self.0.has_answered.store(true, Relaxed);
        }
        found
    }
}

impl KeySource for WatchedKeys {
    fn cached(&self, name: &KeyName, now: DateTime<Utc>) -> Option<Keys> {
        self.0.source.cached(name, now)
    }

    fn find<'a>(
        &'a self,
        name: &'a KeyName,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>> {
        Box::pin(async move { self.note(self.0.source.find(name, now).await) })
    }

    fn may_renew(&self, name: &KeyName, failed: &Keys, now: DateTime<Utc>) -> bool {
        self.0.source.may_renew(name, failed, now)
    }

    fn renew<'a>(
        &'a self,
        name: &'a KeyName,
        failed: &'a Keys,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Option<Keys>, LookupError>> {
        Box::pin(async move { self.note(self.0.source.renew(name, failed, now).await) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::ready;

    /// Fails until it is to answer.
    #[derive(Debug)]
    struct Moody(Arc<AtomicBool>);

    impl KeySource for Moody {
        fn find<'a>(
            &'a self,
            _: &'a KeyName,
            _: DateTime<Utc>,
        ) -> BoxFuture<'a, Result<Keys, LookupError>> {
            Box::pin(ready(Err(if self.0.load(Relaxed) {
                LookupError::NotFound
            } else {
                LookupError::Unavailable { retry_after: Duration::from_secs(1) }
            })))
        }
    }

    #[tokio::test]
    async fn one_answer_is_enough_and_a_later_failure_is_only_reported() {
        let answers = Arc::new(AtomicBool::new(false));
        let keys = WatchedKeys::new(Moody(Arc::clone(&answers)), &["one"]);
        let name = keys.0.name.clone().unwrap();
        assert_eq!(name.as_str(), "one._domainkey.copernica.com");
        let ask = async || drop(keys.find(&name, Utc::now()).await);
        assert!(keys.status().is_err());
        ask().await;
        assert!(keys.status().is_err());
        answers.store(true, Relaxed);
        ask().await;
        assert_eq!(keys.status().unwrap(), "answered");
        answers.store(false, Relaxed);
        ask().await;
        assert_eq!(keys.status().unwrap(), "answered; its last look-up failed");
    }

    #[tokio::test]
    async fn it_is_asked_without_calls_until_it_answers() {
        let answers = Arc::new(AtomicBool::new(false));
        let keys = WatchedKeys::new(Moody(Arc::clone(&answers)), &[]);
        let asking = tokio::spawn(keys.clone().ask());
        sleep(Duration::from_millis(50)).await;
        assert!(keys.status().is_err() && !asking.is_finished());
        answers.store(true, Relaxed);
        asking.await.unwrap();
        assert!(keys.status().is_ok());
    }
}
