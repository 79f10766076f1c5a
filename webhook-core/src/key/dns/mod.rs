//! Keys from DNS, where their owner publishes them.

mod absent;
#[cfg(feature = "dnssec")]
mod anchors;
mod builder;
mod cache;
mod desk;
mod flight;
mod known_names;
mod rate_limit;
mod records;
mod resolver;
mod span;
#[cfg(feature = "dnssec")]
mod validated;

pub use builder::{DnsKeysBuilder, DnsSetupError};

use super::{KeyName, KeySource, Keys, LookupError};
use crate::future::BoxFuture;
use chrono::{DateTime, Utc};
use desk::Desk;
use std::net::SocketAddr;
use std::sync::Arc;

/// Keys from DNS: TXT records under the name that a call gives, RFC 6376 §3.6.2.
///
/// Cheap to clone; clones share what they remember. Needs a tokio runtime with time and I/O
/// enabled where it is used, not where it is made; several runtimes may share one.
///
/// What it costs and what it believes:
///
/// - **One question a name at a time**, however many calls wait for it; it goes on when the
///   call that asked has gone away. One second a try, three in all.
/// - **Keys are remembered** as long as DNS says, but no shorter than a minute and no longer than
///   an hour, and asked for again in the background when four fifths of that have passed. At
///   most 64 names; the one that was not used for longest makes room.
/// - **"There is no such key" is remembered** for 10 to 60 seconds (RFC 2308 §5), for at most
///   1024 unknown names and as many known ones. Saying so drops a key at once, and so does an empty `p`, by which a key is
///   revoked.
/// - **When DNS fails** (no answer, a server's failure) a key that was good stays good for
///   [another day](DnsKeysBuilder::stale), and DNS is asked again every half minute. With nothing
///   known, the answer is [`LookupError::Unavailable`].
/// - **A signature that fails** under a key that is older than 30 seconds makes it be asked for
///   again, once a minute a name: keys may change under the same name.
/// - **What a name server says is believed**, unless `DnsKeysBuilder::dnssec` (feature `dnssec`)
///   asks for proof.
/// - **Unknown names** are looked up 50 times a second (50 at once, and no more than 128 at a time
///   where DNS is slow), for every call may make one up. Names that had keys in this process, and
///   those that the operator [named](DnsKeysBuilder::selectors), have a rate limit and a negative
///   cache of their own: no flood of made-up names holds them up.
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
pub struct DnsKeys(Arc<Desk>);

impl DnsKeys {
    /// Keys by the name servers that this machine is set up with (`/etc/resolv.conf`).
    ///
    /// # Errors
    /// There is no such setting, or it can't be read.
    pub fn system() -> Result<Self, DnsSetupError> {
        DnsKeysBuilder::new().build()
    }

    /// Keys by these name servers, over UDP and TCP.
    ///
    /// # Errors
    /// There is none among them.
    pub fn at(servers: impl IntoIterator<Item = SocketAddr>) -> Result<Self, DnsSetupError> {
        DnsKeysBuilder::new().servers(servers).build()
    }

    /// Other settings.
    #[must_use]
    pub fn builder() -> DnsKeysBuilder {
        DnsKeysBuilder::new()
    }
}

/// What is remembered is stamped with the `now` of the call that made DNS be asked.
impl KeySource for DnsKeys {
    fn cached(&self, name: &KeyName, now: DateTime<Utc>) -> Option<Keys> {
        self.0.cached(name, now)
    }

    fn find<'a>(
        &'a self,
        name: &'a KeyName,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>> {
        Box::pin(self.0.find(name, now))
    }

    fn may_renew(&self, name: &KeyName, failed: &Keys, now: DateTime<Utc>) -> bool {
        self.0.may_renew(name, failed, now)
    }

    fn renew<'a>(
        &'a self,
        name: &'a KeyName,
        failed: &'a Keys,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Option<Keys>, LookupError>> {
        Box::pin(self.0.renew(name, failed, now))
    }
}
