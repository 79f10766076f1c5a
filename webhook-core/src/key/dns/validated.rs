//! Questions whose answers count only when DNSSEC proves them.

use super::cache::Answer;
use super::records::{follow, has_texts, keys_of};
use super::resolver::failed;
use crate::key::KeyName;
use crate::limits::MAX_ALIASES;
use crate::log_limit::limited;
use hickory_resolver::config::{ResolverConfig, ResolverOpts};
use hickory_resolver::net::dnssec::DnssecDnsHandle;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::xfer::{DnsHandle, FirstAnswer, RetryDnsHandle};
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::dnssec::rdata::DNSSECRData;
use hickory_resolver::proto::dnssec::{DnssecSummary, TrustAnchors};
use hickory_resolver::proto::op::{DnsRequestOptions, DnsResponse, Query};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use hickory_resolver::{NameServerPool, PoolContext, TlsConfig};
use std::sync::Arc;
use std::time::Duration;

/// Asks name servers for key records, and for all that proves them.
///
/// Not hickory's `Resolver` with its option to validate: that passes on what is provably not
/// signed, drops the proof of a "no" with the time that it holds for, and puts answers together
/// in a way that leaves out signatures.
pub(super) struct Validated {
    dns: DnssecDnsHandle<RetryDnsHandle<NameServerPool<TokioRuntimeProvider>>>,
    options: DnsRequestOptions,
}

/// Why an answer is not believed.
enum Doubt {
    /// It is provable that nobody signs such answers.
    Unsigned,
    /// It should be signed, and is not, or not well.
    Bogus,
    /// There is none.
    Failed(NetError),
}

/// What one answer says of a name, proven.
enum Told {
    /// It ends in TXT records.
    Texts(Vec<Record>),
    /// It ends in an alias, of this name.
    Alias(Vec<Record>, Name),
    /// There are none: for this time.
    Nothing(Duration),
}

impl Validated {
    pub(super) fn new(
        config: ResolverConfig,
        options: ResolverOpts,
        anchors: TrustAnchors,
    ) -> Result<Self, NetError> {
        let mut asking = DnsRequestOptions::default();
        asking.recursion_desired = options.recursion_desired;
        asking.edns_payload_len = options.edns_payload_len;
        asking.case_randomization = options.case_randomization;
        let tries = options.attempts;
        let context = Arc::new(PoolContext::new(options, TlsConfig::new()?));
        let provider = TokioRuntimeProvider::default();
        let pool = NameServerPool::from_config(config.name_servers, context, provider);
        let dns = RetryDnsHandle::new(pool, tries);
        // Hickory would remember what it has validated for the time to live that came with it,
        // which nothing proves, even past the end of the signature; and it would know it again by
        // a hash of 64 bits without a secret. So it remembers nothing: every answer is validated.
        let dns =
            DnssecDnsHandle::with_trust_anchor(dns, Arc::new(anchors)).validation_cache_size(0);
        Ok(Self { dns, options: asking })
    }

    /// The keys that are published under a name, proven by signatures down from a trust anchor.
    pub(super) async fn ask(&self, name: &KeyName, asked: &Name) -> Answer {
        let (mut owner, mut proven) = (asked.clone(), Vec::new());
        for _ in 0..=MAX_ALIASES {
            match self.look_up(&owner).await {
                Ok(Told::Texts(records)) => {
                    proven.extend(records);
                    return keys_of(name, asked, &proven);
                }
                Ok(Told::Alias(records, target)) => {
                    proven.extend(records);
                    owner = target;
                }
                Ok(Told::Nothing(ttl)) => {
                    limited!(INFO, key = %name, "DNS has no such key, and proves it");
                    return Answer::Absent(Some(ttl));
                }
                Err(doubt) => return doubt.answer(name),
            }
        }
        limited!(WARN, key = %name, "more aliases than are followed");
        Answer::Failed
    }

