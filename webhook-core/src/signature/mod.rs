//! How a call proves its origin: the `Signature` header, what it covers, and what it says.
//!
//! Copernica signs its calls after draft-cavage-http-signatures (10 to 12): RSA with SHA-256, over
//! a string of lines that the `headers` parameter names. What a proof must be made of, in the
//! order in which it is looked at, all of it before the body is read:
//!
//! 1. one `Signature`, `Date`, `Digest` and `X-Copernica-ID`, one host, at most one `X-Nonce`;
//! 2. a `Signature` that can be read, with an algorithm that is absent, `rsa-sha256` or `hs2019`
//!    (the primitive is the same whatever it says);
//! 3. coverage of `(request-target) host date digest x-copernica-id`, and of `x-nonce` when there
//!    is one;
//! 4. an account and a date that can be read, a `Digest` with SHA-256 or SHA-512, and a value for
//!    each covered name;
//! 5. a key name under a zone that is trusted, an account that is configured, a recent date
//!    (`(created)` and `(expires)`, when covered, bound the time too), and the right host.
//!
//! Syntax comes before settings: a 400 for the one after a 401 for the other would reveal to an
//! attacker which accounts and hosts are configured here.
//!
//! The body's digest and the signature follow when the body and the key are there.

mod coverage;
mod date;
mod digest;
mod examine;
mod freshness;
#[cfg(fuzzing)]
pub mod fuzzing;
mod host;
mod outcomes;
mod parameters;
mod policy;
mod public_url;
mod required;
mod signing_string;
#[cfg(test)]
mod tests;

pub use crate::account::{Account, AccountKind, ParseAccountError};
pub use crate::rejection::Check;
pub use outcomes::{CheckOutcome, CheckVerdict};
pub use public_url::{ParsePublicUrlError, PublicUrl};

pub(crate) use examine::{Signed, examine};
pub(crate) use host::called as called_host;
pub(crate) use outcomes::{CheckOutcomes, Compared};
pub(crate) use policy::Policy;
pub(crate) use required::challenge;
