//! How a call proves its origin: the `Signature` header, what it covers, and what it says.
//!
//! Copernica signs its calls after draft-cavage-http-signatures (10 to 12): RSA with SHA-256, over
//! a string of lines that the `headers` parameter names. What a proof must be made of, in the
//! order in which it is looked at, cheapest first and all of it before the body is read:
//!
//! 1. one `Signature`, `Date`, `Digest` and `X-Copernica-ID`, one host, at most one `X-Nonce`;
//! 2. a `Signature` that can be read, with an algorithm that is absent, `rsa-sha256` or `hs2019`
//!    (the primitive is the same whatever it says);
//! 3. coverage of `(request-target) host date digest x-copernica-id`, and of `x-nonce` when there
//!    is one; `(created)` and `(expires)`, when covered, bound the time;
//! 4. a key name under a zone that is trusted, an account that is configured, a recent date, and
//!    the right host;
//! 5. a `Digest` with SHA-256 or SHA-512.
//!
//! The body's digest and the signature follow when the body and the key are there.

mod account;
mod base64;
mod coverage;
mod date;
mod digest;
mod fault;
#[cfg(fuzzing)]
pub mod fuzzing;
mod gather;
mod header;
mod host;
mod policy;
mod public_url;
mod signed;
mod string;
#[cfg(test)]
mod tests;

pub use account::{Account, AccountKind, ParseAccountError};
pub use fault::Check;
pub use public_url::{ParsePublicUrlError, PublicUrl};

pub(crate) use fault::{Fault, FaultKind};
pub(crate) use policy::Policy;
pub(crate) use signed::{Signed, examine};
