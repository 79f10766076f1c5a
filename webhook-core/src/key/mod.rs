//! Public keys and where they come from.

mod name;

pub use name::{COPERNICA_ZONE, KeyName};
