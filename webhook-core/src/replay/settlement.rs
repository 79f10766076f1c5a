//! Where a delivery's outcome is reported.

use super::claim::Claim;
use super::permits::Permits;
use super::{DeliveryId, StoreError};
use crate::metrics::{CallAnswer, OpenCall, Stage, Timer};
use crate::rejection::RefusalOutcome;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread;
use tracing::Span;
use tracing::field::Empty;

/// Where the outcome of a delivery is reported: the first report counts.
///
/// Clones share it: one is in the [`Delivery`](crate::Delivery) that the handler gets, another may
/// be with the adapter's `once`, which sees the handler's answer. Without a claim (nothing was
/// verified, or it is settled already) a report is no error and has no effect. When the last clone
/// is dropped and nothing was reported, the claim is released, with a warning that names the delivery.
///
/// ```
/// use webhook_core::adapter::Settlement;
///
/// # async fn adapter(handler: impl Future<Output = http::Response<()>>) -> http::Response<()> {
/// // As an adapter does: the extractor puts its claim into this one, and the answer decides.
/// let settlement = Settlement::watched();
/// let response = handler.await;
/// settlement.settle(response.status().is_success()).await;
/// # response
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Settlement(Arc<Cell>);

/// A [`Settlement`] that keeps no claim alive: for what outlives the handler, such as a framework's
/// request.
#[derive(Clone)]
pub struct WeakSettlement(Weak<Cell>);

impl WeakSettlement {
    /// Returns the settlement, unless every clone of it is dropped.
    #[must_use]
    pub fn upgrade(&self) -> Option<Settlement> {
        self.0.upgrade().map(Settlement)
    }
}

impl fmt::Debug for WeakSettlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeakSettlement")
    }
}

/// The target of a call's span: that of the whole library, so that one filter is for all of it.
pub(crate) const SPAN_TARGET: &str = "webhook_core";

#[derive(Default)]
struct Cell {
    claim: Mutex<Option<Claim>>,
    /// What is known of the delivery, once it is proven.
    proof: OnceLock<ProvenDelivery>,
    /// Whether an adapter reports the handler's answer.
    watched: AtomicBool,
    /// Whether the log has that the handler was dropped before its end, or will have that the call is
    /// refused: its release needs no line then.
    is_logged: AtomicBool,
    /// Counts the call when its answer is known.
    open: OpenCall,
    /// What logs the outcome of a call that is refused after its proof, which the answer decides.
    report: Mutex<Option<RefusalReport>>,
    /// The span that the handler runs in, under `once`.
    span: OnceLock<Span>,
    /// What fills the span's fields, when there is a span.
    description: Mutex<Option<Description>>,
    /// The time since the handler has its event.
    handler: OnceLock<Timer>,
}

/// Fills the fields of a call's span.
pub(crate) type Description = Box<dyn FnOnce(&Span) + Send>;

/// Logs what became of a refusal.
pub(crate) type RefusalReport = Box<dyn FnOnce(RefusalOutcome) + Send>;

/// What a proven delivery is called, and what lets its handler outlive its connection.
pub(super) struct ProvenDelivery {
    id: DeliveryId,
    pub(super) permits: Arc<Permits>,
}

impl Settlement {
    /// Makes one that learns the handler's answer from an adapter, so that a delivery is not
    /// expected to be committed by its handler.
    #[must_use]
    pub fn watched() -> Self {
        let settlement = Self::default();
        settlement.watch();
        settlement
    }

    /// Returns a handle to it that keeps no claim alive.
    #[must_use]
    pub fn downgrade(&self) -> WeakSettlement {
        WeakSettlement(Arc::downgrade(&self.0))
    }

    /// Notes that an adapter reports the handler's answer from here on.
    pub fn watch(&self) {
        self.0.watched.store(true, Ordering::Relaxed);
    }

