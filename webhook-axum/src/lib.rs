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
//! [`Receiver::unverified`] is the other kind of receiver: **it proves nothing, and whoever reaches
//! it can make up events**. It is for tests, and for a service that only a gateway that verifies
//! can reach; it logs a warning each time one is made.
//!
//! ```
//! let receiver = webhook_axum::Receiver::unverified(); // UNVERIFIED: anyone can forge events
//! # let _ = receiver;
//! ```
//!
//! The receiver decides everything that has a meaning; what is here is the way in and out of axum:
//!
//! - [`Webhook`], the extractor, and what it refuses;
//! - [`once`], which tells from the handler's answer whether the call was handled;
//! - [`WebhookRejection`], the refusal as an axum rejection: the answer is the same bytes as in
//!   `webhook-actix` and `webhook-warp`, unless a handler that takes a `Result` makes its own.
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
//! - **What if the sender does not wait?** axum drops the handler of a request whose connection is gone, wherever
//!   it is. Under [`once`] the handler of a proven call then goes on in a task of tokio:
//!   [1,024](limits::DEFAULT_MAX_DETACHED) a receiver at a time
//!   ([`ReceiverBuilder::max_detached`]), each for [five minutes](limits::DETACHED_TIME). One more,
//!   one that takes longer, and one that the end of the runtime takes along are dropped: the
//!   delivery is released, and a warning has its id. Forged calls take no place.
//!   When the service stops, await [`Receiver::idle`] after serving has ended.
//!   A layer that gives up on a slow handler answers for it, but does not stop it any more: a time
//!   limit belongs into the handler.
//! - **Without either** the delivery is released when the handler drops it, a warning is logged,
//!   and a copy inside the window is handled again.
//!
//! [`once`] is about copies of one signed call. A creation that is told anew is signed anew, and is
//! another delivery: store [`Delivery::idempotency_key`] with what you write. The status counts
//! when the handler gives it; what is streamed after it is not waited for.
//!
//! # Senders that close early
//!
//! `axum::serve` can't be told to answer a sender that ends its side of the connection after its
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
//! hand can't be told from it.
//!
//! A body that is too large is refused before it is read to its end, and the connection closes. A
//! sender that reads only when it has written everything may then see a broken connection instead
//! of the 413.
//!
//! # How long a body may take
//!
//! 30 s from its head on, unless [`Limits::body_time`] says otherwise. Then the call is refused: 408,
//! or 401 where its head proved nothing. The time is kept by tokio's timer, which is asked only
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
//! `NormalizePath`, hides what was called from everything behind it, and a proof made over the
//! original URL fails: do not wrap it around this route.
//!
//! A proxy that rewrites host or path has called another URL than Copernica did. Tell the receiver
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
