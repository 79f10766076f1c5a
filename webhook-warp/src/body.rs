//! A body on its way from warp to core: chunk by chunk, so that core's limit holds while it comes.

use bytes::Buf;
use futures_util::Stream;
use futures_util::future::ready;
use http_body_util::LengthLimitError;
use std::convert::Infallible;
use std::error::Error;
use std::iter;
use std::pin::pin;
use std::task::{Context, Poll, ready};
use tokio::time::sleep_until;
use warp::Filter;
use webhook_core::Rejection;
use webhook_core::adapter::{BodyError, Call};

/// The chunks of a request's body, as warp yields them.
pub(crate) trait Chunks: Stream<Item = Result<Self::Chunk, warp::Error>> + Send {
    type Chunk: Buf + Send;
}

impl<S: Stream<Item = Result<B, warp::Error>> + Send, B: Buf + Send> Chunks for S {
    type Chunk = B;
}

/// Extracts the body, not yet read, or `None` when a filter before this one has taken it.
pub(crate) fn chunks()
-> impl Filter<Extract = (Option<impl Chunks>,), Error = Infallible> + Copy + Send + Sync {
    warp::body::stream().map(Some).or_else(|_| ready(Ok((None,))))
}

/// Reads the body to its end, as core says how much and how long.
pub(crate) async fn read<C: Chunks>(call: &mut Call, chunks: Option<C>) -> Result<(), Rejection> {
    let mut chunks = pin!(chunks);
    let next = |context: &mut Context<'_>| {
        let Some(chunks) = chunks.as_mut().as_pin_mut() else {
            return Poll::Ready(Some(Err(BodyError::Consumed)));
        };
        let chunk = ready!(chunks.poll_next(context));
        // Warp's chunks are `Bytes` inside: this is a reference, not a copy.
        let bytes = |mut chunk: C::Chunk| chunk.copy_to_bytes(chunk.remaining());
        Poll::Ready(chunk.map(|chunk| chunk.map(bytes).map_err(body_error)))
    };
    call.read(next, |deadline| sleep_until(deadline.into())).await
}

fn body_error(error: warp::Error) -> BodyError {
    if is_over_limit(&error) { BodyError::TooLarge } else { BodyError::broken(error) }
}

/// Returns whether the body is over the limit of a layer around [`warp::service`].
fn is_over_limit(error: &(dyn Error + 'static)) -> bool {
    let mut chain = iter::successors(Some(error), |&error| error.source());
    chain.any(<dyn Error>::is::<LengthLimitError>)
}