    async fn look_up(&self, owner: &Name) -> Result<Told, Doubt> {
        let question = Query::query(owner.clone(), RecordType::TXT);
        match self.dns.lookup(question, self.options).first_answer().await {
            Ok(response) => told(owner, response),
            // There are signed records of what is not there, and they prove nothing of this name.
            // A name server that follows aliases may say in one answer that an alias leads
            // nowhere: the alias is proven all the same, and its target is asked for by itself.
            Err(NetError::Dns(DnsError::Nsec { response, proof, .. })) => {
                let doubt = if proof.is_insecure() { Doubt::Unsigned } else { Doubt::Bogus };
                found(owner, response.into_message().answers, false)?.ok_or(doubt)
            }
            Err(error) => Err(Doubt::Failed(error)),
        }
    }
}

/// What an answer proves. Hickory has looked at each record, and at the proof of a "no" as far
/// as there are signed records of one; what follows from all that is decided here.
fn told(owner: &Name, mut response: DnsResponse) -> Result<Told, Doubt> {
    let denied = is_denied(&response.authorities);
    let answers = std::mem::take(&mut response.answers);
    let is_empty = answers.is_empty();
    if let Some(told) = found(owner, answers, denied)? {
        return Ok(told);
    }
    match proven_ttl(&response.authorities) {
        // An alias of itself, or what nobody has asked for.
        _ if !is_empty => Err(Doubt::Bogus),
        Some(ttl) if denied => Ok(Told::Nothing(ttl)),
        None if denied => Err(Doubt::Bogus),
        // Hickory lets an empty answer without proof pass where nothing is signed, and only there.
        _ => Err(Doubt::Unsigned),
    }
}

/// The records or the alias in an answer, if there are any.
fn found(owner: &Name, answers: Vec<Record>, denied: bool) -> Result<Option<Told>, Doubt> {
    let target = follow(owner, &answers).owner.clone();
    let texts = has_texts(owner, &answers);
    if !texts && target == *owner {
        return Ok(None);
    }
    match DnssecSummary::from_records(answers.iter()) {
        DnssecSummary::Secure => {}
        DnssecSummary::Insecure => return Err(Doubt::Unsigned),
        DnssecSummary::Bogus => return Err(Doubt::Bogus),
    }
    // What stands for all names stands for one only where nothing is said of that one: otherwise
    // it could be sent in place of a key.
    if is_from_wildcard(&answers) && !denied {
        return Err(Doubt::Bogus);
    }
    Ok(Some(if texts { Told::Texts(answers) } else { Told::Alias(answers, target) }))
}

/// Whether it is proven that something is not there. Hickory refuses an answer with signed
/// records of this kind that don't prove it.
fn is_denied(authorities: &[Record]) -> bool {
    authorities.iter().any(|record| {
        record.proof.is_secure()
            && matches!(record.record_type(), RecordType::NSEC | RecordType::NSEC3)
    })
}

/// How long a "no" holds (RFC 2308 §5), by the signed SOA record that comes with each.
fn proven_ttl(authorities: &[Record]) -> Option<Duration> {
    authorities.iter().filter(|record| record.proof.is_secure()).find_map(|record| {
        let RData::SOA(soa) = &record.data else { return None };
        Some(Duration::from_secs(soa.minimum.min(record.ttl).into()))
    })
}

/// Whether a signature is of a name with a star in it (RFC 4035 §5.3.4).
fn is_from_wildcard(answers: &[Record]) -> bool {
    answers.iter().any(|record| match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => {
            signature.input().num_labels < record.name.num_labels()
        }
        _ => false,
    })
}

impl Doubt {
    /// Whatever it is, it is not "no": who is between us and a name server could say so.
    fn answer(self, name: &KeyName) -> Answer {
        match self {
            Self::Unsigned => limited!(ERROR,
                key = %name,
                "not signed: with DNSSEC asked for, there are no keys from a zone that is not \
                 signed all the way from a trust anchor"
            ),
            Self::Bogus => limited!(WARN,
                key = %name,
                "DNSSEC proves neither a key nor that there is none: the zone's signatures are \
                 wrong, a name server drops them, or somebody lies"
            ),
            Self::Failed(error) => return failed(name, &error),
        }
        Answer::Failed
    }
}