    /// Takes down that the delivery is proven. From here on its handler outlives its connection,
    /// within what `permits` has. Returns whether nothing was proven before: then no claim is here.
    pub(crate) fn prove(&self, id: DeliveryId, permits: &Arc<Permits>) -> bool {
        self.0.proof.set(ProvenDelivery { id, permits: Arc::clone(permits) }).is_ok()
    }

    /// Returns what is known of the delivery, once it is proven.
    pub(super) fn proof(&self) -> Option<&ProvenDelivery> {
        self.0.proof.get()
    }

    /// Warns that the handler is dropped before its end. Whatever holds the delivery besides may
    /// still commit it.
    pub(super) fn cut_off(&self, reason: impl fmt::Display) {
        let Some(ProvenDelivery { id, .. }) = self.proof() else { return };
        self.0.is_logged.store(true, Ordering::Relaxed);
        tracing::warn!(
            delivery = %id,
            %reason,
            "webhook handler dropped before it answered: a copy of the call is handled, unless \
             this one was committed"
        );
    }

    /// Notes that the call is refused, which `report` logs when its outcome is known: its release is
    /// no news.
    pub(crate) fn refuse(
        &self,
        code: &'static str,
        trigger: Option<&'static str>,
        report: RefusalReport,
    ) {
        self.0.open.open(code, trigger);
        self.0.is_logged.store(true, Ordering::Relaxed);
        *self.report() = Some(report);
    }

    /// Notes that the handler gets its event now, whatever another extractor refused: a framework may
    /// let several look at one call.
    pub(crate) fn accept(&self, trigger: Option<&'static str>) {
        self.0.open.open("", trigger);
        let timer = Timer::start();
        if timer.is_running() {
            self.0.handler.get_or_init(|| timer);
        }
        // Nearly always it is not, and to look at it costs less than to write.
        if self.0.is_logged.load(Ordering::Relaxed) {
            self.0.is_logged.store(false, Ordering::Relaxed);
            *self.report() = None;
        }
    }

    /// Fills the fields of the call's span: now where there is one, or when `once` makes it.
    pub(crate) fn describe(&self, description: Description) {
        match self.0.span.get() {
            Some(span) => description(span),
            None => *self.description() = Some(description),
        }
    }

    /// Returns the span that the handler runs in, whose parent is the span of the first call of this.
    pub(super) fn span(&self) -> Span {
        let span = self.0.span.get_or_init(|| {
            tracing::info_span!(
                target: SPAN_TARGET,
                "webhook",
                kind = Empty,
                profile = Empty,
                subprofile = Empty,
                database = Empty,
                collection = Empty,
                id = Empty,
                key_name = Empty,
                code = Empty,
            )
        });
        let description = self.description().take();
        // Outside the lock: a subscriber is code of the application's.
        if let Some(description) = description {
            description(span);
        }
        span.clone()
    }

    fn description(&self) -> MutexGuard<'_, Option<Description>> {
        self.0.description.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the refusal is the answer, unless an adapter reports the handler's.
    pub(crate) fn answer_refusal(&self) {
        if !self.0.watched.load(Ordering::Relaxed) {
            self.answered(RefusalOutcome::Refused);
        }
    }

    /// Counts the call, and logs what became of its refusal, if there is one; each once.
    fn answered(&self, outcome: RefusalOutcome) {
        self.0.open.close(answer(outcome));
        // No report without this: then the lock is not taken.
        if !self.0.is_logged.load(Ordering::Relaxed) {
            return;
        }
        let report = self.report().take();
        // Outside the lock: a subscriber is code of the application's.
        if let Some(report) = report {
            report(outcome);
        }
    }

    fn report(&self) -> MutexGuard<'_, Option<RefusalReport>> {
        self.0.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Releases the claim at once, whatever the answer will be: a call that is ignored was not
    /// handled.
    pub(crate) fn release(&self, code: &'static str, trigger: Option<&'static str>) {
        self.0.open.open(code, trigger);
        self.0.is_logged.store(true, Ordering::Relaxed);
        // Outside the lock: a release is the store's own code.
        drop(self.replace(None));
    }

