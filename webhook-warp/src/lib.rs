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
//! [`Receiver::unverified`] is the other kind of receiver: **it proves nothing, and any sender
//! that reaches it can forge events**. It is for tests, and for a service that only a gateway
//! that verifies can reach; making one logs a warning.
//!
//! ```
//! let receiver = webhook_warp::Receiver::unverified(); // UNVERIFIED: anyone can forge events
//! # let _ = receiver;
//! ```
//!
//! # When a call counts as handled
//!
//! When the handler answers 2xx under [`once`], or [`Delivery::commit`] succeeds; the guide's page
//! [`handled`](guide::handled) has the table and the reasons. Particular to warp: a handler that
//! lost its sender goes on in a task of tokio, from the moment it runs (what [`webhook`] still reads
//! is not covered), so await [`Receiver::idle`] after serving has ended.
//!
//! # What is refused
//!
//! Every refusal is a [`WebhookRejection`]; the guide's page [`refusals`](guide::refusals) lists them.
//!
//! # A rejection means: try the next route
//!
//! That is how warp's `or` works, so in `hook.or(anything)` a refused webhook goes on to
//! `anything`, whose 200 reports success to the sender; and a rejection without a `recover` is
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
//! or 401 where its head proved nothing. The time is kept by tokio's timer, which is used only
//! where a body keeps the receiver waiting. A runtime
//! that you build yourself must have it enabled (`enable_all`, as `#[tokio::main]` does).
//!
//! # Hosts
//!
//! A proxy that rewrites host or path has called another URL than Copernica did. Configure
//! the one that was signed: [`ReceiverBuilder::public_url`], such as
//! `https://hooks.example.com/copernica`. Forwarded headers are never believed.
//!
//! Warp shows the authority of a request (absolute form, HTTP/2) only where it agrees with `Host`.
//! One that differs is refused here as everywhere. But where `Host` is not a host at all, an
//! authority next to it stays unseen, and [`Delivery::host`] is what `Host` says.
//!
//! # Traps
//!
//! - **An optional webhook**, such as `webhook(receiver).map(Some).or_else(|_| ..)`, runs the
//!   handler for forged calls too, with `None`: take [`try_webhook`] and look at its `Result`.
//! - What was signed is the bytes as sent: a layer around `warp::service` that decompresses
//!   requests makes every proof fail (401).
//! - `warp::serve` has no setting to answer a sender that ends its side of the connection after its
//!   request (`shutdown(SHUT_WR)`), as HTTP lets it. hyper, underneath, looks for that end before it
//!   lets a filter have the last bytes of the body, and drops the call: nothing is proven by then,
//!   nothing is logged, and [`once`] does not help. Serve `warp::service` by hyper with
//!   `http1::Builder::half_close(true)` where that must not happen.
//! - A filter between [`webhook`] and the handler that rejects comes after the claim: the delivery
//!   is released. Put such filters first.
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
