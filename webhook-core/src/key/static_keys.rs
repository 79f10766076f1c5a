//! Keys that are configured, not looked up.

use super::{KeyError, KeyName, KeySource, Keys, LookupError, PublicKey};
use crate::future::BoxFuture;
use crate::limits::RECOMMENDED_KEY_BITS;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// Keys that are known from the start and never change: for tests, for a signer of your own, or
/// in front of DNS ([`KeySource::or`]).
///
/// Copernica changes its keys every month and removes old ones: use DNS for those. A key that is
/// shorter than [`RECOMMENDED_KEY_BITS`] is accepted with a warning in the log.
///
/// ```
/// use webhook_core::key::{KeyName, StaticKeys};
///
/// let record = "k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C36rPJj\
///     +CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJ\
///     eDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJwoYi+1hqp1fIekaxsyQIDAQAB";
/// let name = KeyName::under(&["example.com"], "test._domainkey.example.com").unwrap();
/// let keys = StaticKeys::new().record(name, record)?;
/// # let _ = keys;
/// # Ok::<(), webhook_core::key::KeyError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct StaticKeys(BTreeMap<KeyName, Keys>);

impl StaticKeys {
    /// Returns a source without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key; a name may have up to four.
    ///
    /// # Errors
    /// The name has four already.
    pub fn with(mut self, name: KeyName, key: PublicKey) -> Result<Self, KeyError> {
        let bits = key.bits();
        if bits < RECOMMENDED_KEY_BITS {
            tracing::warn!(
                key = %name, bits,
                "weak key: at least {RECOMMENDED_KEY_BITS} bits are recommended"
            );
        }
        let keys = match self.0.get(&name) {
            None => Keys::from(key),
            Some(known) => Keys::new(known.iter().cloned().chain([key]))?,
        };
        self.0.insert(name, keys);
        Ok(self)
    }

    /// Adds a key in PEM.
    ///
    /// # Errors
    /// Those of [`PublicKey::from_pem`] and [`with`](Self::with).
    pub fn pem(self, name: KeyName, pem: &str) -> Result<Self, KeyError> {
        self.with(name, PublicKey::from_pem(pem)?)
    }

    /// Adds a key as the text of a key record.
    ///
    /// # Errors
    /// Those of [`PublicKey::from_record`] and [`with`](Self::with).
    pub fn record(self, name: KeyName, text: &str) -> Result<Self, KeyError> {
        self.with(name, PublicKey::from_record(text)?)
    }
}

impl KeySource for StaticKeys {
    fn cached(&self, name: &KeyName, _now: DateTime<Utc>) -> Option<Keys> {
        self.0.get(name).cloned()
    }

    fn find<'a>(
        &'a self,
        name: &'a KeyName,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>> {
        Box::pin(std::future::ready(self.cached(name, now).ok_or(LookupError::NotFound)))
    }
}
