//! A handler under `once`, which outlives its connection.

use super::Settlement;
use super::detached::{Detached, Running};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tracing::Span;

/// For adapters: the future that `once` returns, which polls the one inside.
///
/// A server drops it when the sender is gone. If its delivery is proven by then, and the future
/// inside is not at its end, that one is handed to the adapter's `detach`, which moves it into a task
/// of the runtime. There it runs to its end and settles the delivery. Until that moment nothing is
/// spawned. What is not proven is dropped, so that forged calls take no places; so is what panicked.
///
/// The future inside comes boxed, so that it can be moved while it runs.
///
/// ```
/// use webhook_core::future::BoxFuture;
/// use webhook_core::limits::DETACHED_TIME;
/// use webhook_core::adapter::{Detached, Handling, Settlement};
///
/// type Answer = BoxFuture<'static, http::Response<()>>;
///
/// fn once(handler: Answer) -> Handling<Answer> {
///     // The extractor gets it too: `Call::settled_by`.
///     let settlement = Settlement::watched();
///     let outcome = settlement.clone();
///     let answer = Box::pin(async move {
///         let response = handler.await;
///         outcome.settle(response.status().is_success()).await;
///         response
///     });
///     Handling::new(answer, Some(settlement), detach)
/// }
///
/// fn detach(handler: Detached<Answer>) {
///     // Without a runtime it is dropped here, which is a warning.
///     if let Ok(runtime) = tokio::runtime::Handle::try_current() {
///         runtime.spawn(async { handler.run(tokio::time::sleep(DETACHED_TIME)).await });
///     }
/// }
/// # let _ = once;
/// ```
#[must_use = "futures do nothing until they are polled"]
pub struct Handling<F: Future + Unpin> {
    /// `None` when it is at its end.
    running: Option<Running<F>>,
    detach: fn(Detached<F>),
    /// The span that it was in when it first had to wait: a server drops it in another.
    span: Option<Span>,
}

impl<F: Future + Unpin> Handling<F> {
    /// Guards a handler's future; `settlement` is where its outcome is reported, and learns of the
    /// proof. Without one nothing is proven.
    pub fn new(future: F, settlement: Option<Settlement>, detach: fn(Detached<F>)) -> Self {
        let span = settlement.as_ref().map_or_else(Span::none, Settlement::span);
        Self { running: Some(Running { future, settlement, span }), detach, span: None }
    }
}

impl<F: Future + Unpin> Future for Handling<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        let polled = Running::poll(&mut this.running, context);
        if polled.is_pending() && this.span.is_none() {
            this.span = Some(Span::current());
        }
        polled
    }
}

impl<F: Future + Unpin> Drop for Handling<F> {
    fn drop(&mut self) {
        let Some(running) = self.running.take() else { return };
        let Some(permits) = running.proof().map(|proof| Arc::clone(&proof.permits)) else { return };
        // Without one it never had to wait: it was never polled.
        let span = self.span.take().unwrap_or_else(Span::current);
        match permits.take() {
            Some(permit) => (self.detach)(Detached::new(running, permit, span)),
            None => span.in_scope(|| {
                running.cut_off(format_args!(
                    "{} handlers go on without their connection already: \
                     `ReceiverBuilder::max_detached`",
                    permits.max()
                ));
            }),
        }
    }
}

impl<F: Future + Unpin> fmt::Debug for Handling<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handling").field("running", &self.running.is_some()).finish_non_exhaustive()
    }
}
