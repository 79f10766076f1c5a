//! What makes two calls the same delivery.

use crate::crypto::Digest;
use std::fmt;

/// The identity of a delivery: the SHA-256 hash of its signing string, and so of everything that
/// its signature covers (target, host, date, account, digest of the body, and the nonce when there
/// is one).
///
/// Two creations never share one, a byte-for-byte copy of a call does. Nothing can be read back
/// from it, so it may be stored and logged. It changes when the sender signs a call anew; what
/// stays the same then is [`Delivery::idempotency_key`](crate::Delivery::idempotency_key).
///
/// ```
/// use webhook_core::replay::DeliveryId;
///
/// // For tests of a store; real ones come out of a call that was verified.
/// let id = DeliveryId::from([0xab; 32]);
/// assert_eq!(id.to_string(), "ab".repeat(32));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId([u8; 32]);

impl DeliveryId {
    /// Returns the identity of the delivery whose signing string has this hash.
    pub(crate) fn of(hash: &Digest) -> Self {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(hash.as_ref()) {
            *to = *from;
        }
        Self(bytes)
    }

    /// Returns the hash.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// For tests of stores.
impl From<[u8; 32]> for DeliveryId {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// 64 hexadecimal digits in lower case.
impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::sha256;

    #[test]
    fn the_hash_of_the_signing_string() {
        // printf '(request-target): post /' | sha256sum
        let of = |string: &[u8]| DeliveryId::of(&sha256(string));
        let id = of(b"(request-target): post /");
        assert_eq!(
            id.to_string(),
            "b591ab40521bd46a1ea2766708a52b2f8e6346c43a74a98f627f565fc1606108"
        );
        assert_eq!(format!("{id:?}"), id.to_string());
        assert_ne!(id, of(b"(request-target): post /a"));
    }
}
