//! Public keys and where they come from.
//!
//! A call names the key that it is signed with ([`KeyName`]); a [`KeySource`] knows or finds
//! the [`Keys`] under that name: [`StaticKeys`] that are given, DNS where they are published, or
//! a [`Chain`] of both.

mod chain;
#[cfg(feature = "dns")]
mod dns;
mod error;
mod fixed;
mod keys;
mod name;
mod public;
mod record;
mod setting;
mod source;

pub use chain::Chain;
#[cfg(feature = "dns")]
pub use dns::{DnsKeys, DnsKeysBuilder, DnsSetupError};
pub use error::KeyError;
pub use fixed::StaticKeys;
pub use keys::Keys;
pub use name::{COPERNICA_ZONE, KeyName};
pub use public::PublicKey;
pub use setting::NameError;
pub use source::{KeySource, Missing};

#[cfg(feature = "dns")]
pub(crate) use setting::check_selector;
pub(crate) use setting::{check_name, check_zone};
