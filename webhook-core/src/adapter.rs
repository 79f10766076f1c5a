//! The interface for integrators: what an adapter for another framework is made of.
//!
//! Handlers need nothing of it. The adapters for axum, actix-web and warp are made of this and of
//! the crate's root, and an adapter of your own is as they are:
//!
//! 1. it lends the [`Head`] of the request, as it arrived, to [`Receiver::begin`];
//! 2. it reads the body by [`Call::read`], which says when it is too large or too late;
//! 3. it [finishes](Call::finish) the call: an event and its delivery, or a
//!    [`Rejection`] whose [response](crate::Rejection::to_response) it passes on.
//!
//! `once` is made of a [`Settlement`], which learns the handler's answer, and [`Handling`], which lets
//! a handler outlive its connection.
//!
//! ```
//! use bytes::Bytes;
//! use std::task::{Context, Poll};
//! use std::time::Instant;
//! use webhook_core::adapter::{BodyError, Head};
//! use webhook_core::{CreateEvent, Receiver, Rejection};
//!
//! async fn adapter(receiver: &Receiver, request: http::Request<Vec<Result<Bytes, String>>>)
//!     -> Result<CreateEvent, Rejection>
//! {
//!     let (parts, body) = request.into_parts();
//!     let mut call = receiver.begin(&Head::of(&parts))?;
//!     let mut chunks = body.into_iter();
//!     // What comes next, as a stream is polled; and the runtime's timer, where the body is slow.
//!     let next =
//!         |_: &mut Context<'_>| Poll::Ready(chunks.next().map(|it| it.map_err(BodyError::broken)));
//!     call.read(next, |deadline: Instant| async move { /* sleep until then */ }).await?;
//!     Ok(call.finish().await?.event)
//! }
//! # let _ = adapter;
//! ```
//!
//! [`Receiver::begin`]: crate::Receiver::begin

pub use crate::receiver::{BodyError, Call};
pub use crate::rejection::PROBLEM_JSON;
#[doc(inline)]
pub use crate::replay::{Detached, Handling, Settlement, WeakSettlement};
pub use crate::request::{Head, Headers};

use crate::receiver::Rejection;

/// Refuses a call because there is no receiver in the application: `misconfigured`, 500.
///
/// `remedy` says where to put one. It is logged as an error: only the operator can do something about
/// it.
#[must_use]
pub fn misconfigured(remedy: &'static str) -> Rejection {
    Rejection::misconfigured(remedy)
}
