//! Public keys and where they come from.
//!
//! A call names the key that it is signed with ([`KeyName`]); a [`KeySource`] returns the
//! [`Keys`] under that name: [`StaticKeys`] that are configured, DNS where they are published, or a
//! [`Chain`] of both.

mod chain;
#[cfg(feature = "dns")]
mod dns;
mod error;
mod keys;
mod lookup_error;
mod name;
mod name_error;
mod proven_names;
mod public_key;
mod record;
mod source;
mod static_keys;

pub use crate::sender::COPERNICA_ZONE;
pub use chain::Chain;
#[cfg(feature = "dns")]
pub use dns::{DnsKeys, DnsKeysBuilder, DnsSetupError};
pub use error::KeyError;
pub use keys::Keys;
pub use lookup_error::LookupError;
pub use name::KeyName;
pub use name_error::NameError;
pub use public_key::PublicKey;
pub use source::KeySource;
pub use static_keys::StaticKeys;

#[cfg(feature = "dns")]
pub(crate) use name_error::check_selector;
pub(crate) use name_error::{check_name, check_zone};
pub(crate) use proven_names::ProvenNames;
