//! One call on its way through: head checked, proven as far as that goes, body coming in, then an
//! event.

use super::body::Body;
use super::body_error::BodyError;
use super::budget::Share;
use super::log::{self, RefusedDelivery};
use super::rejection::Rejection;
use super::verify::Pending;
use super::{Proof, Receiver};
use crate::decode::Reading;
use crate::delivery::{Called, Delivery, Proven};
use crate::event::{Arrived, FromDelivery};
use crate::metrics::{self, BegunCall, Stage, Timer};
use crate::rejection::{Check, Fault, Refusal, RefusalOutcome, RejectionKind};
use crate::replay::{DeliveryId, Settlement};
use crate::request::{FieldLines, Head, MediaType};
use crate::signature::called_host;
use bytes::Bytes;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

/// A call whose head was accepted: the adapter [reads](Self::read) the body, then
/// [finishes](Self::finish).
///
/// The [module](crate::adapter) shows one. An adapter that has no stream does the same step by step:
/// [`ready`](Self::ready) before the first [`push`](Self::push), and no longer than until the
/// [`deadline`](Self::deadline).
#[derive(Debug)]
#[must_use = "a call yields its event when it is finished"]
// Handed on many times, from the adapter's first step to its last: as a pointer.
pub struct Call(Box<CallState>);

#[derive(Debug)]
struct CallState {
    reading: Reading,
    media_type: MediaType,
    /// Whether what the handler does not take is ignored.
    ignores_unexpected: bool,
    /// As announced by Content-Length.
    length: Option<usize>,
    body: Body,
    /// When the body must be complete.
    deadline: Instant,
    called: Called,
    /// Smaller than the receiver's, where the framework has a limit of its own.
    framework_limit: Option<usize>,
    /// What the head claims to prove, unless nothing is to be.
    pending: Option<Pending>,
    /// What the body holds of the receiver's budget while nothing is proven.
    share: Option<Share>,
    /// Where the outcome is reported, when an adapter waits for it.
    settlement: Option<Settlement>,
    /// Counts the call, unless its settlement does.
    begun: BegunCall,
}

/// What came out of a call.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Received<T> {
    /// What happened.
    pub event: T,
    /// How it arrived.
    pub delivery: Delivery,
}

impl Call {
    pub(super) fn begin(receiver: &Receiver, head: &Head<'_>) -> Result<Self, Refusal> {
        if head.method != "POST" {
            return Err(Refusal::new(RejectionKind::MethodNotAllowed, "send a POST request"));
        }
        // `http://a.example?x` has an empty path, which is `/` (RFC 9112 §3.2.1).
        let rooted = head.target.starts_with('?').then(|| format!("/{}", head.target));
        let head = &Head { target: rooted.as_deref().unwrap_or(head.target), ..*head };
        let lines = FieldLines::of(head.headers);
        let reading = receiver.0.reading;
        let (length, limit) = (lines.length(), reading.limits.max_body());
        if length.is_some_and(|length| length > limit) {
            return Err(Refusal::too_large(limit));
        }
        lines.check_coding()?;
        let called = Called::new(head.target, called_host(&lines, head.authority)?);
        let pending = match &receiver.0.proof {
            Proof::Elsewhere => None,
            Proof::Signature(verifier) => Some(verifier.begin(head, &lines, called.host())?),
        };
        let counts = pending.as_ref().is_none_or(Pending::covers_content_type);
        let media_type = if counts { lines.media_type() } else { MediaType::Uncovered };
        Ok(Self(Box::new(CallState {
            reading,
            media_type,
            ignores_unexpected: receiver.0.ignores_unexpected,
            length,
            body: Body::Empty,
            deadline: Instant::now() + reading.limits.max_body_time(),
            called,
            framework_limit: None,
            pending,
            share: None,
            settlement: None,
            begun: BegunCall::default(),
        })))
    }

    /// Counts the call, whatever becomes of it.
    pub(super) fn counted(self) -> Self {
        self.0.begun.begin();
        self
    }

    /// Returns the most bytes that the body may have.
    #[must_use]
    pub fn limit(&self) -> usize {
        let limit = self.0.reading.limits.max_body();
        self.0.framework_limit.map_or(limit, |framework| limit.min(framework))
    }

