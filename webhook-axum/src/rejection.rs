//! A refusal as axum's answer.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use std::error::Error;
use std::fmt;
use std::ops::Deref;
use webhook_core::Rejection;

/// A refused call, as an axum rejection.
///
/// It dereferences to the [`Rejection`] that says [what](Rejection::kind) and
/// [why](Rejection::detail). As a response it is [`Rejection::to_response`]; for another one, take
/// a `Result` in the handler:
///
/// ```
/// use axum::http::StatusCode;
/// use axum::response::{IntoResponse, Response};
/// use axum::{Router, routing::post};
/// use webhook_axum::{Receiver, RejectionKind, Webhook, WebhookRejection};
///
/// async fn on_create(webhook: Result<Webhook, WebhookRejection>) -> Response {
///     match webhook {
///         Ok(webhook) => println!("{:?}", webhook.event),
///         // Another trigger's call: nothing to do, and nothing to send again.
///         Err(refused) if refused.kind() == RejectionKind::UnexpectedEvent => {}
///         // The status of the table, a text of your own.
///         Err(refused) => return (refused.status(), refused.code()).into_response(),
///     }
///     StatusCode::NO_CONTENT.into_response()
/// }
///
/// let app: Router = Router::new()
///     .route("/copernica", post(on_create))
///     .with_state(Receiver::unverified());
/// ```
///
/// A call that was refused after its proof has its [delivery](Rejection::delivery), body and all:
/// a handler that takes a `Result` can keep it, and an answer of 2xx under [`once`](crate::once) counts
/// it as handled.
#[derive(Debug)]
pub struct WebhookRejection(Rejection);

impl WebhookRejection {
    /// Returns the refusal of core that this one wraps.
    #[must_use]
    pub fn into_inner(self) -> Rejection {
        self.0
    }
}

impl From<Rejection> for WebhookRejection {
    fn from(rejection: Rejection) -> Self {
        Self(rejection)
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
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        // Not the refusal: it displays what this one does.
        self.0.source()
    }
}

impl IntoResponse for WebhookRejection {
    fn into_response(self) -> Response {
        self.0.to_response().map(Body::from)
    }
}
