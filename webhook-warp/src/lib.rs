//! Copernica webhooks as typed handler arguments in [warp].
//!
//! ```no_run
//! use warp::{Filter, http::StatusCode};
//! use webhook_warp::{CreateEvent, Receiver, Webhook, recover, webhook};
//!
//! async fn on_create(Webhook { event, .. }: Webhook<CreateEvent>) -> StatusCode {
//!     match event {
//!         CreateEvent::Profile(p) => println!("{} {:?}", p.profile, p.fields.get("mail")),
//!         CreateEvent::Subprofile(s) => println!("{} of {}", s.subprofile, s.profile),
//!     }
//!     StatusCode::NO_CONTENT
//! }
//!
//! # async fn serve() {
//! let receiver = Receiver::unverified(); // behind a gateway that verifies
//! let hook = warp::path!("copernica").and(webhook(receiver)).then(on_create).recover(recover);
//! warp::serve(hook).run(([127, 0, 0, 1], 3000)).await;
//! # }
//! ```
//!
//! # What is refused
//!
//! Every refusal is a [`WebhookRejection`], answered with `application/problem+json` that names
//! the variable and never repeats a value. [`RejectionKind`] has the whole table; in short:
//!
//! - 405: the method is not POST;
//! - 415: the body is neither a form nor JSON, or is compressed;
//! - 413: the body is over [`Limits::body`], by its `Content-Length` or while it streams in;
//! - 400: the body broke off, was taken by a filter before this one, or can't be decoded, or the
//!   request has two hosts;
//! - 422: it is not a create event, or a variable or a field of yours is not what it must be.
//!
//! # A rejection means: try the next route
//!
//! That is how warp's `or` works, so in `hook.or(anything)` a refused webhook goes on to
//! `anything`, whose 200 tells the sender that all is well; and a rejection that nobody recovers is
//! a 500. So put [`recover`] on the webhook's own route, as above: it answers what is ours and
//! passes on what is not, such as another path. Or take [`try_webhook`], which never rejects:
//!
//! ```
//! use warp::{Filter, Reply, http::StatusCode};
//! use webhook_warp::{CreateEvent, Receiver, Webhook, WebhookRejection, try_webhook};
//!
//! type Call = Result<Webhook<CreateEvent>, WebhookRejection>;
//!
//! async fn on_call(call: Call) -> Result<StatusCode, WebhookRejection> {
//!     let Webhook { event, delivery, .. } = call?;
//!     println!("{event:?}, once: {}", delivery.idempotency_key(&event));
//!     Ok(StatusCode::NO_CONTENT)
//! }
//!
//! let hook = warp::path!("copernica").and(try_webhook(Receiver::unverified())).then(on_call);
//! let all = hook.or(warp::any().map(|| "the rest of the site"));
//! # let _ = all;
//! ```
//!
//! # Fields as a struct of yours
//!
//! ```
//! use serde::Deserialize;
//! use warp::Filter;
//! use webhook_warp::{ProfileCreated, Receiver, Webhook, recover, webhook};
//!
//! #[derive(Deserialize)]
//! struct Customer {
//!     mail: String,
//!     #[serde(rename = "Birth date")]
//!     birth: Option<chrono::NaiveDate>,
//!     newsletter: bool,
//! }
//!
//! async fn on_profile(hook: Webhook<ProfileCreated<Customer>>) -> String {
//!     let Customer { mail, birth, newsletter } = hook.event.fields;
//!     format!("{mail} {birth:?} {newsletter}")
//! }
//!
//! let receiver = Receiver::unverified();
//! let hook = warp::path!("copernica").and(webhook(receiver)).then(on_profile).recover(recover);
//! # let _ = hook;
//! ```
//!
//! # Limits
//!
//! Warp has no limit of its own; [`Limits::body`] is 2 MiB unless raised:
//!
//! ```
//! use webhook_warp::{Limits, Receiver};
//!
//! let receiver = Receiver::unverified().with_limits(Limits::default().body(64 << 20));
//! # let _ = receiver;
//! ```
//!
//! `warp::post()` and `warp::body::content_length_limit()` may stand before [`webhook`], but they
//! answer in plain text and then decide before the webhook does; the webhook needs neither.
//!
//! # Hosts
//!
//! Warp shows the authority of a request (absolute form, HTTP/2) only where it agrees with `Host`.
//! One that differs is refused here as everywhere. But where `Host` is not a host at all, an
//! authority beside it stays unseen, and [`Delivery::host`] is what `Host` says.

mod body;
mod once;
mod rejection;
mod webhook;

pub use once::{Hook, once};
pub use rejection::{WebhookRejection, recover};
pub use webhook::{Webhook, try_webhook, webhook};
pub use webhook_core::{self, *};
