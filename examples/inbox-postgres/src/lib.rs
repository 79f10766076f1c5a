//! Copernica's events, kept in PostgreSQL before they are acknowledged; each has its effect once.
//!
//! `receive` stores, `work` acts; `inbox` is the one table between them, and `effect` is yours.

pub mod clock;
pub mod database;
pub mod effect;
pub mod inbox;
pub mod receive;
mod rehearsal;
pub mod schema;
mod serve;
pub mod setup;
pub mod status;
pub mod stop;
pub mod text;
pub mod work;

/// Failures that end the program, or an effect.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
