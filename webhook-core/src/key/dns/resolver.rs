//! The questions themselves, and what their answers mean.

use super::cache::Answer;
use super::records::keys_of;
#[cfg(feature = "dnssec")]
use super::validated::Validated;
use crate::key::KeyName;
use crate::limits::MAX_DNS_TRIES;
use crate::log_limit::limited;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ProtocolConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
#[cfg(feature = "dnssec")]
use hickory_resolver::proto::dnssec::TrustAnchors;
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RecordType};
use hickory_resolver::{TokioResolver, system_conf};
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// How long to wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// For one answer.
    pub(super) each: Duration,
    /// For all tries together.
    pub(super) total: Duration,
}

/// Asks name servers for key records. Remembers nothing.
#[derive(Debug)]
pub(super) struct Resolver {
    dns: Dns,
    total: Duration,
}

/// Whose word is taken.
enum Dns {
    /// A name server's.
    Told(TokioResolver),
    /// That of signatures.
    #[cfg(feature = "dnssec")]
    Proven(Validated),
}

impl Resolver {
    /// Asks these name servers, or those that the system is set up with.
    pub(super) fn new(servers: Option<&[SocketAddr]>, times: Timeouts) -> Result<Self, NetError> {
        let (config, options) = settings(servers, times)?;
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let dns = Dns::Told(builder.with_options(options).build()?);
        Ok(Self { dns, total: times.total })
    }

    /// The same, and believes only what is proven.
    #[cfg(feature = "dnssec")]
    pub(super) fn validated(
        servers: Option<&[SocketAddr]>,
        times: Timeouts,
        anchors: TrustAnchors,
    ) -> Result<Self, NetError> {
        let (config, options) = settings(servers, times)?;
        let dns = Dns::Proven(Validated::new(config, options, anchors)?);
        Ok(Self { dns, total: times.total })
    }

    /// The keys that are published under a name.
    pub(super) async fn ask(&self, name: &KeyName) -> Answer {
        // With the final dot that such a name has: no search domain is ever tried.
        let labels = name.as_str().split('.').map(str::as_bytes);
        let Ok(asked) = Name::from_labels(labels) else {
            limited!(WARN, key = %name, "no DNS name: a key can't be there");
            return Answer::Absent(None);
        };
        let answer = tokio::time::timeout(self.total, self.dns.ask(name, &asked)).await;
        answer.unwrap_or_else(|_| failed(name, &NetError::Timeout))
    }
}

impl Dns {
    async fn ask(&self, name: &KeyName, asked: &Name) -> Answer {
        match self {
            Self::Told(dns) => match dns.lookup(asked.clone(), RecordType::TXT).await {
                Ok(found) => keys_of(name, asked, found.answers()),
                Err(error) => without_records(name, &error),
            },
            #[cfg(feature = "dnssec")]
            Self::Proven(dns) => dns.ask(name, asked).await,
        }
    }
}

impl fmt::Debug for Dns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Told(_) => "Told",
            #[cfg(feature = "dnssec")]
            Self::Proven(_) => "Proven",
        })
    }
}

/// Sorts "there is none" from "no answer".
fn without_records(name: &KeyName, error: &NetError) -> Answer {
    if let NetError::Dns(DnsError::NoRecordsFound(none)) = error {
        let answered = match none.response_code {
            ResponseCode::NXDomain => true,
            // RFC 2308 §2.2: no SOA but name servers is a referral, from a server that should
            // have followed it.
            ResponseCode::NoError => none.soa.is_some() || none.ns.is_none(),
            _ => false,
        };
        if answered {
            limited!(INFO, key = %name, code = %none.response_code, "DNS has no such key");
            return Answer::Absent(none.negative_ttl.map(|ttl| Duration::from_secs(ttl.into())));
        }
    }
    failed(name, error)
}

/// No answer.
pub(super) fn failed(name: &KeyName, error: &NetError) -> Answer {
    limited!(WARN, key = %name, %error, "DNS failed to tell a key");
    Answer::Failed
}

/// Whom to ask, and how.
fn settings(
    servers: Option<&[SocketAddr]>,
    times: Timeouts,
) -> Result<(ResolverConfig, ResolverOpts), NetError> {
    let (config, mut options) = match servers {
        Some(servers) => {
            let servers = servers.iter().map(name_server).collect();
            (ResolverConfig::from_name_servers(servers), ResolverOpts::default())
        }
        None => system_conf::read_system_conf()?,
    };
    set_up(&mut options, times);
    Ok((config, options))
}

/// A name server at an address: UDP, and TCP for answers that UDP cuts.
fn name_server(address: &SocketAddr) -> NameServerConfig {
    let connections = [ProtocolConfig::Udp, ProtocolConfig::Tcp].map(|protocol| {
        let mut connection = ConnectionConfig::new(protocol);
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.into())
}

fn set_up(options: &mut ResolverOpts, times: Timeouts) {
    options.timeout = times.each;
    let tries = times.total.as_nanos().checked_div(times.each.as_nanos()).unwrap_or(1);
    let tries = u32::try_from(tries).unwrap_or(MAX_DNS_TRIES).clamp(1, MAX_DNS_TRIES);
    // Hickory counts what comes after the first.
    options.attempts = tries as usize - 1;
    // What to remember, and for how long, is decided here.
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    // RFC 6891: key records are longer than the 512 bytes of old.
    options.edns0 = true;
    // What the final name's owner is follows from these.
    options.preserve_intermediates = true;
    // An answer must repeat the question's random capitals: harder to forge blindly.
    options.case_randomization = true;
}