    /// Returns the moment at which the body must be complete.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.0.deadline
    }

    /// Sets a limit of the framework's own, in bytes; the smaller one counts.
    ///
    /// A length that is announced over it is refused when the head is [ready](Self::ready), not
    /// before: a forgery would learn from a 413 that it named an account that is configured here.
    pub fn with_limit(mut self, bytes: usize) -> Self {
        self.0.framework_limit = Some(bytes);
        self
    }

    /// Sets where the outcome is reported: for adapters, whose `once` sees the handler's answer but
    /// never the delivery.
    pub fn settled_by(mut self, settlement: Settlement) -> Self {
        self.0.settlement = Some(settlement);
        self
    }

    /// Proves the head, as far as the head alone proves the call: looks the key up, or a newer one,
    /// and verifies the signature. The body of a call that proves nothing is not read, and costs nothing.
    ///
    /// # Errors
    /// The head proves nothing, or the key is not available now. What a proven head announces is
    /// over a limit of the framework.
    pub async fn ready(&mut self) -> Result<(), Rejection> {
        self.prepare().await.map_err(|refusal| self.unproven(refusal, None))
    }

    async fn prepare(&mut self) -> Result<(), Refusal> {
        if let Some(pending) = self.0.pending.as_mut().filter(|pending| !pending.is_ready()) {
            // Rare and large: on its own, what every call takes stays small.
            Box::pin(pending.ready()).await?;
        }
        match self.0.length {
            Some(length) if length > self.limit() => Err(self.too_large()),
            _ => Ok(()),
        }
    }

    /// Reads the body to its end: [proves the head](Self::ready), then takes what `next` yields,
    /// under the limits and until the [deadline](Self::deadline).
    ///
    /// `next` is polled as a stream is; its error is what keeps the adapter from the rest of
    /// the body. `timer` makes a future that ends at a moment, by the runtime's own timer; it is made
    /// when the body keeps us waiting.
    ///
    /// # Errors
    /// The call is refused.
    pub async fn read<N, T>(
        &mut self,
        mut next: N,
        timer: impl FnOnce(Instant) -> T,
    ) -> Result<(), Rejection>
    where
        N: FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>>,
        T: Future<Output = ()>,
    {
        self.ready().await?;
        let deadline = self.0.deadline;
        let mut timer = Some(timer);
        let mut waiting: Option<Pin<Box<T>>> = None;
        loop {
            let chunk = poll_fn(|context| {
                if let Poll::Ready(chunk) = next(context) {
                    return Poll::Ready(Ok(chunk));
                }
                if let Some(timer) = timer.take() {
                    waiting = Some(Box::pin(timer(deadline)));
                }
                match &mut waiting {
                    Some(waiting) => waiting.as_mut().poll(context).map(Err),
                    None => Poll::Pending,
                }
            });
            match chunk.await {
                Ok(None) => return Ok(()),
                Ok(Some(Ok(chunk))) => self.add(chunk).map_err(|refusal| self.refuse(refusal))?,
                Ok(Some(Err(error))) => return Err(self.fail(error)),
                Err(()) => return Err(self.refuse(self.too_late())),
            }
        }
    }

    /// Takes the next chunk of the body.
    ///
    /// # Errors
    /// The body is over the limit, or late; or unproven calls hold as much as they may.
    pub fn push(&mut self, chunk: Bytes) -> Result<(), Rejection> {
        let is_late = Instant::now() > self.0.deadline;
        let taken = if is_late { Err(self.too_late()) } else { self.add(chunk) };
        taken.map_err(|refusal| self.refuse(refusal))
    }

    /// Takes a body that is complete: nothing was waited for, so the clock is not read again.
    pub(super) fn push_whole(&mut self, body: Bytes) -> Result<(), Rejection> {
        self.add(body).map_err(|refusal| self.refuse(refusal))
    }

    /// Adds a chunk to the body, without logging a refusal.
    fn add(&mut self, chunk: Bytes) -> Result<(), Refusal> {
        let limit = self.limit();
        if chunk.len() > limit.saturating_sub(self.0.body.len()) {
            return Err(self.too_large());
        }
        let most = self.0.length.map_or(limit, |length| length.min(limit));
        let CallState { body, pending, share, .. } = &mut *self.0;
        if let Some(pending) = pending.as_ref().filter(|pending| !pending.is_verified()) {
            let share = share.get_or_insert_with(|| pending.share());
            let (held, will) = (body.held(), body.held_with(chunk.len(), most));
            if will > held {
                // For a moment there are two buffers.
                share.grow(will)?;
                body.push(chunk, most);
                share.shrink(held);
                return Ok(());
            }
        }
        body.push(chunk, most);
        Ok(())
    }

    /// Refuses a large body: whose limit it was decides what to change.
    fn too_large(&self) -> Refusal {
        let limit = self.0.reading.limits.max_body();
        match self.0.framework_limit {
            Some(framework) if framework < limit => BodyError::TooLarge.into(),
            _ => Refusal::too_large(limit),
        }
    }

    fn too_late(&self) -> Refusal {
        let time = self.0.reading.limits.max_body_time();
        let detail = format!("the body took more than {time:?}: raise it with Limits::body_time");
        Refusal::new(RejectionKind::BodyTimeout, detail)
    }

    /// Refuses a call whose body can't be read to its end, and logs it.
    ///
    /// Where nothing was proven by the head, that is a 401 like any forgery's, and the log has the
    /// reason: a 413, 408 or 400 would be an oracle for the accounts and hosts that are configured.
    #[must_use]
    pub fn fail(&self, error: BodyError) -> Rejection {
        self.refuse(error.into())
    }

    /// Logs a refusal while the body comes in, and returns the one to answer with.
    fn refuse(&self, refusal: Refusal) -> Rejection {
        self.unproven(self.veiled(refusal), Some(self.0.body.len()))
    }

    /// Logs and counts a refusal before the proof of a call of whose body there are `length` bytes.
    fn unproven(&self, refusal: Refusal, length: Option<usize>) -> Rejection {
        unproven(&self.0.begun, refusal, length)
    }

    fn veiled(&self, refusal: Refusal) -> Refusal {
        let proven = self.0.pending.as_ref().is_none_or(Pending::is_verified);
        match refusal.kind() {
            RejectionKind::BodyTooLarge
            | RejectionKind::BodyTimeout
            | RejectionKind::BodyUnreadable
                if !proven =>
            {
                let detail = format!("nothing was proven before the body's end: {refusal}");
                Fault::unproven(Check::Signature, detail).into()
            }
            _ => refusal,
        }
    }

    /// Takes the body as complete: its proof, then whether it came before, then its meaning.
    ///
    /// # Errors
    /// The call is refused; [`Rejection::to_response`] is the answer to it.
    pub async fn finish<T: FromDelivery>(mut self) -> Result<Received<T>, Rejection> {
        let length = self.0.body.len();
        let body = self.take_body().map_err(|refusal| self.unproven(refusal, Some(length)))?;
        let called = std::mem::take(&mut self.0.called);
        // All that waits stays in its box: inside every handler's future it would be copied with that.
        let CallState { pending: Some(pending), settlement, share, reading, begun, .. } =
            &mut *self.0
        else {
            return self.0.decode(Delivery::new(body, called));
        };
        let id = prove(pending, &body).await;
        let id = id.map_err(|refusal| unproven(begun, refusal, Some(body.len())))?;
        *share = None;
        let settlement = settlement.take().unwrap_or_default();
        // Before the claim, which may have to wait: a sender that is gone by then is not lost.
        let is_first = settlement.prove(id, pending.detached());
        // And the claim before the decoding: what can't be decoded is handed over with its claim.
        if is_first || !settlement.holds(id) {
            match pending.claim(id, reading.limits.max_body_time()).await {
                Ok(claim) => settlement.hold(claim),
                Err(refusal) => {
                    let proven = pending.take_proven(id);
                    return Err(self.unclaimed(refusal, Delivery::new(body, called), proven));
                }
            }
        }
        let proven = pending.take_proven(id);
        let mut delivery = Delivery::new(body, called);
        delivery.prove(proven, settlement);
        self.0.decode(delivery)
    }

    /// Refuses a proven call that can't be claimed, most likely because it is a copy, and logs that.
    #[cold]
    fn unclaimed(&self, refusal: Refusal, mut delivery: Delivery, proven: Proven) -> Rejection {
        delivery.prove(proven, Settlement::default());
        RefusedDelivery::new(&refusal, &delivery, self.0.reading).log(RefusalOutcome::Refused);
        self.0.begun.refuse(refusal.code(), "");
        refusal.into()
    }

    /// Returns the body as it was announced. Servers deliver that or an error: anything else was
    /// done in between.
    fn take_body(&mut self) -> Result<Bytes, Refusal> {
        let body = std::mem::take(&mut self.0.body).into_bytes();
        match self.0.length {
            Some(length) if length != body.len() => Err(self.veiled(BodyError::Consumed.into())),
            _ => Ok(body),
        }
    }

    /// Proves the call, without decoding and without a claim, and returns what was proven in words.
    pub(super) async fn explain(mut self, body: Bytes) -> Result<String, Refusal> {
        self.prepare().await?;
        self.add(body).map_err(|refused| self.veiled(refused))?;
        let body = self.take_body()?;
        match &mut self.0.pending {
            Some(pending) => {
                let id = prove(pending, &body).await?;
                let proven = pending.take_proven(id);
                Ok(format!("{}, signed by {} at {}", pending.claims(), proven.key, proven.date))
            }
            None => Ok("nothing: this receiver is unverified".to_owned()),
        }
    }
}

