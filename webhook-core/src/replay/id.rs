//! What makes two calls the same delivery.

use aws_lc_rs::digest::{Context, SHA256};
use std::fmt;

/// A hash of its own: what is stored is not the hash that the sender signed.
const DOMAIN: &[u8] = b"copernica:v1:delivery\n";

/// The identity of a delivery: a SHA-256 hash over everything that its signature covers (target,
/// host, date, account, digest of the body, and the nonce when there is one).
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
    /// The identity of the delivery with this signing string.
    pub(crate) fn of(signing_string: &[u8]) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(DOMAIN);
        context.update(signing_string);
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        Self(bytes)
    }

    /// The hash.
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

    #[test]
    fn a_hash_with_a_domain() {
        // printf 'copernica:v1:delivery\n(request-target): post /' | sha256sum
        let id = DeliveryId::of(b"(request-target): post /");
        assert_eq!(
            id.to_string(),
            "6d964bd492df911dc8a8241e5d0f91bd3dcb4c6c229660c26d4a5280978101bc"
        );
        assert_eq!(format!("{id:?}"), id.to_string());
        assert_ne!(id, DeliveryId::of(b"(request-target): post /a"));
    }
}
