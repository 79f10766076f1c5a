//! Copernica webhooks as typed handler arguments in [warp].
//!
//! ```no_run
//! use warp::{Filter, http::StatusCode};
//! use webhook_warp::{CreateEvent, Receiver, Webhook, once, recover, webhook};
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
//! let hook =
//!     warp::path!("copernica").and(webhook(receiver)).then(once(on_create)).recover(recover);
//! warp::serve(hook).run(([127, 0, 0, 1], 3000)).await;
//! # Ok(())
//! # }
//! ```
//!
//! [`Receiver::unverified`] is the other kind of receiver: **it proves nothing, and whoever reaches
//! it can make up events**. It is for tests, and for a service that only a gateway that verifies
//! can reach; it logs a warning each time one is made.
//!
//! ```
//! let receiver = webhook_warp::Receiver::unverified(); // UNVERIFIED: anyone can forge events
//! # let _ = receiver;
//! ```
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
//! - **What if the sender does not wait?** Warp drops the handler of a request whose connection is gone, wherever
//!   it is. Under [`once`] the handler of a proven call then goes on in a task of tokio:
//!   [1,024](limits::DEFAULT_MAX_DETACHED) a receiver at a time
//!   ([`ReceiverBuilder::max_detached`]), each for [five minutes](limits::DETACHED_TIME). One more,
//!   one that takes longer, and one that the end of the runtime takes along are dropped: the
//!   delivery is released, and a warning has its id. Forged calls take no place.
//!   The promise begins with the handler: what [`webhook`] still reads is not covered.
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
//! # What is refused
//!
//! Every refusal is a [`WebhookRejection`], answered with `application/problem+json` that names
//! the variable and never repeats a value. [`RejectionKind`] has the whole table; in short:
//!
//! - 405: the method is not POST;
//! - 415: the body is compressed, or a `Content-Type` that is signed (or any, unverified) says
//!   neither form nor JSON, or a charset other than UTF-8;
//! - 408: the body was not complete in time;
//! - 413: the body is over [`Limits::body`], by its `Content-Length` or while it streams in;
//! - 401: the signature does not prove where the call is from;
//! - 503, with `Retry-After`: a key or the replay store is not available now, a copy of the call is
//!   being handled, or unproven bodies hold as much memory as they may;
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
//! let receiver = Receiver::builder().limits(Limits::default().body(64 << 20)).unverified();
//! # let _ = receiver;
//! ```
//!
//! `warp::post()` and `warp::body::content_length_limit()` may stand before [`webhook`], but they
//! answer in plain text and then decide before the webhook does; the webhook needs neither.
//!
//! # How long a body may take
//!
//! 30 s from its head on, unless [`Limits::body_time`] says otherwise. Then the call is refused: 408,
//! or 401 where its head proved nothing. The time is kept by tokio's timer, which is asked only
//! where a body keeps the receiver waiting. A runtime
//! that you build yourself must have it enabled (`enable_all`, as `#[tokio::main]` does).
//!
//! # Hosts
//!
//! A proxy that rewrites host or path has called another URL than Copernica did. Tell the receiver
//! the one that was signed: [`ReceiverBuilder::public_url`], such as
//! `https://hooks.example.com/copernica`. Forwarded headers are never believed.
//!
//! Warp shows the authority of a request (absolute form, HTTP/2) only where it agrees with `Host`.
//! One that differs is refused here as everywhere. But where `Host` is not a host at all, an
//! authority beside it stays unseen, and [`Delivery::host`] is what `Host` says.
//!
//! # Traps
//!
//! - **An optional webhook**, such as `webhook(receiver).map(Some).or_else(|_| ..)`, runs the
//!   handler for forged calls too, with `None`: take [`try_webhook`] and look at its `Result`.
//! - What was signed is the bytes as sent: a layer around `warp::service` that decompresses
//!   requests makes every proof fail (401).
//! - `warp::serve` can't be told to answer a sender that ends its side of the connection after its
//!   request (`shutdown(SHUT_WR)`), as HTTP lets it. hyper, underneath, looks for that end before it
//!   lets a filter have the last bytes of the body, and drops the call: nothing is proven by then,
//!   nothing is logged, and [`once`] does not help. Serve `warp::service` by hyper with
//!   `http1::Builder::half_close(true)` where that must not happen.
//! - A filter between [`webhook`] and the handler that rejects comes after the claim: the delivery
//!   is released. Put such filters first.

mod body;
mod head;
mod once;
mod rejection;
mod webhook;

pub use once::{Hook, once};
pub use rejection::{WebhookRejection, recover};
pub use webhook::{Webhook, try_webhook, webhook};
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