    /// Returns whether the claim of this delivery is here already: a framework may let several
    /// extractors look at one call.
    pub(crate) fn holds(&self, id: DeliveryId) -> bool {
        self.lock().as_ref().is_some_and(|claim| claim.id() == id)
    }

    /// Puts a claim in; one that was there is released.
    pub(crate) fn hold(&self, claim: Claim) {
        let before = self.replace(Some(claim));
        // Outside the lock: a release is the store's own code.
        drop(before);
    }

    /// Commits the delivery, which was handled: copies of the call are answered 200 without a
    /// handler.
    ///
    /// It counts from this call on, even before the future is polled. A future that is dropped
    /// leaves the claim in flight until it expires: a delivery that was handled is never released.
    ///
    /// # Errors
    /// The store could not write it down. Copies are then answered 503 until the call's date is
    /// too old.
    pub fn commit(&self) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let commit = self.replace(None).map(Claim::commit);
        self.answered(RefusalOutcome::Taken);
        async move {
            match commit {
                Some(commit) => commit.await,
                None => Ok(()),
            }
        }
    }

    /// Settles the delivery by the handler's answer. With success (a status of 2xx, which is what
    /// the sender gets) the delivery is [committed](Self::commit); a failure of that is logged, and
    /// the answer stays the handler's own. Otherwise the claim is released at once.
    pub fn settle(&self, success: bool) -> impl Future<Output = ()> + Send + use<> {
        if let Some(timer) = self.0.handler.get() {
            timer.stop(Stage::Handler);
        }
        let commit = if success {
            Some(self.commit())
        } else {
            drop(self.replace(None));
            self.answered(RefusalOutcome::Refused);
            None
        };
        async move {
            let Some(commit) = commit else { return };
            if let Err(error) = commit.await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "webhook handled, but not written down: copies of the call are answered 503 \
                     until its date is too old"
                );
            }
        }
    }

    fn replace(&self, claim: Option<Claim>) -> Option<Claim> {
        std::mem::replace(&mut self.lock(), claim)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Claim>> {
        self.0.claim.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns what an outcome is to a count, which is also of calls that are not refused.
fn answer(outcome: RefusalOutcome) -> CallAnswer {
    match outcome {
        RefusalOutcome::Refused => CallAnswer::Failed,
        RefusalOutcome::Taken => CallAnswer::Handled,
        RefusalOutcome::Unknown => CallAnswer::Unknown,
    }
}

/// The claim that is left is released by its own drop.
impl Drop for Cell {
    fn drop(&mut self) {
        // Under `once` the handler did not come to its answer.
        let is_refused = *self.watched.get_mut() || thread::panicking();
        let outcome = if is_refused { RefusalOutcome::Refused } else { RefusalOutcome::Unknown };
        self.open.close(answer(outcome));
        if let Some(report) = self.report.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            report(outcome);
        }
        let claim = self.claim.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Some(claim) = claim else { return };
        let delivery = claim.id();
        if *self.is_logged.get_mut() {
            tracing::debug!(%delivery, "webhook released");
        } else if thread::panicking() {
            tracing::warn!(%delivery, "webhook released: a panic ended its handler");
        } else if *self.watched.get_mut() {
            tracing::warn!(
                %delivery,
                "webhook released: its handler was dropped before it answered. A copy of the call \
                 is handled"
            );
        } else {
            tracing::warn!(
                %delivery,
                "webhook released: its handler ended, or was dropped, and did not commit it. Wrap \
                 the handler in `once`, or call `Delivery::commit`; until then a copy of the call \
                 while its date is fresh reaches the handler again"
            );
        }
    }
}

impl fmt::Debug for Settlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open = self.lock().is_some();
        f.debug_struct("Settlement").field("open", &open).finish_non_exhaustive()
    }
}
