//! The body on its way from the connection to the receiver.

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::Version;
use actix_web::rt::time::sleep_until;
use actix_web::{HttpMessage, HttpRequest};
use futures_util::Stream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use webhook_core::{Call, Event, Received, Rejection};

/// Reads the raw payload, as core says how much and how long. Not by `web::Bytes`: that one
/// decompresses, and has a limit of its own.
pub(crate) async fn receive<T: Event>(
    mut call: Call,
    request: &HttpRequest,
    mut payload: Payload,
) -> Result<Received<T>, Rejection> {
    let was_taken = was_taken(request, &payload);
    let next = |context: &mut Context<'_>| {
        if was_taken {
            return Poll::Ready(Some(Err(Rejection::consumed())));
        }
        let chunk = ready!(Pin::new(&mut payload).poll_next(context));
        Poll::Ready(chunk.map(|chunk| chunk.map_err(refusal)))
    };
    call.read(next, |deadline| sleep_until(deadline.into())).await?;
    call.finish().await
}

fn refusal(error: PayloadError) -> Rejection {
    match error {
        PayloadError::Overflow => Rejection::too_large_for_framework(),
        broken => Rejection::unreadable(broken),
    }
}

/// A body without a length is taken away without a trace, but for the head that announced it (the
/// core compares lengths itself). The server gives every HTTP/2 request a payload.
fn was_taken(request: &HttpRequest, payload: &Payload) -> bool {
    matches!(payload, Payload::None)
        && (request.version() == Version::HTTP_2 || request.chunked().unwrap_or(false))
}
