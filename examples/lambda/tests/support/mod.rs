//! The built program, and Lambda around it.

mod event;
mod runtime;

pub use event::{Event, Shape};
pub use runtime::Function;

use bytes::Bytes;
use http::Request;
use webhook_axum::testing::{Signer, fixtures};

/// A key for development, which no account has.
const PRIVATE_PEM: &str = include_str!("private.pem");
/// A call that the function's handler takes.
pub const CREATE: &str = fixtures::CREATE_PROFILE.form;

/// Returns a call of this URL with this body, signed now.
pub fn sign(url: &str, body: &'static str) -> Request<Bytes> {
    Signer::from_pem(PRIVATE_PEM).unwrap().sign(url, body).unwrap()
}
