//! How keys are asked for.

use super::DnsKeys;
#[cfg(feature = "dnssec")]
use super::anchors::Anchors;
use super::cache::Cache;
use super::desk::Desk;
use super::known_names::KnownNames;
use super::resolver::{Resolver, Timeouts};
use crate::key::check_selector;
use crate::limits::{DEFAULT_STALE, DNS_TOTAL, DNS_TRY};
use chrono::TimeDelta;
use hickory_resolver::net::NetError;
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
    selectors: Vec<String>,
    /// Where validation starts, when it is asked for.
    #[cfg(feature = "dnssec")]
    anchors: Option<Anchors>,
}

impl DnsKeysBuilder {
    pub(super) fn new() -> Self {
        let times = Timeouts { each: DNS_TRY, total: DNS_TOTAL };
        Self {
            servers: None,
            stale: DEFAULT_STALE,
            times,
            selectors: Vec::new(),
            #[cfg(feature = "dnssec")]
            anchors: None,
        }
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

    /// Names selectors that the sender uses, such as `one` of `one._domainkey.copernica.com`.
    ///
    /// A hint, not a pin: keys under other names are looked up too. But everyone can make up names,
    /// so unknown ones share a rate limit; these have one of their own, as names have that had keys in
    /// this process. So a flood of made-up names does not keep a receiver that has just started from
    /// its first keys. When the sender begins to use a name that is not among them, it is found as
    /// any other.
    ///
    /// ```
    /// use webhook_core::key::DnsKeys;
    ///
    /// let keys = DnsKeys::builder()
    ///     .servers(["192.0.2.53:53".parse()?])
    ///     .selectors(["one", "two"])
    ///     .build()?;
    /// # let _ = keys;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn selectors<S: Into<String>>(mut self, selectors: impl IntoIterator<Item = S>) -> Self {
        self.selectors.extend(selectors.into_iter().map(Into::into));
        self
    }

    /// How long to wait for one answer and for all tries together; 1 s and 3 s by default. A call
    /// with a new key waits as long.
    #[must_use]
    pub fn timeouts(mut self, each: Duration, total: Duration) -> Self {
        self.times = Timeouts { each: each.min(total), total };
        self
    }

    /// Takes only keys that DNSSEC proves, by signatures all the way from the root of DNS: who is
    /// between this machine and its name servers, or is one of them, can't put in a key of their
    /// own, and can't take one away.
    ///
    /// What becomes of an answer:
    ///
    /// - **Signed, and right**: its keys are used.
    /// - **Wrong** (another's signature, one that has ended or is missing, a changed record): DNS
    ///   [failed](DnsKeys), with a warning in the log. A key that was good stays good for as long as
    ///   [`stale`](Self::stale) says; without one, the answer is
    ///   [`LookupError::Unavailable`](crate::key::LookupError::Unavailable). Never "no such key".
    /// - **Not signed**, provably: the same, with an error in the log. *The zone must be signed all
    ///   the way*, from the trust anchor through every zone above it, and so must the zones that
    ///   aliases lead to. When it is not, there are no keys, ever, and every call is answered 503:
    ///   look before you ask for this. `delv TXT <selector>._domainkey.copernica.com` must say
    ///   `fully validated`.
    /// - **"No such key"**, proven (NSEC or NSEC3): there is none. Not proven: DNS failed. That is
    ///   also what a record under a wildcard is in a zone with NSEC, which hickory can't prove.
    ///
    /// Signatures hold from and until a time by this machine's clock. The name servers must pass on
    /// what DNSSEC needs; most do, some of home routers don't. A key takes some six questions and a
    /// "no" three or four times as many, one after the other, and all of them no longer than the
    /// second of the two [`timeouts`](Self::timeouts): give a name server that is near.
    ///
    /// The root's keys are built in, as of the version of `hickory-proto` that is used (those of 2017
    /// and 2024); when the root changes them, update it, or give them as
    /// [`dnssec_anchors`](Self::dnssec_anchors).
    ///
    /// ```
    /// use webhook_core::key::DnsKeys;
    ///
    /// let keys = DnsKeys::builder()
    ///     .servers(["192.0.2.53:53".parse()?])
    ///     .dnssec()
    ///     .build()?;
    /// # let _ = keys;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "dnssec")]
    #[must_use]
    pub fn dnssec(mut self) -> Self {
        self.anchors.get_or_insert(Anchors::Root);
        self
    }

