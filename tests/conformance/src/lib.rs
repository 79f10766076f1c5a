//! One suite of cases for core and the three adapters.
//!
//! [`cases`] are data: a call, and the event or the refusal that it must come to. A
//! [`Runner`](runner::Runner) is one implementation (core by itself, axum, actix-web, warp), in
//! process or over a real socket. What runs a case returns an [`Answer`]; for the same case all
//! answers are the same bytes.

// Nothing here meets the network of others: where it can't go on, a test fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate
)]

mod answer;
mod case;
pub mod cases;
pub mod counted;
mod doubles;
mod for_event;
pub mod h2;
pub mod panics;
pub mod proxy;
mod readme;
pub mod runner;
mod setup;
pub mod sign;
pub mod wire;

pub use answer::Answer;
pub use case::{Case, Expect, FORM, JSON};
pub use for_event::Alone;
pub use setup::{PUBLIC_URL, Setup};
