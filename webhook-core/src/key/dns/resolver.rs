//! Queries to name servers, by hickory.

use super::answer::Answer;
#[cfg(feature = "dnssec")]
use super::dnssec::DnssecResolver;
use crate::key::KeyName;
use crate::log_limit::limited;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ProtocolConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
#[cfg(feature = "dnssec")]
use hickory_resolver::proto::dnssec::TrustAnchors;
use hickory_resolver::proto::rr::{Name, RecordType};
use hickory_resolver::{TokioResolver, system_conf};
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// Tries of one query, whatever the two time-outs are.
const MAX_TRIES: u32 = 6;

/// The time-outs of a query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// The time for one try.
    pub(super) each: Duration,
    /// The time for all tries together.
    pub(super) total: Duration,
}

/// A client that queries name servers for key records, and caches nothing.
pub(super) struct Resolver {
    backend: Backend,
    timeout: Duration,
}

/// The part of hickory that sends the queries.
enum Backend {
    /// Trusts what a name server returns.
    Plain(TokioResolver),
    /// Trusts what DNSSEC proves.
    #[cfg(feature = "dnssec")]
    Dnssec(DnssecResolver),
}

impl Resolver {
    /// Returns a resolver that queries these name servers, or by default those of the system.
    pub(super) fn new(
        servers: Option<&[SocketAddr]>,
        timeouts: Timeouts,
    ) -> Result<Self, NetError> {
        let (config, options) = settings(servers, timeouts)?;
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let backend = Backend::Plain(builder.with_options(options).build()?);
        Ok(Self { backend, timeout: timeouts.total })
    }

    /// Returns a resolver that accepts only what signatures prove, down from these trust anchors.
    #[cfg(feature = "dnssec")]
    pub(super) fn with_dnssec(
        servers: Option<&[SocketAddr]>,
        timeouts: Timeouts,
        anchors: TrustAnchors,
    ) -> Result<Self, NetError> {
        let (config, options) = settings(servers, timeouts)?;
        let backend = Backend::Dnssec(DnssecResolver::new(config, options, anchors)?);
        Ok(Self { backend, timeout: timeouts.total })
    }

    /// Queries for the key records of a name.
    pub(super) async fn query(&self, name: &KeyName) -> Answer {
        // From labels, the name is absolute: no search domain is ever tried.
        let labels = name.as_str().split('.').map(str::as_bytes);
        let Ok(queried) = Name::from_labels(labels) else {
            limited!(WARN, key = %name, "not a DNS name: it has no key");
            return Answer::Negative(None);
        };
        let answer = tokio::time::timeout(self.timeout, self.backend.query(name, &queried)).await;
        answer.unwrap_or_else(|_| Answer::failed(name, &NetError::Timeout))
    }
}

impl Backend {
    async fn query(&self, name: &KeyName, queried: &Name) -> Answer {
        match self {
            Self::Plain(dns) => match dns.lookup(queried.clone(), RecordType::TXT).await {
                Ok(found) => Answer::from_records(name, queried, found.answers()),
                Err(error) => Answer::from_error(name, &error),
            },
            #[cfg(feature = "dnssec")]
            Self::Dnssec(dns) => dns.query(name, queried).await,
        }
    }
}

/// Hickory's types have no `Debug`.
impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// Returns hickory's settings for these name servers, or by default those of the system.
fn settings(
    servers: Option<&[SocketAddr]>,
    timeouts: Timeouts,
) -> Result<(ResolverConfig, ResolverOpts), NetError> {
    let (config, mut options) = match servers {
        Some(servers) => {
            let servers = servers.iter().map(name_server).collect();
            (ResolverConfig::from_name_servers(servers), ResolverOpts::default())
        }
        None => system_conf::read_system_conf()?,
    };
    set_options(&mut options, timeouts);
    Ok((config, options))
}

/// Returns the settings of a name server: UDP, and TCP for answers that are truncated over UDP.
fn name_server(address: &SocketAddr) -> NameServerConfig {
    let connections = [ProtocolConfig::Udp, ProtocolConfig::Tcp].map(|protocol| {
        let mut connection = ConnectionConfig::new(protocol);
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.into())
}

fn set_options(options: &mut ResolverOpts, timeouts: Timeouts) {
    options.timeout = timeouts.each;
    let tries = timeouts.total.as_nanos().checked_div(timeouts.each.as_nanos()).unwrap_or(1);
    let tries = u32::try_from(tries).unwrap_or(MAX_TRIES).clamp(1, MAX_TRIES);
    // Hickory counts those after the first.
    options.attempts = tries as usize - 1;
    // The cache of this module decides what is cached, and for how long.
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    // RFC 6891: key records are longer than the 512 bytes of old.
    options.edns0 = true;
    // Needed to follow the aliases to the records' owner.
    options.preserve_intermediates = true;
    // An answer must repeat the query's random capitals (draft-vixie-dnsext-dns0x20): harder to
    // forge for an off-path attacker.
    options.case_randomization = true;
}
