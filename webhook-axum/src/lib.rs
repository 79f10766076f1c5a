//! Copernica webhooks as typed handler arguments in axum 0.8.
//!
//! ```no_run
//! use axum::http::StatusCode;
//! use axum::{Router, routing::post};
//! use webhook_axum::{CreateEvent, Receiver, Webhook, once};
//!
//! async fn on_create(Webhook { event, .. }: Webhook<CreateEvent>) -> StatusCode {
//!     match event {
//!         CreateEvent::Profile(p) => println!("{} {:?}", p.profile, p.fields.get("mail")),
//!         CreateEvent::Subprofile(s) => println!("{} of {}", s.subprofile, s.profile),
//!     }
//!     StatusCode::NO_CONTENT
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! // Verifies that Copernica signed the call for this account; its keys are in DNS.
//! let receiver = Receiver::builder().account(1234).build()?;
//! let app = Router::new().route("/copernica", post(once(on_create))).with_state(receiver);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! axum::serve(listener, app).await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Receiver::unverified`] is the other kind of receiver: **it proves nothing, and any sender
//! that reaches it can forge events**. It is for tests, and for a service that only a gateway
//! that verifies can reach; making one logs a warning.
//!
//! ```
//! let receiver = webhook_axum::Receiver::unverified(); // UNVERIFIED: anyone can forge events
//! # let _ = receiver;
//! ```
//!
//! The receiver decides everything that has a meaning; what is here is the way in and out of axum:
//!
//! - [`Webhook`], the extractor, and what it refuses;
//! - [`once`], which settles by the handler's answer whether the call was handled;
//! - [`WebhookRejection`], the refusal as an axum rejection: the answer is the same bytes as in
//!   `webhook-actix` and `webhook-warp`, unless a handler that takes a `Result` makes its own.
//!
//! # When a call counts as handled
//!
//! When the handler answers 2xx under [`once`], or [`Delivery::commit`] succeeds; the guide's page
//! [`handled`](guide::handled) has the table and the reasons. Particular to axum: a handler that
//! lost its sender goes on in a task of tokio, so await [`Receiver::idle`] after serving has ended.
//!
//! # Senders that close early
//!
//! `axum::serve` has no setting to answer a sender that ends its side of the connection after its
//! request (`shutdown(SHUT_WR)`), as HTTP lets it. hyper, underneath, looks for that end before it
//! lets the handler have the last bytes of the body, and drops the call: nothing is proven by then,
//! nothing is logged, and [`once`] does not help. Serve by hyper with `http1::Builder::half_close(true)`
//! where that must not happen.
//!
//! # How large a body may be
//!
//! The limit is the receiver's, and one line raises it:
//!
//! ```
//! use webhook_axum::{Limits, Receiver};
//!
//! let receiver = Receiver::builder().limits(Limits::default().body(16 << 20)).unverified();
//! # let _ = receiver;
//! ```
//!
//! axum's own can only lower it: `DefaultBodyLimit::max`, and layers such as tower-http's
//! `RequestBodyLimitLayer`, which answers 413 itself when it sees a `Content-Length` that is too
//! large. `DefaultBodyLimit::disable` leaves the receiver's. axum's default, 2,097,152 bytes, is
//! no limit here, so a larger one of the receiver needs no other line; that very number set by
//! hand can't be distinguished from it.
//!
//! A body that is too large is refused before it is read to its end, and the connection closes. A
//! sender that reads only when it has written everything may then see a broken connection instead
//! of the 413.
//!
//! # How long a body may take
//!
//! 30 s from its head on, unless [`Limits::body_time`] says otherwise. Then the call is refused: 408,
//! or 401 where its head proved nothing. The time is kept by tokio's timer, which is used only
//! where a body keeps the receiver waiting. A runtime
//! that you build yourself must have it enabled (`enable_all`, as `#[tokio::main]` does).
//!
//! # Which URL was called
//!
//! [`Delivery::target`] is the path and query of the request line, however deep the router is
//! nested:
//!
//! ```
//! use axum::{Router, routing::post};
//! use webhook_axum::{Receiver, Webhook};
//!
//! async fn on_create(webhook: Webhook) {
//!     assert_eq!(webhook.delivery.target(), "/hooks/copernica");
//! }
//!
//! let hooks = Router::new().route("/copernica", post(on_create));
//! let app: Router = Router::new().nest("/hooks", hooks).with_state(Receiver::unverified());
//! ```
//!
//! Middleware **around** the outermost router that rewrites the request's URI, such as tower-http's
//! `NormalizePath`, hides what was called from everything after it, and a proof made over the
//! original URL fails: do not wrap it around this route.
//!
//! A proxy that rewrites host or path has called another URL than Copernica did. Configure
//! the one that was signed: [`ReceiverBuilder::public_url`], such as
//! `https://hooks.example.com/copernica`. Forwarded headers are never believed.
//!
//! # Layers that change the body
//!
//! A call with a content coding is refused (415): what was signed is the bytes as sent. A layer
//! that decompresses requests, such as tower-http's `RequestDecompressionLayer`, takes the
//! `Content-Encoding` away with the coding, so that is not refused; the digest of what it leaves is
//! not the one that was signed, and the proof fails (401). Unverified, [`Delivery::body`] is just
//! no longer what was sent. Do not put it before this route. A middleware that read the body and did
//! not put it back is found out (400), where the head announced a body.
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

mod body;
mod once;
mod rejection;
mod webhook;

pub use once::{Once, once};
pub use rejection::WebhookRejection;
pub use webhook::Webhook;
#[cfg(feature = "testing")]
pub use webhook_core::testing;
pub use webhook_core::{
    self, Abuse, Bounce, BuildError, ByteText, Click, CreateEvent, DeleteEvent, Delivered,
    Delivery, Event, Explanation, Failure, Fields, FieldsError, FromDelivery, Interest, Interests,
    Limits, Open, OtherEvent, Parameters, ProfileCreated, ProfileDeleted, ProfileUpdated, Raw,
    Received, Receiver, ReceiverBuilder, Rejection, RejectionKind, SubprofileCreated,
    SubprofileDeleted, SubprofileUpdated, Tags, Text, Unsubscribe, UpdateEvent, Value,
};
pub use webhook_core::{
    Account, account, clock, delivery, from_text, future, guide, id, key, limits, map, replay,
    signature,
};

/// The README's snippet compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
