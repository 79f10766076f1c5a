//! Settings of keys from DNS.

use super::DnsKeys;
#[cfg(feature = "dnssec")]
use super::anchors::Anchors;
use super::cache::Cache;
use super::known_names::KnownNames;
use super::lookups::Lookups;
use super::resolver::{Resolver, Timeouts};
use crate::key::check_selector;
use crate::limits::{DEFAULT_DNS_TIMEOUT, DEFAULT_DNS_TRY_TIMEOUT, DEFAULT_STALE};
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
    timeouts: Timeouts,
    selectors: Vec<String>,
    /// The trust anchors, where DNSSEC is required.
    #[cfg(feature = "dnssec")]
    anchors: Option<Anchors>,
}

impl DnsKeysBuilder {
    pub(super) fn new() -> Self {
        Self {
            servers: None,
            stale: DEFAULT_STALE,
            timeouts: Timeouts { each: DEFAULT_DNS_TRY_TIMEOUT, total: DEFAULT_DNS_TIMEOUT },
            selectors: Vec::new(),
            #[cfg(feature = "dnssec")]
            anchors: None,
        }
    }

    /// Sets the name servers to query in place of those of the system.
    #[must_use]
    pub fn servers(mut self, servers: impl IntoIterator<Item = SocketAddr>) -> Self {
        self.servers = Some(servers.into_iter().collect());
        self
    }

    /// Sets how long a key may be used stale (RFC 8767), after its time to live, while DNS fails; a
    /// day by default, and zero for not at all. The longer it is, the longer an outage may last,
    /// and the longer a key works for an attacker who has stolen it and can block DNS.
    #[must_use]
    pub fn stale(mut self, time: Duration) -> Self {
        self.stale = time;
        self
    }

    /// Adds selectors that the sender uses, such as `one` of `one._domainkey.copernica.com`.
    ///
    /// They are a hint, not a pin: keys under other names are looked up too. But any client can
    /// make up names, so unknown ones share a rate limit; names with these selectors have another,
    /// as have names that had keys in this process. So a flood of made-up names does not keep a
    /// receiver that has just started from its first keys. A selector that the sender starts to use
    /// later, and that is not among them, is found like any other.
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

    /// Sets the time-outs of one try and of all tries together; 1 s and 3 s by default. A call with
    /// a new key waits for no longer than the second.
    #[must_use]
    pub fn timeouts(mut self, each: Duration, total: Duration) -> Self {
        self.timeouts = Timeouts { each: each.min(total), total };
        self
    }

    /// Accepts only keys that DNSSEC proves, by signatures all the way from the root of DNS: an
    /// attacker on the path to the name servers, or in control of one, can neither add a key nor
    /// remove one.
    ///
    /// What an answer leads to:
    ///
    /// - **Secure** (signed, and the signatures are right): its keys are used.
    /// - **Bogus** (a signature is of another zone, has expired or is missing, a record was
    ///   changed): the look-up [failed](DnsKeys), with a warning in the log. A key from before
    ///   stays in use for as long as [`stale`](Self::stale) allows; without one, the look-up is
    ///   [`LookupError::Unavailable`](crate::key::LookupError::Unavailable), and never
    ///   [`LookupError::NotFound`](crate::key::LookupError::NotFound).
    /// - **Insecure** (the zone is provably not signed): likewise, with an error in the log. *The
    ///   zone must be signed all the way*, from the trust anchor through every zone above it, and
    ///   so must the zones that aliases lead to. Where it is not, there are never any keys, and
    ///   every call is answered 503: check before you call this. `delv TXT
    ///   <selector>._domainkey.copernica.com` must print `fully validated`.
    /// - **Negative** and proven (NSEC or NSEC3): the key does not exist. If it is not proven, the
    ///   look-up failed. That is also the case for a record under a wildcard in a zone with NSEC,
    ///   which hickory cannot prove.
    ///
    /// Signatures are valid from and until a time by this machine's clock. The name servers must
    /// pass on what DNSSEC needs; most do, some home routers do not. A key takes some six queries
    /// and a negative answer three or four times as many, one after the other, and all of them no
    /// longer than the second of the two [`timeouts`](Self::timeouts): configure a name server that
    /// is near.
    ///
    /// The keys of the root are built into `hickory-proto` (those of 2017 and 2024); when the root
    /// changes them, update that crate, or pass them to [`dnssec_anchors`](Self::dnssec_anchors).
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

    /// Requires [`dnssec`](Self::dnssec), with these trust anchors in place of the root's keys, for
    /// private zones. They are DNSKEY records as lines of a zone file, such as a name server's
    /// `root.key`; DS records are not accepted. [`build`](Self::build) fails if they cannot be
    /// read.
    ///
    /// Of the root, pass the keys that sign its others. Of any other zone, pass every DNSKEY that
    /// it has: if one is missing, the zone above is queried for a DS record.
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

    /// Builds the source of keys.
    ///
    /// # Errors
    /// No name server is given, a time-out is zero, a selector cannot be one, or trust anchors
    /// cannot be read.
    pub fn build(self) -> Result<DnsKeys, DnsSetupError> {
        if self.servers.as_ref().is_some_and(Vec::is_empty) {
            return Err(DnsSetupError { fault: SetupFault::NoServer, source: None });
        }
        if self.timeouts.each.is_zero() {
            return Err(DnsSetupError { fault: SetupFault::Timeouts, source: None });
        }
        if let Some(fault) = self.selectors.iter().find_map(|text| check_selector(text).err()) {
            return Err(DnsSetupError { fault: SetupFault::Selector, source: Some(fault.into()) });
        }
        let resolver = self.resolver()?;
        let cache = Cache::new(self.stale, KnownNames::with_selectors(&self.selectors));
        Ok(DnsKeys { lookups: Arc::new(Lookups::new(cache)), resolver: Arc::new(resolver) })
    }

    fn resolver(&self) -> Result<Resolver, DnsSetupError> {
        let servers = self.servers.as_deref();
        #[cfg(feature = "dnssec")]
        if let Some(anchors) = &self.anchors {
            let anchors = anchors.parse().map_err(|error| DnsSetupError {
                fault: SetupFault::Anchors,
                source: Some(error),
            })?;
            return Resolver::with_dnssec(servers, self.timeouts, anchors)
                .map_err(no_system_servers);
        }
        Resolver::new(servers, self.timeouts).map_err(no_system_servers)
    }
}

fn no_system_servers(error: NetError) -> DnsSetupError {
    DnsSetupError { fault: SetupFault::NoSystem, source: Some(error.into()) }
}

/// A setting with which no key can be looked up, from [`DnsKeysBuilder::build`].
#[derive(Debug)]
pub struct DnsSetupError {
    fault: SetupFault,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

#[derive(Debug)]
enum SetupFault {
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
            SetupFault::NoServer => "the list of name servers is empty: pass at least one",
            SetupFault::NoSystem => {
                "the system's name servers could not be read: pass name servers to DnsKeys::at, or \
                 use StaticKeys"
            }
            SetupFault::Timeouts => {
                "a time-out is zero: pass longer ones to DnsKeysBuilder::timeouts"
            }
            SetupFault::Selector => {
                "a selector is not valid: pass single labels to DnsKeysBuilder::selectors"
            }
            #[cfg(feature = "dnssec")]
            SetupFault::Anchors => {
                "the trust anchors are not valid: pass DNSKEY records as lines of a zone file"
            }
        })
    }
}

impl std::error::Error for DnsSetupError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
