//! The guide: what an operator needs to know, one page a subject.
//!
//! - [`production`]: accounts, proxies, the clock, DNS, several machines, and what a 401 in the log
//!   means.
//! - [`set_up`]: the domain, the account's number and the webhooks at Copernica, its test button and its
//!   log of failed calls.
//! - [`proxies`]: a snippet for each proxy, and what it changes about a call.
//! - [`servers`]: what axum, actix-web and warp answer before the receiver runs.
//! - [`handled`]: when a call counts as handled, and what becomes of its copies.
//! - [`your_own`]: your own fields, state and tests, and what the compiler says when something does not
//!   fit.
//! - [`refusals`]: every refusal with its code and status, and what to change.
//! - [`openapi`]: JSON Schema of the events, and an `OpenAPI` document with them.
//! - [`watching`](mod@watching): metrics, and the span that the lines of a handler are in.
//! - [`lambda`](mod@lambda): AWS Lambda and API Gateway: which URL is proven, and what an instance keeps.

/// Running a receiver in production.
#[cfg_attr(
    any(not(doctest), all(feature = "dns", feature = "redis")),
    doc = concat!("\n", include_str!("production.md"))
)]
///
/// See also [`handled`] and [`refusals`], [`ReceiverBuilder`](crate::ReceiverBuilder) and
/// [`Receiver::explain`](crate::Receiver::explain).
pub mod production {}

/// When a call counts as handled.
#[doc = concat!("\n", include_str!("handled.md"))]
///
/// See also [`refusals`], [`Delivery::commit`](crate::Delivery::commit),
/// [`Delivery::idempotency_key`](crate::Delivery::idempotency_key),
/// [`ReceiverBuilder::max_detached`](crate::ReceiverBuilder::max_detached) and
/// [`Receiver::idle`](crate::Receiver::idle).
pub mod handled {}

/// Every refusal, once.
#[doc = concat!("\n", include_str!("refusals.md"))]
///
/// See also [`handled`], [`production`](mod@production#a-401-in-the-log),
/// [`RejectionKind`](crate::RejectionKind) and [`Rejection::delivery`](crate::Rejection::delivery).
pub mod refusals {}

/// Setting up webhooks at Copernica.
#[doc = concat!("\n", include_str!("set_up.md"))]
///
/// See also [`production`](mod@production#triggers) and [`ReceiverBuilder`](crate::ReceiverBuilder).
pub mod set_up {}

/// Proxies in front of a receiver.
#[doc = concat!("\n", include_str!("proxies.md"))]
///
/// See also [`production`](mod@production#host-and-proxies), [`servers`] and
/// [`ReceiverBuilder::public_url`](crate::ReceiverBuilder::public_url).
pub mod proxies {}

/// Where the three frameworks differ below the adapter.
#[doc = concat!("\n", include_str!("servers.md"))]
///
/// See also [`refusals`] and [`proxies`].
pub mod servers {}

/// Metrics and spans: watching a receiver.
#[cfg_attr(not(doctest), doc = concat!("\n", include_str!("watching.md")))]
///
/// See also [`production`](mod@production) and [`refusals`].
pub mod watching {}

/// AWS Lambda and API Gateway.
#[doc = concat!("\n", include_str!("lambda.md"))]
///
/// See also [`production`], [`ReceiverBuilder::public_url`](crate::ReceiverBuilder::public_url),
/// [`ReplayStore`](crate::replay::ReplayStore) and
/// [`Delivery::idempotency_key`](crate::Delivery::idempotency_key).
pub mod lambda {}

/// Your own fields, your own application.
// Its snippets need axum: `tests/conformance` compiles and runs them.
#[cfg_attr(not(doctest), doc = concat!("\n", include_str!("your_own.md")))]
///
/// See also [`refusals`], [`handled`], [`Map::parse`](crate::map::Map::parse) and
/// [`Rejection::delivery`](crate::Rejection::delivery).
pub mod your_own {}

/// JSON Schema and `OpenAPI`.
#[cfg_attr(any(not(doctest), feature = "schema"), doc = concat!("\n", include_str!("openapi.md")))]
///
/// See also [`CreateEvent`](crate::CreateEvent) and [`Event`](crate::Event).
pub mod openapi {}
