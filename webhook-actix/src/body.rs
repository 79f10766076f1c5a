//! The body on its way from the connection to the receiver.

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::Version;
use actix_web::{HttpMessage, HttpRequest};
use futures_util::StreamExt;
use webhook_core::{Call, Event, Received, Rejection};

/// Reads the raw payload under the receiver's limit. Not by `web::Bytes`: that one decompresses,
/// and has a limit of its own.
pub(crate) async fn receive<T: Event>(
    mut call: Call,
    request: &HttpRequest,
    mut payload: Payload,
) -> Result<Received<T>, Rejection> {
    if was_taken(request, &payload) {
        return Err(call.refuse(Rejection::consumed()));
    }
    while let Some(chunk) = payload.next().await {
        match chunk {
            Ok(chunk) => call.push(chunk)?,
            Err(PayloadError::Overflow) => {
                return Err(call.refuse(Rejection::too_large_for_framework()));
            }
            Err(broken) => return Err(call.broken(broken)),
        }
    }
    call.finish().await
}

/// A body without a length is taken away without a trace, but for the head that announced it (the
/// core compares lengths itself). The server gives every HTTP/2 request a payload.
fn was_taken(request: &HttpRequest, payload: &Payload) -> bool {
    matches!(payload, Payload::None)
        && (request.version() == Version::HTTP_2 || request.chunked().unwrap_or(false))
}
