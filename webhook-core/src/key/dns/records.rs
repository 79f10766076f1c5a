//! From an answer's records to keys.

use super::cache::Answer;
use crate::key::{KeyError, KeyName, Keys, PublicKey};
use crate::limits::{MAX_KEYS, RECOMMENDED_KEY_BITS};
use crate::log_limit::limited;
use hickory_resolver::proto::rr::{Name, RData, Record};
use std::time::Duration;

/// The keys in an answer to a question for this name.
pub(super) fn keys_of(name: &KeyName, asked: &Name, answers: &[Record]) -> Answer {
    let Chain { owner, mut ttl } = follow(asked, answers);
    let texts = answers.iter().filter(|record| record.name == *owner).filter_map(|record| {
        if let RData::TXT(text) = &record.data { Some((text, record.ttl)) } else { None }
    });
    let (mut keys, mut seen) = (Vec::new(), 0);
    for (text, its_ttl) in texts {
        seen += 1;
        if seen > MAX_KEYS {
            limited!(WARN, key = %name, "more TXT records than are tried: remove old ones");
            break;
        }
        ttl = ttl.min(its_ttl);
        // A record is its strings put together, without anything between (RFC 6376 §3.6.2.2).
        // What is not UTF-8 can only stand in tags that say nothing here.
        let text = text.txt_data.concat();
        match PublicKey::from_record(&String::from_utf8_lossy(&text)) {
            Ok(key) => keys.push(key),
            Err(KeyError::Revoked) => limited!(INFO, key = %name, "key revoked"),
            Err(error) => limited!(INFO, key = %name, %error, "TXT record is no usable key"),
        }
    }
    let ttl_seconds = ttl;
    let ttl = Duration::from_secs(ttl.into());
    let Ok(keys) = Keys::new(keys) else {
        limited!(WARN, key = %name, ttl = ttl_seconds, "no usable key under this name");
        return Answer::Absent(Some(ttl));
    };
    for key in &keys {
        let bits = key.bits();
        limited!(INFO, key = %name, ttl = ttl_seconds, bits, "key from DNS");
        if bits < RECOMMENDED_KEY_BITS {
            limited!(WARN, key = %name, bits, "weak key: {RECOMMENDED_KEY_BITS} bits are sound");
        }
    }
    Answer::Keys(keys, ttl)
}

/// Whether there are TXT records where the aliases of this name lead.
#[cfg(feature = "dnssec")]
pub(super) fn has_texts(asked: &Name, answers: &[Record]) -> bool {
    let owner = follow(asked, answers).owner;
    answers.iter().any(|record| record.name == *owner && matches!(record.data, RData::TXT(_)))
}

/// Where aliases lead.
pub(super) struct Chain<'a> {
    pub(super) owner: &'a Name,
    /// The shortest time to live on the way, in seconds.
    ttl: u32,
}

/// Follows the aliases in an answer: only records of the name at their end answer the question,
/// whatever else a server puts in.
pub(super) fn follow<'a>(asked: &'a Name, answers: &'a [Record]) -> Chain<'a> {
    let mut chain = Chain { owner: asked, ttl: u32::MAX };
    // Each alias at most once: a circle ends.
    for _ in answers {
        let alias = answers.iter().find_map(|record| match &record.data {
            RData::CNAME(target) if record.name == *chain.owner => Some((&target.0, record.ttl)),
            _ => None,
        });
        let Some((target, ttl)) = alias else { break };
        chain = Chain { owner: target, ttl: chain.ttl.min(ttl) };
    }
    chain
}
