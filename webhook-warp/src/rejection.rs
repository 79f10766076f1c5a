//! Core's refusals as warp's: a rejection on the way through filters, a reply at the end.

use std::error::Error;
use std::fmt;
use std::ops::Deref;
use warp::reject::Reject;
use warp::reply::{Reply, Response};
use webhook_core::Rejection;

/// A refused call, as warp's filters pass it on; core's [`Rejection`] inside says why.
///
/// It is a [`Reply`] too, so a handler can return `Result<_, WebhookRejection>`. To shape the
/// answer, find it in a recover function of yours:
///
/// ```
/// use warp::{Filter, http::StatusCode};
/// use webhook_warp::{CreateEvent, Receiver, Webhook, WebhookRejection, webhook};
///
/// async fn terse(rejection: warp::Rejection) -> Result<StatusCode, warp::Rejection> {
///     match rejection.find::<WebhookRejection>() {
///         Some(refused) => Ok(refused.status()),
///         None => Err(rejection),
///     }
/// }
///
/// let route = warp::path("copernica")
///     .and(webhook(Receiver::unverified()))
///     .map(|_: Webhook<CreateEvent>| StatusCode::NO_CONTENT)
///     .recover(terse);
/// # let _ = route;
/// ```
///
/// A call that was refused after its proof has its [delivery](Rejection::delivery), body and all:
/// a handler that takes a `Result` can keep it, and an answer of 2xx under [`once`](crate::once) counts
/// it as handled.
#[derive(Debug)]
pub struct WebhookRejection(Rejection);

impl WebhookRejection {
    /// Returns core's refusal.
    #[must_use]
    pub fn into_inner(self) -> Rejection {
        self.0
    }

    fn answer(&self) -> Response {
        self.0.to_response().map(Into::into)
    }
}

/// Answers a [`WebhookRejection`], and passes every other rejection on: for
/// [`Filter::recover`](warp::Filter::recover) on the webhook's own route.
///
/// # Errors
/// The rejection is not a webhook's (another path, say), so another route may take the call.
pub async fn recover(rejection: warp::Rejection) -> Result<impl Reply, warp::Rejection> {
    rejection.find().map(WebhookRejection::answer).ok_or(rejection)
}

impl Reject for WebhookRejection {}

impl Reply for WebhookRejection {
    fn into_response(self) -> Response {
        self.answer()
    }
}

impl From<Rejection> for WebhookRejection {
    fn from(refused: Rejection) -> Self {
        Self(refused)
    }
}

impl Deref for WebhookRejection {
    type Target = Rejection;

    fn deref(&self) -> &Rejection {
        &self.0
    }
}

impl fmt::Display for WebhookRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for WebhookRejection {
    /// Returns core's source: [`Display`](fmt::Display) says already what core does.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
