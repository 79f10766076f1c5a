//! The answer of DNS about a name, read from records or from an error.

use crate::key::{KeyError, KeyName, Keys, PublicKey};
use crate::limits::{MAX_KEYS, RECOMMENDED_KEY_BITS};
use crate::log_limit::limited;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, Record};
use std::time::Duration;

/// The answer of DNS about a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// The name's keys, and their time to live.
    Keys(Keys, Duration),
    /// The name has no key; and the time to live of that, where DNS returned one.
    Negative(Option<Duration>),
    /// DNS failed: nothing is known of the name.
    Failed,
}

impl Answer {
    /// Returns what DNS answered, as a word for a label.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Keys(..) => "keys",
            Self::Negative(_) => "negative",
            Self::Failed => "failed",
        }
    }

    /// Reads the keys from the records that answer a query for `queried`.
    pub(super) fn from_records(name: &KeyName, queried: &Name, records: &[Record]) -> Self {
        let AliasEnd { owner, mut ttl } = follow_aliases(queried, records);
        let texts = records.iter().filter(|record| record.name == *owner).filter_map(|record| {
            if let RData::TXT(text) = &record.data { Some((text, record.ttl)) } else { None }
        });
        let mut keys = Vec::new();
        for (count, (text, text_ttl)) in texts.enumerate() {
            if count == MAX_KEYS {
                limited!(WARN, key = %name, "more than {MAX_KEYS} TXT records: remove old ones");
                break;
            }
            ttl = ttl.min(text_ttl);
            // A record is its strings put together, without anything between (RFC 6376 §3.6.2.2).
            // What is not UTF-8 can only stand in tags that say nothing here.
            let text = text.txt_data.concat();
            match PublicKey::from_record(&String::from_utf8_lossy(&text)) {
                Ok(key) => keys.push(key),
                Err(KeyError::Revoked) => limited!(INFO, key = %name, "key revoked"),
                Err(error) => limited!(INFO, key = %name, %error, "unusable TXT record"),
            }
        }
        let Ok(keys) = Keys::new(keys) else {
            limited!(WARN, key = %name, ttl, "no usable key under this name");
            return Self::Negative(Some(Duration::from_secs(ttl.into())));
        };
        for key in &keys {
            let bits = key.bits();
            limited!(INFO, key = %name, ttl, bits, "key from DNS");
            if bits < RECOMMENDED_KEY_BITS {
                limited!(WARN,
                    key = %name, bits,
                    "weak key: at least {RECOMMENDED_KEY_BITS} bits are recommended"
                );
            }
        }
        Self::Keys(keys, Duration::from_secs(ttl.into()))
    }

    /// Reads a negative answer from the error that hickory makes of one, and any other error as a
    /// failure.
    pub(super) fn from_error(name: &KeyName, error: &NetError) -> Self {
        if let NetError::Dns(DnsError::NoRecordsFound(response)) = error {
            let is_negative = match response.response_code {
                ResponseCode::NXDomain => true,
                // RFC 2308 §2.2: no SOA but name servers is a referral, from a server that should
                // have followed it.
                ResponseCode::NoError => response.soa.is_some() || response.ns.is_none(),
                _ => false,
            };
            if is_negative {
                limited!(INFO, key = %name, code = %response.response_code, "DNS has no such key");
                let ttl = response.negative_ttl.map(|ttl| Duration::from_secs(ttl.into()));
                return Self::Negative(ttl);
            }
        }
        Self::failed(name, error)
    }

    pub(super) fn failed(name: &KeyName, error: &NetError) -> Self {
        limited!(WARN, key = %name, %error, "DNS lookup failed");
        Self::Failed
    }
}

/// Returns whether there are TXT records at the end of the aliases of a name.
#[cfg(feature = "dnssec")]
pub(super) fn has_texts(queried: &Name, records: &[Record]) -> bool {
    let owner = follow_aliases(queried, records).owner;
    records.iter().any(|record| record.name == *owner && matches!(record.data, RData::TXT(_)))
}

/// The end of a chain of aliases.
pub(super) struct AliasEnd<'a> {
    pub(super) owner: &'a Name,
    /// The shortest time to live in the chain, in seconds.
    ttl: u32,
}

/// Follows the aliases in an answer: only records of the name at their end answer the query,
/// whatever else a server puts in.
pub(super) fn follow_aliases<'a>(queried: &'a Name, records: &'a [Record]) -> AliasEnd<'a> {
    let mut end = AliasEnd { owner: queried, ttl: u32::MAX };
    // At most as many steps as there are records, so that a circle ends.
    for _ in records {
        let alias = records.iter().find_map(|record| match &record.data {
            RData::CNAME(target) if record.name == *end.owner => Some((&target.0, record.ttl)),
            _ => None,
        });
        let Some((target, ttl)) = alias else { break };
        end = AliasEnd { owner: target, ttl: end.ttl.min(ttl) };
    }
    end
}
