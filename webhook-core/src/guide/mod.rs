//! The guide: what an operator needs to know, one page a subject.
//!
//! - [`production`]: accounts, proxies, the clock, DNS, several machines, and what a 401 in the log
//!   means.
//! - [`handled`]: when a call counts as handled, and what becomes of its copies.
//! - [`refusals`]: every refusal with its code and status, and what to change.

/// Running a receiver in production.
#[cfg_attr(
    any(not(doctest), all(feature = "dns", feature = "redis")),
    doc = concat!("\n", include_str!("production.md"))
)]
pub mod production {}

/// When a call counts as handled.
#[doc = concat!("\n", include_str!("handled.md"))]
pub mod handled {}

/// Every refusal, once.
#[doc = concat!("\n", include_str!("refusals.md"))]
pub mod refusals {}
