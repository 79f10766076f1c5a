//! Copernica's calls, kept in PostgreSQL before they are acknowledged; each event has its effect once.
//!
//! `receive` stores a call as it came, `work` decodes it and acts; `inbox` is the one table between
//! them, and `effect` is yours.

pub mod call;
pub mod clock;
pub mod commands;
pub mod database;
mod duplicate;
pub mod effect;
pub mod health;
pub mod inbox;
pub mod keys;
pub mod monitor;
pub mod receive;
mod rehearsal;
pub mod schema;
mod serve;
pub mod setup;
pub mod stop;
pub mod store;
pub mod text;
pub mod work;

/// Failures that end the program, or an effect.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
