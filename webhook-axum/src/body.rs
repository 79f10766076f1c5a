//! The body on its way from the connection to the receiver.

use axum::RequestExt;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::TRANSFER_ENCODING;
use axum::http::request::Parts;
use futures_util::stream;
use http_body_util::LengthLimitError;
use std::convert::Infallible;
use std::error::Error;
use std::iter;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::time::sleep_until;
use webhook_core::adapter::{BodyError, Call};
use webhook_core::{FromDelivery, Received, Rejection};

/// What axum's extractors apply without a `DefaultBodyLimit`, in bytes. The same number
/// set by hand looks no different.
const UNSET: u64 = 2_097_152;

/// Reads the raw body, frame by frame, as core says how much and how long.
pub(crate) async fn receive<T: FromDelivery>(
    mut call: Call,
    mut body: Body,
    was_taken: bool,
) -> Result<Received<T>, Rejection> {
    let next = |context: &mut Context<'_>| {
        if was_taken {
            return Poll::Ready(Some(Err(BodyError::Consumed)));
        }
        loop {
            match ready!(Pin::new(&mut body).poll_frame(context)) {
                None => return Poll::Ready(None),
                Some(Ok(frame)) => {
                    // The other kind is trailers.
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(body_error(error)))),
            }
        }
    };
    call.read(next, |deadline| sleep_until(deadline.into())).await?;
    call.finish().await
}

fn body_error(error: axum::Error) -> BodyError {
    if is_over_a_limit(&error) { BodyError::TooLarge } else { BodyError::broken(error) }
}

/// Returns whether a layer before this extractor has read the body: a chunked one has no announced
/// length for core to compare, so it is taken when it ends before it was read.
pub(crate) fn was_taken(parts: &Parts, body: &Body) -> bool {
    body.is_end_stream() && parts.headers.contains_key(TRANSFER_ENCODING)
}

/// Returns the limit that a `DefaultBodyLimit` set. Its request extension is private to axum, so
/// this applies it to a body of unknown length, whose size hint is then the limit.
pub(crate) fn default_limit(parts: Parts) -> Option<usize> {
    // It has no size and takes no memory.
    let endless = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let limited = Request::from_parts(parts, endless).with_limited_body();
    let limit = limited.body().size_hint().upper().filter(|limit| *limit != UNSET)?;
    usize::try_from(limit).ok()
}

/// Returns whether a layer before this extractor stopped the body: `RequestBodyLimitLayer`, for one.
fn is_over_a_limit(error: &(dyn Error + 'static)) -> bool {
    iter::successors(Some(error), |&error| error.source()).any(<dyn Error>::is::<LengthLimitError>)
}
