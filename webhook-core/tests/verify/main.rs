//! Every threat to a proof, through the public API: what is accepted, what is refused, and how
//! little an answer reveals.
//!
//! Threats to keys from DNS (forged answers, failures, silence, floods of names, stampedes) are in
//! `dns.rs`; what is logged is in `logs.rs`, a program of its own.
#![allow(
    clippy::expect_used,
    clippy::format_collect,
    clippy::match_bool,
    clippy::single_match_else
)]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod accounts;
mod answers;
mod bits;
mod bodies;
mod budget;
mod calls;
mod delivery;
mod explain;
mod keys;
mod meaning;
mod replay;
mod settings;
mod sources;
mod support;
mod threats;
mod vectors;
