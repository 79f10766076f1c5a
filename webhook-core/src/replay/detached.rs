//! A handler that goes on without its connection.

use super::permits::Permit;
use super::settlement::{ProvenDelivery, Settlement};
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use tracing::{Instrument, Span};

/// For adapters: a handler whose sender is gone and whose delivery is proven, on its way into a task.
///
/// Dropped before it is at its end, it is a warning with the delivery's id.
pub struct Detached<F: Future + Unpin> {
    /// `None` when it is at its end.
    running: Option<Running<F>>,
    /// Why it is dropped, if it is.
    reason: &'static str,
    span: Span,
    /// Given back last: a receiver is idle when everything is settled.
    _permit: Permit,
}

/// A handler's future, and where its outcome is reported.
pub(super) struct Running<F> {
    pub(super) future: F,
    /// `None` where nothing was claimed.
    pub(super) settlement: Option<Settlement>,
    /// The call's own, inside the span that the server polls it in.
    pub(super) span: Span,
}

impl<F> Running<F> {
    /// Returns what is known of its delivery, once that is proven.
    pub(super) fn proof(&self) -> Option<&ProvenDelivery> {
        self.settlement.as_ref().and_then(Settlement::proof)
    }

    /// Warns that its handler is dropped unfinished, and drops it.
    pub(super) fn cut_off(self, reason: impl fmt::Display) {
        if let Some(settlement) = &self.settlement {
            self.span.in_scope(|| settlement.cut_off(reason));
        }
    }
}

impl<F: Future + Unpin> Running<F> {
    /// Polls it in its place. While it is polled the place is empty, and it goes back only if it has
    /// to wait: what panicked is gone.
    pub(super) fn poll(place: &mut Option<Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // At its end already: a future that is polled then may wait for ever.
        let Some(mut running) = place.take() else { return Poll::Pending };
        let future = Pin::new(&mut running.future);
        let polled = running.span.in_scope(|| future.poll(context));
        if polled.is_pending() {
            *place = Some(running);
        }
        polled
    }
}

impl<F: Future + Unpin> Detached<F> {
    pub(super) fn new(running: Running<F>, permit: Permit, span: Span) -> Self {
        let reason = "no runtime was left for it to go on in";
        Self { running: Some(running), reason, span, _permit: permit }
    }

    /// Runs the handler to its end, in the span in which it began. When `time` is ready before, it
    /// is dropped: [`DETACHED_TIME`](crate::limits::DETACHED_TIME) by the runtime's own timer.
    pub async fn run(mut self, time: impl Future<Output = ()>) {
        let span = std::mem::replace(&mut self.span, Span::none());
        let to_its_end = async move {
            let mut time = pin!(time);
            poll_fn(|context| {
                if Running::poll(&mut self.running, context).is_ready() {
                    return Poll::Ready(());
                }
                let is_late = time.as_mut().poll(context);
                if is_late.is_ready() {
                    self.reason = "it took too long after its connection was gone";
                }
                is_late
            })
            .await;
            // What is left of it, and its permit, inside the span.
            drop(self);
        };
        to_its_end.instrument(span).await;
    }
}

impl<F: Future + Unpin> Drop for Detached<F> {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.span.in_scope(|| running.cut_off(self.reason));
        }
    }
}

impl<F: Future + Unpin> fmt::Debug for Detached<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detached").field("running", &self.running.is_some()).finish_non_exhaustive()
    }
}
