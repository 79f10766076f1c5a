//! Queries whose answers count only when DNSSEC proves them (RFC 4035).

use super::answer::{Answer, follow_aliases, has_texts};
use crate::key::KeyName;
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

/// Aliases that are followed to a key; the answer about each is validated by itself.
const MAX_ALIASES: usize = 8;

/// A client that queries name servers for key records and for what proves them.
///
/// Not hickory's `Resolver` with its option to validate: that passes on what is provably not
/// signed, drops the proof of a negative answer with its time to live, and combines answers in a
/// way that leaves out signatures.
pub(super) struct DnssecResolver {
    dns: DnssecDnsHandle<RetryDnsHandle<NameServerPool<TokioRuntimeProvider>>>,
    options: DnsRequestOptions,
}

/// The reason for which nothing is proven (RFC 4035 §4.3).
enum Unproven {
    /// The zone is provably not signed.
    Insecure,
    /// A signature is missing or wrong.
    Bogus,
    /// There is no answer.
    Failed(NetError),
}

/// What one answer proves about a name.
enum Statement {
    /// The answer ends in TXT records.
    Texts(Vec<Record>),
    /// The answer ends in an alias, of this name.
    Alias(Vec<Record>, Name),
    /// The name has no TXT records, with the time to live of that.
    Negative(Duration),
}

impl DnssecResolver {
    pub(super) fn new(
        config: ResolverConfig,
        options: ResolverOpts,
        anchors: TrustAnchors,
    ) -> Result<Self, NetError> {
        let mut request = DnsRequestOptions::default();
        request.recursion_desired = options.recursion_desired;
        request.edns_payload_len = options.edns_payload_len;
        request.case_randomization = options.case_randomization;
        let tries = options.attempts;
        let context = Arc::new(PoolContext::new(options, TlsConfig::new()?));
        let provider = TokioRuntimeProvider::default();
        let pool = NameServerPool::from_config(config.name_servers, context, provider);
        let dns = RetryDnsHandle::new(pool, tries);
        // Hickory would cache what it has validated for the time to live that came with it, which
        // nothing proves, even past the end of the signature; and under a hash of 64 bits without a
        // secret. So it caches nothing: every answer is validated.
        let dns =
            DnssecDnsHandle::with_trust_anchor(dns, Arc::new(anchors)).validation_cache_size(0);
        Ok(Self { dns, options: request })
    }

    /// Queries for the key records of a name, and follows aliases, each proven by itself.
    pub(super) async fn query(&self, name: &KeyName, queried: &Name) -> Answer {
        let (mut owner, mut proven) = (queried.clone(), Vec::new());
        for _ in 0..=MAX_ALIASES {
            match self.query_one(&owner).await {
                Ok(Statement::Texts(records)) => {
                    proven.extend(records);
                    return Answer::from_records(name, queried, &proven);
                }
                Ok(Statement::Alias(records, target)) => {
                    proven.extend(records);
                    owner = target;
                }
                Ok(Statement::Negative(ttl)) => {
                    limited!(INFO, key = %name, "DNS has no such key, proven by DNSSEC");
                    return Answer::Negative(Some(ttl));
                }
                Err(unproven) => return unproven.answer(name),
            }
        }
        limited!(WARN, key = %name, "more than {MAX_ALIASES} aliases: not followed");
        Answer::Failed
    }

    async fn query_one(&self, owner: &Name) -> Result<Statement, Unproven> {
        let query = Query::query(owner.clone(), RecordType::TXT);
        match self.dns.lookup(query, self.options).first_answer().await {
            Ok(response) => read(owner, response),
            // Signed denials of existence that prove nothing about this name. A name server that
            // follows aliases may return an alias and a denial of its target in one answer: the
            // alias is proven all the same, and its target is queried by itself.
            Err(NetError::Dns(DnsError::Nsec { response, proof, .. })) => {
                let unproven =
                    if proof.is_insecure() { Unproven::Insecure } else { Unproven::Bogus };
                positive(owner, response.into_message().answers, false)?.ok_or(unproven)
            }
            Err(error) => Err(Unproven::Failed(error)),
        }
    }
}

