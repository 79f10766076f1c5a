//! The keys of one name.

use super::{KeyError, PublicKey};
use crate::crypto::{Hashed, sha256};
use crate::limits::MAX_KEYS;
use std::fmt;
use std::sync::Arc;

/// The keys that are published under one name, one to four. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys(Arc<[PublicKey]>);

impl Keys {
    /// Returns the keys of one name.
    ///
    /// # Errors
    /// There are no keys, or more than four.
    pub fn new(keys: impl IntoIterator<Item = PublicKey>) -> Result<Self, KeyError> {
        let keys: Arc<[PublicKey]> = keys.into_iter().take(MAX_KEYS + 1).collect();
        match keys.len() {
            0 => Err(KeyError::NoKeys),
            1..=MAX_KEYS => Ok(Self(keys)),
            _ => Err(KeyError::TooManyKeys),
        }
    }

    /// Returns the key that made this signature of the message.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Option<&PublicKey> {
        self.verify_hashed(&Hashed { message: message.into(), hash: sha256(message) }, signature)
    }

    /// Returns the key that made this signature of a message that is hashed already.
    pub(crate) fn verify_hashed(
        &self,
        signed: &Hashed<'_>,
        signature: &[u8],
    ) -> Option<&PublicKey> {
        self.iter().find(|key| key.verify_hashed(signed, signature))
    }

    /// Returns the keys, in the order in which they were published.
    pub fn iter(&self) -> std::slice::Iter<'_, PublicKey> {
        self.0.iter()
    }
}

impl From<PublicKey> for Keys {
    fn from(key: PublicKey) -> Self {
        Self(Arc::new([key]))
    }
}

impl<'a> IntoIterator for &'a Keys {
    type Item = &'a PublicKey;
    type IntoIter = std::slice::Iter<'a, PublicKey>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}
