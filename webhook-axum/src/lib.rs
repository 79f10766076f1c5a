//! Copernica webhooks as typed handler arguments in axum 0.8.
//!
//! ```no_run
//! use axum::http::StatusCode;
//! use axum::{Router, routing::post};
//! use webhook_axum::{CreateEvent, Receiver, Webhook};
//!
//! async fn on_create(Webhook { event, .. }: Webhook<CreateEvent>) -> StatusCode {
//!     match event {
//!         CreateEvent::Profile(p) => println!("{} {:?}", p.profile, p.fields.get("mail")),
//!         CreateEvent::Subprofile(s) => println!("{} of {}", s.subprofile, s.profile),
//!     }
//!     StatusCode::NO_CONTENT
//! }
//!
//! # async fn run() -> std::io::Result<()> {
//! let app = Router::new()
//!     .route("/copernica", post(on_create))
//!     .with_state(Receiver::unverified());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! axum::serve(listener, app).await
//! # }
//! ```
//!
//! The receiver decides everything that has a meaning; what is here is the way in and out of axum:
//!
//! - [`Webhook`], the extractor, and what it refuses;
//! - [`WebhookRejection`], the refusal as an axum rejection: the answer is the same bytes as in
//!   `webhook-actix` and `webhook-warp`, unless a handler that takes a `Result` makes its own.
//!
//! # How large a body may be
//!
//! The limit is the receiver's, and one line raises it:
//!
//! ```
//! use webhook_axum::{Limits, Receiver};
//!
//! let receiver = Receiver::unverified().with_limits(Limits::default().body(16 << 20));
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
//! # Layers that change the body
//!
//! A call with a content coding is refused (415): what was signed is the bytes as sent. A layer
//! that decompresses requests, such as tower-http's `RequestDecompressionLayer`, takes the
//! `Content-Encoding` away with the coding, so nothing is refused and [`Delivery::body`] is no
//! longer what was sent: do not put it before this route. A middleware that read the body and did
//! not put it back is found out (400), where the head announced a body.

mod body;
mod once;
mod rejection;
mod webhook;

pub use once::{Once, once};
pub use rejection::WebhookRejection;
pub use webhook::Webhook;
pub use webhook_core::{self, *};

/// The README's snippet compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
