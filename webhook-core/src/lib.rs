//! Copernica webhooks as typed events: decoding, limits and refusals, without a framework.
//!
//! Copernica calls its customers' servers when a profile or subprofile is created, changed or deleted,
//! and when a mail is opened, clicked, delivered or bounces: a POST with a PHP-style form body
//! (`fields[name]=…`). This crate turns such a call into an [`Event`], a [`CreateEvent`] or another one
//! of the triggers' types; `webhook-axum`, `webhook-actix` and `webhook-warp` hand it to a handler of theirs, and
//! [`Receiver::receive`] does without a framework.
//!
//! A receiver verifies: [`Receiver::builder`] makes one that takes an event only when Copernica
//! signed exactly this call, for your account, a moment ago, and once.
//!
//! ```no_run
//! use webhook_core::Receiver;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # #[cfg(feature = "dns")]
//! let receiver = Receiver::builder().account(1234).build()?;
//! # Ok(())
//! # }
//! ```
//!
//! What a body says is a matter of its own:
//!
//! ```
//! use webhook_core::{CreateEvent, Receiver};
//!
//! let body = b"type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23\
//!     &fields%5Bname%5D=Johny&interests%5B%5D=blue";
//! let event = Receiver::unverified().decode::<CreateEvent>(body)?;
//!
//! let CreateEvent::Profile(profile) = event else { unreachable!() };
//! assert_eq!(profile.fields.get("name"), Some("Johny"));
//! assert!(profile.interests.is_active("blue"));
//! # Ok::<(), webhook_core::Rejection>(())
//! ```
//!
//! What a handler needs is at the root. [`signature`], [`key`] and [`replay`] are what a proof is made
//! of, [`map`] is what fields are, [`id`] has the types of ids, [`limits`] has every bound, [`guide`] is the manual, and
//! [`adapter`] is for those who bring events to another framework.
//!
//! # Feature flags
//!
//! | feature | what it adds |
//! |---|---|
//! | `aws-lc-rs` (default) | signatures verified by aws-lc-rs; one of the two libraries is needed |
//! | `ring` | signatures verified by ring, where `aws-lc-rs` is off |
//! | `dns` (default) | keys from DNS, where Copernica publishes them |
//! | `dnssec` | keys from DNS that DNSSEC proves, where `DnsKeysBuilder::dnssec` is called |
//! | `redis` | `replay::RedisStore`, a memory of handled calls that several machines share |
//! | `schema` | `schemars::JsonSchema` of every event, see [`guide::openapi`] |
//! | `metrics` | numbers for a recorder of the `metrics` facade: see [`guide::watching`] |
//! | `testing` | the module `testing`, which writes bodies as a PHP sender does and signs calls |

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod account;
pub mod adapter;
mod base64;
pub mod clock;
mod crypto;
mod datetime;
pub mod decode;
pub mod delivery;
mod event;
pub mod future;
pub mod guide;
pub mod id;
mod interests;
pub mod key;
pub mod limits;
mod log_limit;
pub mod map;
mod metrics;
mod receiver;
mod rejection;
pub mod replay;
mod request;
mod sender;
pub mod signature;
mod tags;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod tree;

pub use account::{Account, Accounts};
pub use delivery::Delivery;
pub use event::{
    Abuse, Bounce, Click, CreateEvent, DeleteEvent, Delivered, Event, Failure, FromDelivery, Open,
    OtherEvent, ProfileCreated, ProfileDeleted, ProfileUpdated, SubprofileCreated,
    SubprofileDeleted, SubprofileUpdated, Unsubscribe, UpdateEvent,
};
pub use interests::{Interest, Interests};
pub use limits::Limits;
pub use map::{Fields, FieldsError, Parameters, Value, from_text};
pub use receiver::{BuildError, Explanation, Raw, Received, Receiver, ReceiverBuilder, Rejection};
pub use rejection::RejectionKind;
pub use tags::Tags;
pub use text::{ByteText, Text};

/// The README's snippet compiles.
#[cfg(all(doctest, feature = "dns"))]
#[doc = include_str!("../README.md")]
struct Readme;
