//! What several files of this folder share. Each is a program of its own that uses a part.
#![allow(dead_code, reason = "each program uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop where it stands"
)]

#[cfg(feature = "dnssec")]
pub(crate) mod forgeries;
#[cfg(feature = "dns")]
pub(crate) mod keys;
pub(crate) mod log;
#[cfg(feature = "dns")]
pub(crate) mod name_server;
#[cfg(feature = "dnssec")]
pub(crate) mod signed_server;
#[cfg(feature = "dnssec")]
pub(crate) mod zone;
