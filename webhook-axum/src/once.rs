//! The handler's answer says whether a delivery was handled.

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use webhook_core::BoxFuture;
use webhook_core::replay::Settlement;

/// A handler whose answer is heard: with a status of 2xx the delivery counts as handled, and
/// copies of the call are answered 200 without it.
///
/// ```
/// use axum::http::StatusCode;
/// use axum::{Router, routing::post};
/// use webhook_axum::{ProfileCreated, Receiver, Webhook, once};
///
/// async fn on_create(hook: Webhook<ProfileCreated>) -> Result<StatusCode, StatusCode> {
///     if hook.event.interests.is_active("blue") {
///         Ok(StatusCode::NO_CONTENT) // handled: copies do not come here
///     } else {
///         Err(StatusCode::SERVICE_UNAVAILABLE) // not handled: a copy is another chance
///     }
/// }
///
/// let app: Router = Router::new()
///     .route("/copernica", post(once(on_create)))
///     .with_state(Receiver::unverified());
/// ```
///
/// With another status, a panic, or a request that is cancelled, the delivery is released. See
/// [the crate](crate#when-a-call-counts-as-handled) for why it is the status that decides.
///
/// It wraps any handler with a [`Webhook`](crate::Webhook) among its arguments, also as a
/// `Result`, and leaves others as they are. It must be inside what makes another status of the
/// answer, and outside what makes a status of a panic: the status that it sees should be the one
/// that is sent.
pub fn once<H>(handler: H) -> Once<H> {
    Once(handler)
}

/// The handler that [`once`] makes.
#[derive(Debug, Clone, Copy)]
pub struct Once<H>(H);

impl<H, T, S> Handler<T, S> for Once<H>
where
    H: Handler<T, S>,
{
    type Future = BoxFuture<'static, Response>;

    fn call(self, mut request: Request, state: S) -> Self::Future {
        let settlement = Settlement::watched();
        request.extensions_mut().insert(settlement.clone());
        let answer = self.0.call(request, state);
        // Dropped before the answer, nothing is told: the claim goes with its last holder.
        Box::pin(async move {
            let response = answer.await;
            settlement.settle(response.status().is_success()).await;
            response
        })
    }
}
