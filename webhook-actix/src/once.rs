//! The handler's answer says whether a delivery was handled.

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::rt;
use actix_web::{FromRequest, Handler, HttpMessage, HttpRequest, HttpResponse, Responder};
use futures_util::future::LocalBoxFuture;
use std::cell::Cell;
use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use tokio::runtime::Handle;
use webhook_core::adapter::{Detached, Handling, Settlement};
use webhook_core::limits::DETACHED_TIME;

/// Wraps a handler so that its answer settles the delivery: with a status of 2xx it counts as
/// handled, and copies of the call are answered 200 without running the handler.
///
/// ```
/// use actix_web::http::StatusCode;
/// use actix_web::{App, HttpResponse, error, web};
/// use webhook_actix::{ProfileCreated, Receiver, Webhook, once};
///
/// async fn on_create(hook: Webhook<ProfileCreated>) -> actix_web::Result<HttpResponse> {
///     if hook.event.interests.is_active("blue") {
///         Ok(HttpResponse::NoContent().finish()) // handled: copies do not come here
///     } else {
///         Err(error::ErrorServiceUnavailable("later")) // not handled: a copy is another chance
///     }
/// }
///
/// let receiver = Receiver::unverified();
/// let app = App::new()
///     .app_data(receiver.clone())
///     .route("/copernica", web::to(once(on_create)));
/// # let _ = app;
/// ```
///
/// With another status or a panic the delivery is released. See
/// [the crate](crate#when-a-call-counts-as-handled) for why it is the status that decides.
///
/// **A sender that does not wait is not lost.** When it closes its connection, or a middleware around
/// this gives up, actix-web drops the handler wherever it is. If the call is proven by then (a forged
/// one never is), the handler, or what is left of the extraction, goes on in a task of its worker and
/// settles the delivery, within [bounds](crate::ReceiverBuilder::max_detached). A time limit for the
/// handler belongs inside, then. A worker's tasks end when its server stops: await [`Receiver::idle`]
/// on the signal, before that.
///
/// [`Receiver::idle`]: crate::Receiver::idle
///
/// It wraps any handler with a [`Webhook`](crate::Webhook) among its arguments, also as a
/// `Result`, and leaves others as they are. Middleware that makes another status of the answer is
/// not heard: the status that the handler gives should be the one that is sent.
pub fn once<H>(handler: H) -> Once<H> {
    Once(handler)
}

/// The handler that [`once`] makes.
#[derive(Debug, Clone, Copy)]
pub struct Once<H>(H);

/// What [`Once`] takes: the request as it is, from which the arguments of the handler inside are
/// extracted when it is called.
pub struct OnceArgs<Args> {
    request: HttpRequest,
    payload: Payload,
    inner: PhantomData<fn() -> Args>,
}

impl<Args> fmt::Debug for OnceArgs<Args> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the request: its headers are personal data.
        f.debug_struct("OnceArgs").finish_non_exhaustive()
    }
}

/// Extracts nothing yet: what is extracted here is dropped with the connection, and what is
/// extracted in [`Once::call`] is not.
impl<Args> FromRequest for OnceArgs<Args>
where
    Args: FromRequest + 'static,
{
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        ready(Ok(Self { request, payload, inner: PhantomData }))
    }
}

type Response = HttpResponse<BoxBody>;
type Answer = LocalBoxFuture<'static, Response>;

impl<H, Args> Handler<OnceArgs<Args>> for Once<H>
where
    H: Handler<Args>,
    H::Output: Responder,
    Args: FromRequest + 'static,
{
    type Output = Response;
    type Future = Handling<Answer>;

    fn call(&self, args: OnceArgs<Args>) -> Self::Future {
        let OnceArgs { request, mut payload, .. } = args;
        let settlement = Settlement::watched();
        let (handler, outcome) = (self.0.clone(), settlement.clone());
        let answer: Answer = Box::pin(async move {
            request.extensions_mut().insert(outcome.clone());
            let inner = Args::from_request(&request, &mut payload).await;
            // The request lives on in responses and loggers, where no claim should.
            request.extensions_mut().remove::<Settlement>();
            match inner {
                Ok(inner) => {
                    let answer = handler.call(inner).await;
                    let response = answer.respond_to(&request).map_into_boxed_body();
                    outcome.settle(response.status().is_success()).await;
                    response
                }
                // As actix-web answers for a handler without this. No handler ran, whatever the
                // status: an argument after the webhook may be what was refused.
                Err(refused) => {
                    outcome.settle(false).await;
                    HttpResponse::from_error(refused)
                }
            }
        });
        Handling::new(answer, Some(settlement), detach)
    }
}

/// Moves a handler that lost its connection into a task of this worker. Without one it is dropped
/// here, which is a warning.
fn detach(handler: Detached<Answer>) {
    if Handle::try_current().is_err() {
        return;
    }
    // What is spawned takes it from here, so that it is not dropped by a panic.
    let place = Rc::new(Cell::new(Some(handler)));
    let task = Rc::clone(&place);
    let spawn = || {
        rt::spawn(async move {
            if let Some(handler) = task.take() {
                handler.run(rt::time::sleep(DETACHED_TIME)).await;
            }
        })
    };
    // actix-web serves in a `LocalSet`, where tasks need not be `Send`. A test that calls its service
    // in a runtime without one has no place for such a task; tokio offers no way to find out, and panics,
    // which a `drop` must not.
    drop(catch_unwind(AssertUnwindSafe(spawn)));
}
