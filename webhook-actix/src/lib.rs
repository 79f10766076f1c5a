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
//! [`Receiver::unverified`] is the other kind of receiver: **it proves nothing, and whoever reaches
//! it can make up events**. It is for tests, and for a service that only a gateway that verifies
//! can reach; it logs a warning each time one is made.
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
//! - [`once`], which tells from the handler's answer whether the call was handled;
//! - [`WebhookRejection`], the refusal as an actix-web error: the answer is the same bytes as in
//!   `webhook-axum` and `webhook-warp`;
//! - [`WebhookConfig`], where an answer of your own is made.
//!
//! # When a call counts as handled
//!
//! Copernica may send a call again when our answer got lost, and so may anyone who saw it. Within
//! the window ([five minutes](limits::DEFAULT_MAX_AGE) unless the builder is told otherwise) a copy is
//! as well signed as the first, so a delivery is claimed before the handler runs, and [`once`] says
//! what becomes of the claim:
//!
//! | the handler | the delivery | a copy |
//! |---|---|---|
//! | is at it | in flight | 503 with `Retry-After` |
//! | answers 2xx | handled | 200, and no handler runs |
//! | answers anything else | released | is handled |
//! | panics | released, with a warning | is handled |
//! | loses its sender | stays in flight: it goes on, and its answer settles it | as it settles |
//!
//! - **Why the status?** It is what the sender is told. Were success said in another place, the
//!   two could differ: a sender that was told 500 would send again, and its copy would be taken
//!   for handled and lost.
//! - **Why not when the event is extracted?** A handler that then fails would have lost the event.
//!   An event that may be handled twice is a nuisance; one that is never handled is not noticed.
//! - **Why a wrapper, and not only a method?** A method is called in one branch and forgotten in
//!   another; every handler has an answer. The method is there where success is known earlier, or
//!   is something else: [`Delivery::commit`].
//! - **What if the sender does not wait?** Actix-web drops the handler of a request whose connection is gone, wherever
//!   it is. Under [`once`] the handler of a proven call then goes on in a task of its worker:
//!   [1,024](limits::DEFAULT_MAX_DETACHED) a receiver at a time
//!   ([`ReceiverBuilder::max_detached`]), each for [five minutes](limits::DETACHED_TIME). One more,
//!   one that takes longer, and one that the end of the runtime takes along are dropped: the
//!   delivery is released, and a warning has its id. Forged calls take no place.
//!   A worker's tasks end when its server stops: await [`Receiver::idle`] before that.
//!   A middleware that gives up on a slow handler answers for it, but does not stop it any more: a
//!   time limit belongs into the handler.
//! - **Without either** the delivery is released when the handler drops it, a warning is logged,
//!   and a copy inside the window is handled again.
//!
//! [`once`] is about copies of one signed call. A creation that is told anew is signed anew, and is
//! another delivery: store [`Delivery::idempotency_key`] with what you write. The status counts
//! when the handler gives it; what is streamed after it is not waited for.
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
//! or 401 where its head proved nothing. The time is kept by tokio's timer, which is asked only
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
//! A proxy that rewrites host or path has called another URL than Copernica did. Tell the receiver
//! the one that was signed: [`ReceiverBuilder::public_url`], such as
//! `https://hooks.example.com/copernica`. Forwarded headers are never believed.
//!
//! # Traps
//!
//! - **`Option<Webhook>` runs the handler for forged calls too**, with `None`: ask for
//!   [`Webhook`], or for a `Result` and look at it.
//! - `web::Either` of two webhooks answers with the first one's refusal, whatever the second one's
//!   is, so a copy of a handled call gets a 422: take a [`CreateEvent`] and `match`.
//! - The receiver reads the raw payload, so actix-web's own decompression plays no part. Middleware
//!   that replaces the payload does: what was signed is the bytes as sent.

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
    self, BuildError, CollectionId, CreateEvent, DatabaseId, Delivery, Explanation, Fields,
    FieldsError, FromDelivery, Interests, Limits, Parameters, ProfileCreated, ProfileId, Received,
    Receiver, ReceiverBuilder, Rejection, RejectionKind, SubprofileCreated, SubprofileId, Value,
};
pub use webhook_core::{
    Account, account, clock, delivery, from_text, future, key, limits, map, replay, signature,
};

/// The README's snippet compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
