//! Copernica webhooks as typed handler arguments in actix-web 4.
//!
//! ```no_run
//! use actix_web::{App, HttpResponse, HttpServer, web};
//! use webhook_actix::{CreateEvent, Receiver, Webhook, once};
//!
//! async fn on_create(Webhook { event, .. }: Webhook<CreateEvent>) -> HttpResponse {
//!     match event {
//!         CreateEvent::Profile(p) => println!("{} {:?}", p.profile, p.fields.get("mail")),
//!         CreateEvent::Subprofile(s) => println!("{} of {}", s.subprofile, s.profile),
//!     }
//!     HttpResponse::NoContent().finish()
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! // Verifies that Copernica signed the call for this account; its keys are in DNS. Outside the
//! // factory below, which runs once a worker: every worker shares this one, and what it remembers.
//! let receiver = Receiver::builder().account(1234).build()?;
//! HttpServer::new(move || {
//!     App::new().app_data(receiver.clone()).route("/copernica", web::to(once(on_create)))
//! })
//! .bind(("127.0.0.1", 3000))?
//! .run()
//! .await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Receiver::unverified`] is the other kind of receiver: **it proves nothing, and any sender
//! that reaches it can forge events**. It is for tests, and for a service that only a gateway
//! that verifies can reach; making one logs a warning.
//!
//! ```
//! let receiver = webhook_actix::Receiver::unverified(); // UNVERIFIED: anyone can forge events
//! # let _ = receiver;
//! ```
//!
//! The receiver decides everything that has a meaning; what is here is the way in and out of
//! actix-web:
//!
//! - [`Webhook`], the extractor, and what it refuses;
//! - [`once`], which settles by the handler's answer whether the call was handled;
//! - [`WebhookRejection`], the refusal as an actix-web error: the answer is the same bytes as in
//!   `webhook-axum` and `webhook-warp`;
//! - [`WebhookConfig`], where an answer of your own is made.
//!
//! # When a call counts as handled
//!
//! When the handler answers 2xx under [`once`], or [`Delivery::commit`] succeeds; the guide's page
//! [`handled`](guide::handled) has the table and the reasons. Particular to actix-web: a handler
//! that lost its sender goes on in a task of its worker, and a worker's tasks end when its server
//! stops: await [`Receiver::idle`] before that.
//!
//! # How large a body may be
//!
//! The body's limit is the receiver's, and one line raises it; actix-web's own
//! (`PayloadConfig`, `FormConfig`) are for its own extractors and play no part:
//!
//! ```
//! use webhook_actix::{Limits, Receiver};
//!
//! let receiver = Receiver::builder().limits(Limits::default().body(16 << 20)).unverified();
//! # let _ = receiver;
//! ```
//!
//! A body that is too large is refused before it is read to its end. A sender that reads only when
//! it has written everything still gets the answer: actix-web goes on reading for as long as
//! `HttpServer::client_disconnect_timeout` says (a second by default; do not set it to zero).
//!
//! With `web::to`, methods other than POST are refused here, by a 405 that names POST; a route of
//! `web::post()` leaves them to actix-web, which answers 404.
//!
//! # How long a body may take
//!
//! 30 s from its head on, unless [`Limits::body_time`] says otherwise. Then the call is refused: 408,
//! or 401 where its head proved nothing. The time is kept by tokio's timer, which is used only
//! where a body keeps the receiver waiting. actix-web's
//! runtime has it.
//!
//! # Which URL was called
//!
//! [`Delivery::target`] is the path and query of the request line, whatever scopes the handler
//! is in. The middleware `NormalizePath` **rewrites** the request before any handler sees it (a
//! trailing or doubled slash is gone for good), so a proof made over the original URL fails
//! there: do not wrap it around this route, or register the URL in its normal form.
//!
//! [`Delivery::host`] is the Host header or the request's authority, never what `Forwarded` and
//! `X-Forwarded-Host` claim.
//!
//! A proxy that rewrites host or path has called another URL than Copernica did. Configure
//! the one that was signed: [`ReceiverBuilder::public_url`], such as
//! `https://hooks.example.com/copernica`. Forwarded headers are never believed.
//!
//! # Traps
//!
//! - **`Option<Webhook>` runs the handler for forged calls too**, with `None`: take
//!   [`Webhook`], or a `Result` and look at it.
//! - `web::Either` of two webhooks answers with the first one's refusal, whatever the second one's
//!   is, so a copy of a handled call gets a 422: take a [`CreateEvent`] and `match`.
//! - The receiver reads the raw payload, so actix-web's own decompression plays no part. Middleware
//!   that replaces the payload does: what was signed is the bytes as sent.
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
mod config;
mod once;
mod rejection;
mod webhook;

pub use config::WebhookConfig;
pub use once::{Once, OnceArgs, once};
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
