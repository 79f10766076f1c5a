//! A refusal as actix-web's error.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{Error, HttpResponse, ResponseError};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use webhook_core::Rejection;

/// A refused call, as an actix-web error.
///
/// It dereferences to the [`Rejection`] that says [what](Rejection::kind) and
/// [why](Rejection::detail). As a response it is [`Rejection::to_response`], unless
/// [`WebhookConfig::error_handler`](crate::WebhookConfig::error_handler) made another one.
///
/// In middleware, `response.error()` and then [`Error::as_error`] get it back.
///
/// A call that was refused after its proof has its [delivery](Rejection::delivery), body and all:
/// a handler that takes a `Result` can keep it, and an answer of 2xx under [`once`](crate::once) counts
/// it as handled.
#[derive(Debug)]
pub struct WebhookRejection {
    rejection: Arc<Rejection>,
    /// What the error handler made of it.
    shaped: Option<Error>,
}

impl WebhookRejection {
    /// Replaces the answer by an error handler's error; the refusal can still be read.
    pub(crate) fn shaped(self, handler: impl FnOnce(Self) -> Error) -> Self {
        let rejection = Arc::clone(&self.rejection);
        Self { rejection, shaped: Some(handler(self)) }
    }
}

impl From<Rejection> for WebhookRejection {
    fn from(rejection: Rejection) -> Self {
        Self { rejection: Arc::new(rejection), shaped: None }
    }
}

impl Deref for WebhookRejection {
    type Target = Rejection;

    fn deref(&self) -> &Rejection {
        &self.rejection
    }
}

impl fmt::Display for WebhookRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rejection.fmt(f)
    }
}

impl std::error::Error for WebhookRejection {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.rejection.source()
    }
}

impl ResponseError for WebhookRejection {
    fn status_code(&self) -> StatusCode {
        match &self.shaped {
            Some(shaped) => shaped.as_response_error().status_code(),
            None => status(self.rejection.status().as_u16()),
        }
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        if let Some(shaped) = &self.shaped {
            return shaped.error_response();
        }
        // Other versions of the `http` crate: what crosses is numbers and bytes.
        let answer = self.rejection.to_response();
        let mut response = HttpResponse::build(status(answer.status().as_u16()));
        for (name, value) in answer.headers() {
            response.append_header((name.as_str(), value.as_bytes()));
        }
        response.body(answer.into_body())
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
