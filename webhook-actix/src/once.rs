//! The handler's answer says whether a delivery was handled.

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::{FromRequest, Handler, HttpMessage, HttpRequest, HttpResponse, Responder};
use std::fmt;
use std::pin::Pin;
use webhook_core::replay::Settlement;

/// A handler whose answer is heard: with a status of 2xx the delivery counts as handled, and
/// copies of the call are answered 200 without it.
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
/// With another status, a panic, or a request that is cancelled, the delivery is released. See
/// [the crate](crate#when-a-call-counts-as-handled) for why it is the status that decides.
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

/// What [`Once`] extracts: the arguments of the handler inside.
pub struct OnceArgs<Args> {
    inner: Args,
    request: HttpRequest,
    settlement: Settlement,
}

impl<Args> fmt::Debug for OnceArgs<Args> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the request: its headers are nobody's business.
        f.debug_struct("OnceArgs").field("settlement", &self.settlement).finish_non_exhaustive()
    }
}

impl<Args> FromRequest for OnceArgs<Args>
where
    Args: FromRequest + 'static,
{
    type Error = Args::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Args::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let settlement = Settlement::watched();
        request.extensions_mut().insert(settlement.clone());
        let inner = Args::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let inner = inner.await;
            // The request lives on in responses and loggers, where no claim should.
            request.extensions_mut().remove::<Settlement>();
            Ok(Self { inner: inner?, request, settlement })
        })
    }
}

impl<H, Args> Handler<OnceArgs<Args>> for Once<H>
where
    H: Handler<Args>,
    H::Output: Responder,
    Args: 'static,
{
    type Output = HttpResponse<BoxBody>;
    type Future = Pin<Box<dyn Future<Output = Self::Output>>>;

    fn call(&self, args: OnceArgs<Args>) -> Self::Future {
        let OnceArgs { inner, request, settlement } = args;
        let answer = self.0.call(inner);
        // Dropped before the answer, nothing is told: the claim goes with its last holder.
        Box::pin(async move {
            let response = answer.await.respond_to(&request).map_into_boxed_body();
            settlement.settle(response.status().is_success()).await;
            response
        })
    }
}
