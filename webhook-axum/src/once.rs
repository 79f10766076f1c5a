//! The handler's answer says whether a delivery was handled.

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use tokio::runtime::Handle;
use webhook_core::adapter::{Detached, Handling, Settlement};
use webhook_core::future::BoxFuture;
use webhook_core::limits::DETACHED_TIME;

/// Wraps a handler so that its answer settles the delivery: with a status of 2xx it counts as
/// handled, and copies of the call are answered 200 without running the handler.
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
/// With another status or a panic the delivery is released. See
/// [the crate](crate#when-a-call-counts-as-handled) for why it is the status that decides.
///
/// **A sender that does not wait is not lost.** When it closes its connection, or a layer around
/// this gives up, axum drops the handler wherever it is. If the call is proven by then (a forged one
/// never is), the handler, or what is left of the extraction, goes on in a task of tokio and settles
/// the delivery, within [bounds](crate::ReceiverBuilder::max_detached); await [`Receiver::idle`] when serving has
/// ended. A time limit for the handler belongs inside, then.
///
/// It wraps any handler with a [`Webhook`](crate::Webhook) among its arguments, also as a
/// `Result`, and leaves others as they are; the compiler's words about a handler that is not one are
/// clearer without it. It must be inside what makes another status of the
/// answer, and outside what makes a status of a panic: the status that it sees should be the one
/// that is sent.
///
/// # A state in an `Arc`
///
/// The state's type is that of the handler inside: whatever has a [`FromRef`](axum::extract::FromRef) for
/// the [`Receiver`](crate::Receiver). For an `Arc` of your own Rust's orphan rule keeps you from writing
/// one, because neither the trait nor `Arc` nor the receiver is of your crate. A struct around it is:
///
/// ```
/// use axum::extract::{FromRef, State};
/// use axum::{Router, http::StatusCode, routing::post};
/// use std::sync::Arc;
/// use webhook_axum::{CreateEvent, Receiver, Webhook, once};
///
/// struct Parts {
///     receiver: Receiver,
///     shop: String,
/// }
///
/// #[derive(Clone)]
/// struct App(Arc<Parts>);
///
/// impl FromRef<App> for Receiver {
///     fn from_ref(App(parts): &App) -> Self {
///         parts.receiver.clone() // as cheap as the `Arc`
///     }
/// }
///
/// async fn on_create(State(App(parts)): State<App>, hook: Webhook<CreateEvent>) -> StatusCode {
///     println!("{}: {:?}", parts.shop, hook.event);
///     StatusCode::NO_CONTENT
/// }
///
/// let parts = Parts { receiver: Receiver::unverified(), shop: "Delft".to_owned() };
/// let app: Router = Router::new()
///     .route("/copernica", post(once(on_create)))
///     .with_state(App(Arc::new(parts)));
/// ```
///
/// Or the receiver and the `Arc` are two fields of a state that derives `FromRef` (axum's feature
/// `macros`), and handlers take `State<Arc<…>>`.
///
/// [`Receiver::idle`]: crate::Receiver::idle
pub fn once<H>(handler: H) -> Once<H> {
    Once(handler)
}

/// The handler that [`once`] makes.
#[derive(Debug, Clone, Copy)]
pub struct Once<H>(H);

type Answer = BoxFuture<'static, Response>;

impl<H, T, S> Handler<T, S> for Once<H>
where
    H: Handler<T, S>,
{
    type Future = Handling<Answer>;

    fn call(self, mut request: Request, state: S) -> Self::Future {
        let settlement = Settlement::watched();
        request.extensions_mut().insert(settlement.clone());
        let (answer, outcome) = (self.0.call(request, state), settlement.clone());
        let answer: Answer = Box::pin(async move {
            let response = answer.await;
            outcome.settle(response.status().is_success()).await;
            response
        });
        Handling::new(answer, Some(settlement), detach)
    }
}

/// Moves a handler that lost its connection into a task. Without a runtime it is dropped here,
/// which is a warning.
fn detach(handler: Detached<Answer>) {
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(async { handler.run(tokio::time::sleep(DETACHED_TIME)).await });
    }
}
