//! The handler's answer says whether a delivery was handled.

use crate::rejection::WebhookRejection;
use crate::webhook::Webhook;
use tokio::runtime::Handle;
use warp::reply::{Reply, Response};
use webhook_core::adapter::{Detached, Handling, Settlement};
use webhook_core::future::BoxFuture;
use webhook_core::limits::DETACHED_TIME;

/// Wraps a handler so that its answer settles the delivery: with a status of 2xx it counts as
/// handled, and copies of the call are answered 200 without running the handler.
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
/// With another status or a panic the delivery is released. See
/// [the crate](crate#when-a-call-counts-as-handled) for why it is the status that decides.
///
/// **A sender that does not wait is not lost, once its call has reached the handler.** When it
/// closes its connection, or a layer around this gives up, warp drops the handler wherever it is. A
/// handler of a proven call then goes on in a task of tokio and settles the delivery, within
/// [bounds](crate::ReceiverBuilder::max_detached); await [`Receiver::idle`] when serving has ended.
/// A time limit for the handler belongs inside, then. The promise begins with the handler: a sender
/// that closes while its body is read is
/// [another matter](crate#traps).
///
/// [`Receiver::idle`]: crate::Receiver::idle
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
/// It is for [`Filter::then`](warp::Filter::then). Filters after it that make another status of
/// the answer are not heard: the status that the handler gives should be the one that is sent.
///
/// [`try_webhook`]: crate::try_webhook
pub fn once<A, H, F>(handler: H) -> impl Fn(A) -> Handling<Answer> + Clone + Send + Sync
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
        let (answer, outcome) = (handler(call), settlement.clone());
        let answer: Answer = Box::pin(async move {
            let response = answer.await.into_response();
            if let Some(outcome) = outcome {
                outcome.settle(response.status().is_success()).await;
            }
            response
        });
        Handling::new(answer, settlement, detach)
    }
}

type Answer = BoxFuture<'static, Response>;

/// Moves a handler that lost its connection into a task. Without a runtime it is dropped here,
/// which is a warning.
fn detach(handler: Detached<Answer>) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(async { handler.run(tokio::time::sleep(DETACHED_TIME)).await });
    }
}

/// What handlers of [`once`] take: a [`Webhook`], or a `Result` with one.
pub trait Hook: sealed::Settled {}

impl<A: sealed::Settled> Hook for A {}

mod sealed {
    use super::{Settlement, Webhook, WebhookRejection};
    use webhook_core::{Delivery, FromDelivery};

    pub trait Settled {
        /// Returns where the outcome is settled, or `None` for a call that was refused before its proof.
        fn settlement(&self) -> Option<&Settlement>;
    }

    impl<T: FromDelivery> Settled for Webhook<T> {
        fn settlement(&self) -> Option<&Settlement> {
            self.delivery.settlement()
        }
    }

    impl<T: FromDelivery> Settled for Result<Webhook<T>, WebhookRejection> {
        fn settlement(&self) -> Option<&Settlement> {
            match self {
                Ok(webhook) => webhook.settlement(),
                // What can't be decoded is proven all the same, and its claim is held.
                Err(refused) => refused.delivery().and_then(Delivery::settlement),
            }
        }
    }
}