impl CallState {
    /// Makes of a delivery what the handler takes. A refusal takes the delivery along.
    fn decode<T: FromDelivery>(&self, mut delivery: Delivery) -> Result<Received<T>, Rejection> {
        let Self { reading, media_type, .. } = self;
        let arrived = Arrived::new(delivery.body(), media_type, *reading);
        let timer = Timer::start();
        let event = T::from_arrived(&arrived);
        timer.stop(Stage::Decode);
        let trigger = arrived.trigger();
        // From here on its settlement does.
        self.begun.end();
        match event {
            Ok(event) => {
                if log::has_span() {
                    delivery.settled_by(self.settlement.as_ref());
                    delivery.describe(log::description(&delivery, *reading, None));
                } else if metrics::is_on() {
                    delivery.settled_by(self.settlement.as_ref());
                }
                if let Some(settlement) = delivery.settlement().or(self.settlement.as_ref()) {
                    settlement.accept(trigger);
                }
                log::accepted(&delivery, *reading);
                Ok(Received { event, delivery })
            }
            Err(refusal) => Err(self.refuse(refusal, delivery, trigger)),
        }
    }

    /// Refuses a call after its proof. The log says so when its outcome is known: a handler that takes
    /// a `Result` may count it as handled.
    #[cold]
    fn refuse(
        &self,
        refusal: Refusal,
        mut delivery: Delivery,
        trigger: Option<&'static str>,
    ) -> Rejection {
        let is_ignorable = self.ignores_unexpected;
        let refusal = if is_ignorable { refusal.ignored_if_unexpected() } else { refusal };
        let refused = RefusedDelivery::new(&refusal, &delivery, self.reading);
        if refusal.kind() == RejectionKind::Ignored {
            if metrics::is_on() {
                delivery.settled_by(self.settlement.as_ref());
            }
            delivery.release(refusal.code(), trigger);
            refused.log(RefusalOutcome::Refused);
        } else {
            delivery.settled_by(self.settlement.as_ref());
            if log::has_span() {
                let code = Some(refusal.code());
                delivery.describe(log::description(&delivery, self.reading, code));
            }
            let report = Box::new(move |outcome| refused.log(outcome));
            delivery.refuse(refusal.code(), trigger, report);
        }
        Rejection::of_proven(refusal, delivery)
    }
}

/// Logs and counts a refusal before the proof of a call of whose body there are `length` bytes.
#[cold]
fn unproven(begun: &BegunCall, refusal: Refusal, length: Option<usize>) -> Rejection {
    let refused = Rejection::from(refusal).log(length);
    begun.refuse(refused.code(), refused.check_label());
    refused
}

async fn prove(pending: &mut Pending, body: &[u8]) -> Result<DeliveryId, Refusal> {
    match pending.prove(body)? {
        Some(id) => Ok(id),
        // Rare and large: on its own, what every proof takes stays small.
        None => Box::pin(pending.ask(body.len())).await,
    }
}
