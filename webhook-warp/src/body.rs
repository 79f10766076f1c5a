//! A body on its way from warp to core: chunk by chunk, so that core's limit holds while it comes.

use bytes::Buf;
use futures_util::future::ready;
use futures_util::{Stream, StreamExt};
use http_body_util::LengthLimitError;
use std::convert::Infallible;
use std::error::Error;
use std::iter;
use std::pin::pin;
use warp::Filter;
use webhook_core::{Call, Rejection};

/// The chunks of a request's body, as warp yields them.
pub(crate) trait Chunks: Stream<Item = Result<Self::Chunk, warp::Error>> + Send {
    type Chunk: Buf + Send;
}

impl<S: Stream<Item = Result<B, warp::Error>> + Send, B: Buf + Send> Chunks for S {
    type Chunk = B;
}

/// The body, not yet read; `None` when a filter before this one has taken it.
pub(crate) fn chunks()
-> impl Filter<Extract = (Option<impl Chunks>,), Error = Infallible> + Copy + Send + Sync {
    warp::body::stream().map(Some).or_else(|_| ready(Ok((None,))))
}

/// Reads the body to its end.
pub(crate) async fn read(call: &mut Call, chunks: Option<impl Chunks>) -> Result<(), Rejection> {
    let Some(chunks) = chunks else {
        return Err(call.refuse(Rejection::consumed()));
    };
    let mut chunks = pin!(chunks);
    while let Some(chunk) = chunks.next().await {
        match chunk {
            // Warp's chunks are `Bytes` inside: this is a reference, not a copy.
            Ok(mut chunk) => call.push(chunk.copy_to_bytes(chunk.remaining()))?,
            Err(error) if is_over_limit(&error) => {
                return Err(call.refuse(Rejection::too_large_for_framework()));
            }
            Err(error) => return Err(call.broken(error)),
        }
    }
    Ok(())
}

/// A layer around [`warp::service`] limits the body, and this one is over it.
fn is_over_limit(error: &(dyn Error + 'static)) -> bool {
    let mut chain = iter::successors(Some(error), |&error| error.source());
    chain.any(<dyn Error>::is::<LengthLimitError>)
}
