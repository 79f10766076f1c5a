//! The body on its way from the connection to the receiver.

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::Version;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE};
use actix_web::rt::time::sleep_until;
use actix_web::{HttpMessage, HttpRequest};
use futures_util::Stream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use webhook_core::adapter::{BodyError, Call};
use webhook_core::{FromDelivery, Received, Rejection};

/// Reads the raw payload, as core says how much and how long. Not by `web::Bytes`: that one
/// decompresses, and has a limit of its own.
pub(crate) async fn receive<T: FromDelivery>(
    mut call: Call,
    request: &HttpRequest,
    mut payload: Payload,
) -> Result<Received<T>, Rejection> {
    let was_taken = was_taken(request, &payload);
    let mut left = left(request, &payload);
    let next = |context: &mut Context<'_>| {
        if was_taken {
            return Poll::Ready(Some(Err(BodyError::Consumed)));
        }
        if left == Some(0) {
            return Poll::Ready(None);
        }
        let Some(chunk) = ready!(Pin::new(&mut payload).poll_next(context)) else {
            return Poll::Ready(None);
        };
        Poll::Ready(Some(chunk.map_err(body_error).map(|mut chunk| {
            if let Some(left) = &mut left {
                chunk.truncate(*left);
                *left -= chunk.len();
            }
            chunk
        })))
    };
    call.read(next, |deadline| sleep_until(deadline.into())).await?;
    call.finish().await
}

fn body_error(error: PayloadError) -> BodyError {
    match error {
        PayloadError::Overflow => BodyError::TooLarge,
        broken => BodyError::broken(broken),
    }
}

/// Returns the length of a body whose end actix-http does not find: with `Upgrade: websocket` in
/// the head, all that follows is payload to it, up to the end of the connection. No length announces
/// an empty body (RFC 9112 §6.3). What a middleware put in place of the payload ends by itself.
fn left(request: &HttpRequest, payload: &Payload) -> Option<usize> {
    let headers = request.headers();
    let is_endless = matches!(payload, Payload::H1 { .. })
        && headers.contains_key(UPGRADE)
        && !headers.contains_key(TRANSFER_ENCODING);
    // A length that is no number is refused by the server, one that is too large by the receiver.
    let length = || headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok();
    is_endless.then(|| length().unwrap_or(0))
}

/// Returns whether a middleware has taken a body without a length: only the head that announced it
/// shows that (core compares lengths itself). The server gives every HTTP/2 request a payload.
fn was_taken(request: &HttpRequest, payload: &Payload) -> bool {
    matches!(payload, Payload::None)
        && (request.version() == Version::HTTP_2 || request.chunked().unwrap_or(false))
}
