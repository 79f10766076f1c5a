//! Keys from DNS, where their owner publishes them.

#[cfg(feature = "dnssec")]
mod anchors;
mod answer;
mod builder;
mod cache;
#[cfg(feature = "dnssec")]
mod dnssec;
mod eviction;
mod known_names;
mod lookup;
mod lookups;
mod negative;
mod period;
mod rate_limit;
mod resolver;

pub use builder::{DnsKeysBuilder, DnsSetupError};

use super::{KeyName, KeySource, Keys, LookupError};
use crate::future::BoxFuture;
use chrono::{DateTime, Utc};
use lookup::Lookup;
use lookups::{Lookups, Step, UNAVAILABLE};
use resolver::Resolver;
use std::net::SocketAddr;
use std::sync::Arc;

/// Keys from DNS: TXT records under the name that a call gives (RFC 6376 §3.6.2).
///
/// Cheap to clone; clones share their cache. Needs a tokio runtime with time and I/O enabled where
/// it is used, not where it is built; several runtimes may share one.
///
/// Its cost, and what it trusts:
///
/// - **Single flight**: at most one look-up of a name is in flight, and every call that needs the
///   name joins it. It goes on when the call that started it is dropped. A try takes one second at
///   most, and all tries three.
/// - **Keys are cached** for their time to live, but no shorter than a minute and no longer than an
///   hour, and refreshed in the background when four fifths of that have passed. At most 64 names;
///   the one that was not used for longest makes room.
/// - **Negative answers are cached** for 10 to 60 seconds (RFC 2308 §5), for at most 1024 unknown
///   names and as many known ones. A negative answer drops a key at once, and so does an empty `p`,
///   by which a key is revoked.
/// - **When DNS fails** (a time-out, an error of a server) a cached key stays in use for
///   [another day](DnsKeysBuilder::stale), and DNS is queried again every half minute (RFC 8767).
///   Without a cached key, the look-up is [`LookupError::Unavailable`].
/// - **A signature that fails** under a key that is older than 30 seconds renews the key, once a
///   minute a name: keys may change under the same name.
/// - **A name server is trusted**, unless `DnsKeysBuilder::dnssec` (feature `dnssec`) requires
///   proof.
/// - **Unknown names** are looked up 50 times a second (50 at once, and no more than 128 in flight
///   where DNS is slow), for any client can make one up. Names that had keys in this process, and
///   those with a [configured selector](DnsKeysBuilder::selectors), have a rate limit and a
///   negative cache of their own: no flood of made-up names delays them.
///
/// ```no_run
/// use webhook_core::key::DnsKeys;
///
/// // The name servers of this machine:
/// let keys = DnsKeys::system()?;
/// // Or others:
/// let keys = DnsKeys::at(["192.0.2.53:53".parse()?])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct DnsKeys {
    lookups: Arc<Lookups>,
    resolver: Arc<Resolver>,
}

impl DnsKeys {
    /// Returns keys by the name servers that this machine is configured with (`/etc/resolv.conf`).
    ///
    /// # Errors
    /// There is no such configuration, or it cannot be read.
    pub fn system() -> Result<Self, DnsSetupError> {
        DnsKeysBuilder::new().build()
    }

    /// Returns keys by these name servers, over UDP and TCP.
    ///
    /// # Errors
    /// The list is empty.
    pub fn at(servers: impl IntoIterator<Item = SocketAddr>) -> Result<Self, DnsSetupError> {
        DnsKeysBuilder::new().servers(servers).build()
    }

    /// Returns a builder, for other settings.
    #[must_use]
    pub fn builder() -> DnsKeysBuilder {
        DnsKeysBuilder::new()
    }

    /// Takes the step that `next` decides on, and returns the outcome of the look-up if it is to
    /// wait for one. A look-up that was abandoned because its runtime ended is replaced, once.
    async fn settle<T>(
        &self,
        next: impl Fn() -> Step<T>,
        conclude: impl FnOnce(Result<Keys, LookupError>) -> Result<T, LookupError>,
    ) -> Result<T, LookupError> {
        for _ in 0..2 {
            let mut outcome = match next() {
                Step::Return(result) => return result,
                Step::Join(outcome) => outcome,
                Step::Start(started) => Lookup::spawn(&self.lookups, &self.resolver, started),
            };
            if let Ok(outcome) = outcome.wait_for(Option::is_some).await
                && let Some(outcome) = outcome.clone()
            {
                return conclude(outcome);
            }
        }
        Err(UNAVAILABLE)
    }
}

/// Times are those of the calls: an answer is stamped with the `now` of the call that started its
/// look-up.
impl KeySource for DnsKeys {
    fn cached(&self, name: &KeyName, now: DateTime<Utc>) -> Option<Keys> {
        let (keys, refresh) = self.lookups.cached(name, now)?;
        if let Some(started) = refresh {
            Lookup::spawn(&self.lookups, &self.resolver, started);
        }
        Some(keys)
    }

    fn find<'a>(
        &'a self,
        name: &'a KeyName,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>> {
        Box::pin(async move {
            if let Some(keys) = self.cached(name, now) {
                return Ok(keys);
            }
            self.settle(
                || self.lookups.find(name, now),
                |outcome| match outcome {
                    Err(LookupError::Unavailable { .. }) => self.lookups.find_stale(name, now),
                    outcome => outcome,
                },
            )
            .await
        })
    }

    fn may_renew(&self, name: &KeyName, failed: &Keys, now: DateTime<Utc>) -> bool {
        self.lookups.may_renew(name, failed, now)
    }

    fn renew<'a>(
        &'a self,
        name: &'a KeyName,
        failed: &'a Keys,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Option<Keys>, LookupError>> {
        let other = |keys| (keys != *failed).then_some(keys);
        Box::pin(self.settle(
            move || self.lookups.renew(name, failed, now),
            move |outcome| outcome.map(other),
        ))
    }
}
