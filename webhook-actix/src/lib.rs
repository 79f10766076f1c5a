//! Copernica webhooks as typed handler arguments in actix-web 4.
//!
//! ```no_run
//! use actix_web::{App, HttpResponse, HttpServer, web};
//! use webhook_actix::{CreateEvent, Receiver, Webhook};
//!
//! async fn on_create(Webhook { event, .. }: Webhook<CreateEvent>) -> HttpResponse {
//!     match event {
//!         CreateEvent::Profile(p) => println!("{} {:?}", p.profile, p.fields.get("mail")),
//!         CreateEvent::Subprofile(s) => println!("{} of {}", s.subprofile, s.profile),
//!     }
//!     HttpResponse::NoContent().finish()
//! }
//!
//! # async fn run() -> std::io::Result<()> {
//! // Outside the factory below, which runs once a worker: every worker shares this one.
//! let receiver = Receiver::unverified();
//! HttpServer::new(move || {
//!     App::new().app_data(receiver.clone()).route("/copernica", web::post().to(on_create))
//! })
//! .bind(("127.0.0.1", 3000))?
//! .run()
//! .await
//! # }
//! ```
//!
//! The receiver decides everything that has a meaning; what is here is the way in and out of
//! actix-web:
//!
//! - [`Webhook`], the extractor, and what it refuses;
//! - [`WebhookRejection`], the refusal as an actix-web error: the answer is the same bytes as in
//!   `webhook-axum` and `webhook-warp`;
//! - [`WebhookConfig`], where an answer of your own is made.
//!
//! The body's limit is the receiver's, and one line raises it; actix-web's own
//! (`PayloadConfig`, `FormConfig`) are for its own extractors and play no part:
//!
//! ```
//! use webhook_actix::{Limits, Receiver};
//!
//! let receiver = Receiver::unverified().with_limits(Limits::default().body(16 << 20));
//! # let _ = receiver;
//! ```
//!
//! A body that is too large is refused before it is read to its end. A sender that reads only when
//! it has written everything still gets the answer: actix-web goes on reading for as long as
//! `HttpServer::client_disconnect_timeout` says (a second by default; do not set it to zero).
//!
//! A route of `web::post()` leaves other methods to actix-web, which answers 404; with `web::to`
//! they are refused here, by a 405 that names POST.
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

mod body;
mod config;
mod once;
mod rejection;
mod webhook;

pub use config::WebhookConfig;
pub use once::{Once, OnceArgs, once};
pub use rejection::WebhookRejection;
pub use webhook::Webhook;
pub use webhook_core::{self, *};

/// The README's snippet compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
