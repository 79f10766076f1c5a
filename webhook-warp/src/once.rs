//! The handler's answer says whether a delivery was handled.

use crate::rejection::WebhookRejection;
use crate::webhook::Webhook;
use warp::reply::{Reply, Response};
use webhook_core::BoxFuture;
use webhook_core::replay::Settlement;

/// A handler whose answer is heard: with a status of 2xx the delivery counts as handled, and
/// copies of the call are answered 200 without it.
///
/// ```
/// use warp::{Filter, http::StatusCode};
/// use webhook_warp::{ProfileCreated, Receiver, Webhook, once, recover, webhook};
///
/// async fn on_create(hook: Webhook<ProfileCreated>) -> StatusCode {
///     if hook.event.interests.is_active("blue") {
///         StatusCode::NO_CONTENT // handled: copies do not come here
///     } else {
///         StatusCode::SERVICE_UNAVAILABLE // not handled: a copy is another chance
///     }
/// }
///
/// let receiver = Receiver::unverified();
/// let hook = warp::path!("copernica")
///     .and(webhook(receiver))
///     .then(once(on_create))
///     .recover(recover);
/// # let _ = hook;
/// ```
///
/// With another status, a panic, or a request that is cancelled, the delivery is released. See
/// [the crate](crate#when-a-call-counts-as-handled) for why it is the status that decides.
///
/// The handler's one argument is a [`Webhook`], or a `Result` of [`try_webhook`]; a handler that
/// needs more is a closure:
///
/// ```
/// use std::sync::Arc;
/// use warp::{Filter, http::StatusCode};
/// use webhook_warp::{Receiver, Webhook, WebhookRejection, once, try_webhook};
///
/// type Call = Result<Webhook, WebhookRejection>;
///
/// async fn on_call(greeting: Arc<str>, call: Call) -> Result<StatusCode, WebhookRejection> {
///     println!("{greeting}, {:?}", call?.event);
///     Ok(StatusCode::NO_CONTENT)
/// }
///
/// let greeting: Arc<str> = "hello".into();
/// let hook = warp::path!("copernica")
///     .and(try_webhook(Receiver::unverified()))
///     .then(once(move |call| on_call(greeting.clone(), call)));
/// # let _ = hook;
/// ```
///
/// It is for [`Filter::then`](warp::Filter::then). Filters behind it that make another status of
/// the answer are not heard: the status that the handler gives should be the one that is sent.
///
/// [`try_webhook`]: crate::try_webhook
pub fn once<A, H, F>(handler: H) -> impl Fn(A) -> BoxFuture<'static, Response> + Clone + Send + Sync
where
    A: Hook,
    H: Fn(A) -> F + Clone + Send + Sync,
    F: Future<Output: Reply> + Send + 'static,
{
    move |call| {
        let settlement = call.settlement().cloned();
        if let Some(settlement) = &settlement {
            settlement.watch();
        }
        let answer = handler(call);
        // Dropped before the answer, nothing is told: the claim goes with its last holder.
        Box::pin(async move {
            let response = answer.await.into_response();
            if let Some(settlement) = settlement {
                settlement.settle(response.status().is_success()).await;
            }
            response
        })
    }
}

/// What handlers of [`once`] take: a [`Webhook`], or a `Result` with one.
pub trait Hook: sealed::Settled {}

impl<A: sealed::Settled> Hook for A {}

mod sealed {
    use super::{Settlement, Webhook, WebhookRejection};

    pub trait Settled {
        /// Where the outcome is told, unless the call was refused.
        fn settlement(&self) -> Option<&Settlement>;
    }

    impl<T> Settled for Webhook<T> {
        fn settlement(&self) -> Option<&Settlement> {
            self.delivery.settlement()
        }
    }

    impl<T> Settled for Result<Webhook<T>, WebhookRejection> {
        fn settlement(&self) -> Option<&Settlement> {
            self.as_ref().ok().and_then(Settled::settlement)
        }
    }
}
