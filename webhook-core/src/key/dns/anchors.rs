//! Trust anchors: the keys at which a chain of signatures starts (RFC 4033 §2).

use hickory_resolver::proto::dnssec::rdata::DNSKEY;
use hickory_resolver::proto::dnssec::{TrustAnchors, Verifier};
use hickory_resolver::proto::rr::LowerName;
use hickory_resolver::proto::serialize::txt::trust_anchor::{Entry, Parser};
use std::error::Error;

/// The trust anchors that an operator chose.
#[derive(Debug, Clone)]
pub(super) enum Anchors {
    /// The keys of the root zone that are built into hickory.
    Root,
    /// DNSKEY records, as lines of a zone file.
    Records(String),
}

impl Anchors {
    /// Parses the anchors.
    ///
    /// # Errors
    /// The text has no DNSKEY records, has others, or one of the keys can sign nothing.
    pub(super) fn parse(&self) -> Result<TrustAnchors, Box<dyn Error + Send + Sync>> {
        let records = match self {
            Self::Root => return Ok(TrustAnchors::default()),
            Self::Records(text) => Parser::new(text.as_str()).parse()?,
        };
        if records.is_empty() {
            return Err("there are no DNSKEY records".into());
        }
        let mut anchors = TrustAnchors::empty();
        for entry in records {
            let Entry::DNSKEY(record) = entry else {
                return Err("a record is not a DNSKEY".into());
            };
            let key = usable(record.data())?;
            // With or without the final dot: there is no origin that it could be relative to.
            let mut name = record.name().clone();
            name.set_fqdn(true);
            anchors.insert_with_name(key.public_key(), LowerName::from(name));
        }
        Ok(anchors)
    }
}

/// Returns the key, or why hickory would never accept a signature by it.
fn usable(key: &DNSKEY) -> Result<&DNSKEY, Box<dyn Error + Send + Sync>> {
    if !key.zone_key() {
        return Err("a DNSKEY is not a zone key: its flags are neither 256 nor 257".into());
    }
    if key.revoke() {
        return Err("a DNSKEY is revoked".into());
    }
    if !key.algorithm().is_supported() {
        return Err("the algorithm of a DNSKEY is not supported".into());
    }
    key.key()?;
    Ok(key)
}
