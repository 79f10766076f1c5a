//! How keys are asked for.

use super::DnsKeys;
use super::cache::Cache;
use super::desk::Desk;
use super::resolver::{Resolver, Timeouts};
use crate::limits::{DEFAULT_STALE, DNS_TOTAL, DNS_TRY};
use chrono::TimeDelta;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Settings of [`DnsKeys`].
///
/// ```
/// use std::time::Duration;
/// use webhook_core::key::DnsKeys;
///
/// let keys = DnsKeys::builder()
///     .servers(["192.0.2.53:53".parse()?, "[2001:db8::53]:53".parse()?])
///     .stale(Duration::ZERO) // no key without DNS
///     .build()?;
/// # let _ = keys;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct DnsKeysBuilder {
    servers: Option<Vec<SocketAddr>>,
    stale: Duration,
    times: Timeouts,
}

impl DnsKeysBuilder {
    pub(super) fn new() -> Self {
        let times = Timeouts { each: DNS_TRY, total: DNS_TOTAL };
        Self { servers: None, stale: DEFAULT_STALE, times }
    }

    /// Asks these name servers and not those of the system.
    #[must_use]
    pub fn servers(mut self, servers: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.servers = Some(servers.into_iter().collect());
        self
    }

    /// How long a key stays good after its time while DNS fails; a day by default, zero for not
    /// at all. The longer, the longer an outage may last; but also the longer a key is good for
    /// an attacker who has stolen it and can keep DNS away.
    #[must_use]
    pub fn stale(mut self, time: Duration) -> Self {
        self.stale = time;
        self
    }

    /// How long to wait for one answer and for all tries together; 1 s and 3 s by default. A call
    /// with a new key waits as long.
    #[must_use]
    pub fn timeouts(mut self, each: Duration, total: Duration) -> Self {
        self.times = Timeouts { each: each.min(total), total };
        self
    }

    /// Keys, asked for like this.
    ///
    /// # Errors
    /// There is no name server.
    pub fn build(self) -> Result<DnsKeys, DnsSetupError> {
        if self.servers.as_ref().is_some_and(Vec::is_empty) {
            return Err(DnsSetupError(None));
        }
        let resolver = Resolver::new(self.servers.as_deref(), self.times)
            .map_err(|error| DnsSetupError(Some(error.into())))?;
        // What doesn't fit is as good as forever.
        let stale = TimeDelta::from_std(self.stale).unwrap_or(TimeDelta::MAX);
        Ok(DnsKeys(Arc::new(Desk::new(Cache::new(stale), resolver))))
    }
}

/// No name server is known.
#[derive(Debug)]
pub struct DnsSetupError(Option<Box<dyn std::error::Error + Send + Sync>>);

impl fmt::Display for DnsSetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            None => "the list of name servers is empty: give at least one",
            Some(_) => {
                "the system's name servers can't be found out: give them with DnsKeys::at, or use \
                 StaticKeys"
            }
        })
    }
}

impl std::error::Error for DnsSetupError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.as_deref().map(|source| source as _)
    }
}
