//! Where a chain of signatures starts.

use hickory_resolver::proto::dnssec::rdata::DNSKEY;
use hickory_resolver::proto::dnssec::{TrustAnchors, Verifier};
use hickory_resolver::proto::rr::LowerName;
use hickory_resolver::proto::serialize::txt::trust_anchor::{Entry, Parser};
use std::error::Error;

/// The keys that are trusted without a signature.
#[derive(Debug, Clone)]
pub(super) enum Anchors {
    /// Those of the root zone, as hickory has them built in.
    Root,
    /// These DNSKEY records, as lines of a zone file.
    Records(String),
}

impl Anchors {
    /// # Errors
    /// The text is not DNSKEY records, there is none, or one is no key to trust.
    pub(super) fn read(&self) -> Result<TrustAnchors, Box<dyn Error + Send + Sync>> {
        let records = match self {
            Self::Root => return Ok(TrustAnchors::default()),
            Self::Records(text) => Parser::new(text.as_str()).parse()?,
        };
        if records.is_empty() {
            return Err("there is no DNSKEY record".into());
        }
        let mut anchors = TrustAnchors::empty();
        for entry in records {
            let Entry::DNSKEY(record) = entry else {
                return Err("a record is no DNSKEY".into());
            };
            let key = usable(record.data())?;
            // With or without the final dot: there is nothing else that it could be relative to.
            let mut name = record.name().clone();
            name.set_fqdn(true);
            anchors.insert_with_name(key.public_key(), LowerName::from(name));
        }
        Ok(anchors)
    }
}

/// Says at the start what would be trusted in vain: nothing is ever signed by it, as far as we
/// can tell.
fn usable(key: &DNSKEY) -> Result<&DNSKEY, Box<dyn Error + Send + Sync>> {
    if !key.zone_key() {
        return Err("a DNSKEY is no key of a zone: its flags are neither 256 nor 257".into());
    }
    if key.revoke() {
        return Err("a DNSKEY is revoked".into());
    }
    if !key.algorithm().is_supported() {
        return Err("a DNSKEY is of an algorithm that is not supported".into());
    }
    key.key()?;
    Ok(key)
}