    /// [`dnssec`](Self::dnssec), with signatures that start at these keys and not at the root's:
    /// for private zones. DNSKEY records as lines of a zone file, such as a name server's
    /// `root.key`; DS records are not taken. [`build`](Self::build) fails when they can't be read.
    ///
    /// Of the root, give the keys that sign its others. Of any other zone give every DNSKEY that
    /// it has: with one missing, the zone above is asked for a DS record.
    ///
    /// ```
    /// use webhook_core::key::DnsKeys;
    ///
    /// let keys = DnsKeys::builder()
    ///     .servers(["192.0.2.53:53".parse()?])
    ///     .dnssec_anchors(
    ///         "example.com. IN DNSKEY 257 3 13 \
    ///          mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==",
    ///     )
    ///     .build()?;
    /// # let _ = keys;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "dnssec")]
    #[must_use]
    pub fn dnssec_anchors(mut self, records: impl Into<String>) -> Self {
        self.anchors = Some(Anchors::Records(records.into()));
        self
    }

    /// Keys, asked for like this.
    ///
    /// # Errors
    /// There is no name server or no time to wait for it, a selector can't be one, or trust anchors
    /// can't be read.
    pub fn build(self) -> Result<DnsKeys, DnsSetupError> {
        if self.servers.as_ref().is_some_and(Vec::is_empty) {
            return Err(DnsSetupError { fault: Fault::NoServer, source: None });
        }
        if self.times.each.is_zero() {
            return Err(DnsSetupError { fault: Fault::Timeouts, source: None });
        }
        if let Some(fault) = self.selectors.iter().find_map(|text| check_selector(text).err()) {
            return Err(DnsSetupError { fault: Fault::Selector, source: Some(fault.into()) });
        }
        let resolver = self.resolver()?;
        let names = KnownNames::named(&self.selectors);
        // What doesn't fit is as good as forever.
        let stale = TimeDelta::from_std(self.stale).unwrap_or(TimeDelta::MAX);
        Ok(DnsKeys(Arc::new(Desk::new(Cache::new(stale, names), resolver))))
    }

    fn resolver(&self) -> Result<Resolver, DnsSetupError> {
        let servers = self.servers.as_deref();
        #[cfg(feature = "dnssec")]
        if let Some(anchors) = &self.anchors {
            let anchors = anchors
                .read()
                .map_err(|error| DnsSetupError { fault: Fault::Anchors, source: Some(error) })?;
            return Resolver::validated(servers, self.times, anchors).map_err(unknown_servers);
        }
        Resolver::new(servers, self.times).map_err(unknown_servers)
    }
}

fn unknown_servers(error: NetError) -> DnsSetupError {
    DnsSetupError { fault: Fault::NoSystem, source: Some(error.into()) }
}

/// A setting with which no key can be looked up: see [`DnsKeysBuilder::build`].
#[derive(Debug)]
pub struct DnsSetupError {
    fault: Fault,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[derive(Debug)]
enum Fault {
    NoServer,
    NoSystem,
    Timeouts,
    Selector,
    #[cfg(feature = "dnssec")]
    Anchors,
}

impl fmt::Display for DnsSetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.fault {
            Fault::NoServer => "the list of name servers is empty: give at least one",
            Fault::NoSystem => {
                "the system's name servers can't be found out: give them with DnsKeys::at, or use \
                 StaticKeys"
            }
            Fault::Timeouts => {
                "the time-outs are zero: give DnsKeysBuilder::timeouts more than that"
            }
            Fault::Selector => "no key can have one of the selectors that are named",
            #[cfg(feature = "dnssec")]
            Fault::Anchors => {
                "the trust anchors can't be used: give DNSKEY records as lines of a zone file"
            }
        })
    }
}

impl std::error::Error for DnsSetupError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