/// Reads what an answer proves. Hickory has validated each record, and the denial of existence if
/// there are signed records of one; this decides what follows from that.
fn read(owner: &Name, mut response: DnsResponse) -> Result<Statement, Unproven> {
    let denied = is_denied(&response.authorities);
    let answers = std::mem::take(&mut response.answers);
    let is_empty = answers.is_empty();
    if let Some(statement) = positive(owner, answers, denied)? {
        return Ok(statement);
    }
    match proven_ttl(&response.authorities) {
        // An alias of itself, or records of another name.
        _ if !is_empty => Err(Unproven::Bogus),
        Some(ttl) if denied => Ok(Statement::Negative(ttl)),
        None if denied => Err(Unproven::Bogus),
        // Hickory lets an empty answer without proof pass where nothing is signed, and only there.
        _ => Err(Unproven::Insecure),
    }
}

/// Reads the TXT records or the alias in an answer, or `None` if it has neither.
fn positive(
    owner: &Name,
    answers: Vec<Record>,
    denied: bool,
) -> Result<Option<Statement>, Unproven> {
    let target = follow_aliases(owner, &answers).owner.clone();
    let texts = has_texts(owner, &answers);
    if !texts && target == *owner {
        return Ok(None);
    }
    match DnssecSummary::from_records(answers.iter()) {
        DnssecSummary::Secure => {}
        DnssecSummary::Insecure => return Err(Unproven::Insecure),
        DnssecSummary::Bogus => return Err(Unproven::Bogus),
    }
    // A wildcard's records hold only for names that do not exist (RFC 4035 §5.3.4): without the
    // denial they could be sent in place of a key.
    if is_from_wildcard(&answers) && !denied {
        return Err(Unproven::Bogus);
    }
    Ok(Some(if texts { Statement::Texts(answers) } else { Statement::Alias(answers, target) }))
}

/// Returns whether an answer has signed denials of existence. Hickory refuses an answer whose
/// denials do not prove what they should.
fn is_denied(authorities: &[Record]) -> bool {
    authorities.iter().any(|record| {
        record.proof.is_secure()
            && matches!(record.record_type(), RecordType::NSEC | RecordType::NSEC3)
    })
}

/// Returns the time to live of a negative answer (RFC 2308 §5), by the signed SOA record in it.
fn proven_ttl(authorities: &[Record]) -> Option<Duration> {
    authorities.iter().filter(|record| record.proof.is_secure()).find_map(|record| {
        let RData::SOA(soa) = &record.data else { return None };
        Some(Duration::from_secs(soa.minimum.min(record.ttl).into()))
    })
}

/// Returns whether a signature is of a wildcard (RFC 4035 §5.3.4).
fn is_from_wildcard(answers: &[Record]) -> bool {
    answers.iter().any(|record| match &record.data {
        RData::DNSSEC(DNSSECRData::RRSIG(signature)) => {
            signature.input().num_labels < record.name.num_labels()
        }
        _ => false,
    })
}

impl Unproven {
    /// Reports a failure, never a negative answer: an on-path attacker could forge one.
    fn answer(self, name: &KeyName) -> Answer {
        match self {
            Self::Insecure => limited!(ERROR,
                key = %name,
                "zone not signed: with DNSSEC required there are no keys from a zone that is not \
                 signed all the way from a trust anchor"
            ),
            Self::Bogus => limited!(WARN,
                key = %name,
                "DNSSEC validation failed: the zone's signatures are wrong, a name server drops \
                 them, or the answer is forged"
            ),
            Self::Failed(error) => return Answer::failed(name, &error),
        }
        Answer::Failed
    }
}
