//! What an application configures of the extractor, next to its receiver.

use crate::rejection::WebhookRejection;
use actix_web::{Error, HttpRequest, web};
use std::fmt;
use std::sync::Arc;
use webhook_core::Rejection;

type ErrorHandler = Arc<dyn Fn(WebhookRejection, &HttpRequest) -> Error + Send + Sync>;

/// How [`Webhook`](crate::Webhook) answers a refused call; limits are the receiver's.
///
/// ```
/// use actix_web::error::InternalError;
/// use actix_web::{App, HttpResponse};
/// use webhook_actix::{Receiver, WebhookConfig};
///
/// let config = WebhookConfig::default().error_handler(|refused, _request| {
///     let status = actix_web::ResponseError::status_code(&refused);
///     let answer = HttpResponse::build(status).body(refused.code());
///     InternalError::from_response(refused, answer).into()
/// });
/// let receiver = Receiver::unverified();
///
/// let app = App::new().app_data(receiver.clone()).app_data(config.clone());
/// # let _ = app;
/// ```
///
/// Like actix-web's own, it is looked up as a `WebhookConfig` and then as a
/// `web::Data<WebhookConfig>`, innermost scope first.
#[derive(Clone, Default)]
pub struct WebhookConfig {
    error_handler: Option<ErrorHandler>,
}

impl WebhookConfig {
    /// Makes the error of a refused call, and by it the answer.
    ///
    /// It runs for every refusal, also where a handler takes a `Result`:
    /// [`WebhookRejection`] then answers with what was made here.
    #[must_use]
    pub fn error_handler<H>(mut self, handler: H) -> Self
    where
        H: Fn(WebhookRejection, &HttpRequest) -> Error + Send + Sync + 'static,
    {
        self.error_handler = Some(Arc::new(handler));
        self
    }

    /// Answers a refusal by the error handler of the request's application, if it has one.
    pub(crate) fn shape(refused: Rejection, request: &HttpRequest) -> WebhookRejection {
        let refused = WebhookRejection::from(refused);
        let config = request
            .app_data::<Self>()
            .or_else(|| request.app_data::<web::Data<Self>>().map(web::Data::get_ref));
        match config.and_then(|config| config.error_handler.as_ref()) {
            Some(handler) => refused.shaped(|refused| handler(refused, request)),
            None => refused,
        }
    }
}

impl fmt::Debug for WebhookConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookConfig")
            .field("error_handler", &self.error_handler.as_ref().map(|_| ".."))
            .finish()
    }
}
