//! The filters: a request's head to core, its body to core, core's verdict to warp.

use crate::body;
use crate::head::{self, Begun};
use crate::rejection::WebhookRejection;
use futures_util::future::ready;
use std::convert::Infallible;
use warp::Filter;
use webhook_core::adapter::Call;
use webhook_core::{CreateEvent, Delivery, FromDelivery, Received, Receiver, Rejection};

/// A received webhook: what happened, and how it arrived.
///
/// `T` is what the handler wants: [`CreateEvent`], or
/// [`ProfileCreated`](webhook_core::ProfileCreated) or
/// [`SubprofileCreated`](webhook_core::SubprofileCreated) where the other one is to be refused;
/// each takes a struct of yours for its fields.
///
/// # In your tests
///
/// With the feature `testing`, a handler is called as what it is, a function:
///
/// ```
/// use warp::http::StatusCode;
/// use webhook_warp::testing::{Encoder, documented_profile, received};
/// use webhook_warp::{ProfileCreated, Webhook};
///
/// async fn on_create(Webhook { event, .. }: Webhook<ProfileCreated>) -> StatusCode {
///     if event.interests.is_active("blue") { StatusCode::NO_CONTENT } else { StatusCode::CONFLICT }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let body = Encoder::new().encode(&documented_profile())?;
/// assert_eq!(on_create(received(body).await?.into()).await, StatusCode::NO_CONTENT);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Webhook<T: FromDelivery = CreateEvent> {
    /// What happened.
    pub event: T,
    /// How it arrived.
    pub delivery: Delivery,
}

/// Makes a webhook of what [`Receiver::receive`] returns, or in tests `testing::received`.
impl<T: FromDelivery> From<Received<T>> for Webhook<T> {
    fn from(Received { event, delivery, .. }: Received<T>) -> Self {
        Self { event, delivery }
    }
}

/// Creates a filter that hands the handler a [`Webhook`], and rejects every call that is refused.
///
/// `T` follows from the handler's argument. [`recover`](crate::recover) on the route itself turns
/// the rejection into its answer; see [the crate](crate#a-rejection-means-try-the-next-route) for
/// why it must be there. Leave `warp::post()` and warp's body filters out: the method and the
/// limit are checked here, with the same answer as every other refusal.
///
/// ```
/// use warp::Filter;
/// use webhook_warp::{ProfileCreated, Receiver, Webhook, recover, webhook};
///
/// async fn on_profile(Webhook { event, .. }: Webhook<ProfileCreated>) -> String {
///     format!("welcome, {:?}", event.profile)
/// }
///
/// let receiver = Receiver::unverified();
/// let route = warp::path!("copernica" / "profiles")
///     .and(webhook(receiver))
///     .then(on_profile)
///     .recover(recover);
/// # let _ = route;
/// ```
///
/// # Errors
/// The filter rejects with [`WebhookRejection`] and nothing else, for the reasons that the guide's
/// page [`refusals`](crate::guide::refusals) lists. A call whose head is refused
/// leaves its body to the filters that follow; otherwise the body is taken, so two webhook filters
/// joined by `or` can't both see it. Take a [`CreateEvent`] and `match` instead.
#[must_use = "a filter does nothing until it is served"]
pub fn webhook<T: FromDelivery>(
    receiver: Receiver,
) -> impl Filter<Extract = (Webhook<T>,), Error = warp::Rejection> + Clone + Send + Sync {
    head::begin(receiver)
        .and_then(|begun: Begun| ready(begun.map_err(reject)))
        .and(body::chunks())
        .and_then(|call, chunks| async { read(call, chunks).await.map_err(reject) })
}

/// Creates a filter that never rejects: the handler gets the refusal and answers it.
///
/// ```
/// use warp::reply::{Reply, Response, with_status};
/// use warp::{Filter, http::StatusCode};
/// use webhook_warp::{CreateEvent, Receiver, RejectionKind, Webhook, WebhookRejection, try_webhook};
///
/// async fn on_call(call: Result<Webhook<CreateEvent>, WebhookRejection>) -> Response {
///     match call {
///         Ok(Webhook { event, .. }) => format!("{event:?}").into_response(),
///         // Not ours, but not wrong either: no reason for the sender to try again.
///         Err(refused) if refused.kind() == RejectionKind::UnexpectedEvent => {
///             with_status("ignored", StatusCode::ACCEPTED).into_response()
///         }
///         Err(refused) => refused.into_response(),
///     }
/// }
///
/// let route = warp::path("copernica").and(try_webhook(Receiver::unverified())).then(on_call);
/// # let _ = route;
/// ```
///
/// # Errors
/// The filter itself has none; the `Result` that it yields holds the refusal.
#[must_use = "a filter does nothing until it is served"]
pub fn try_webhook<T: FromDelivery>(
    receiver: Receiver,
) -> impl Filter<Extract = (Result<Webhook<T>, WebhookRejection>,), Error = Infallible>
+ Clone
+ Send
+ Sync {
    head::begin(receiver)
        .and(body::chunks())
        .then(|begun: Begun, chunks| async { Ok(read(begun?, chunks).await?) })
}

fn reject(refused: Rejection) -> warp::Rejection {
    warp::reject::custom(WebhookRejection::from(refused))
}

async fn read<T: FromDelivery>(
    mut call: Call,
    chunks: Option<impl body::Chunks>,
) -> Result<Webhook<T>, Rejection> {
    body::read(&mut call, chunks).await?;
    Ok(call.finish().await?.into())
}
