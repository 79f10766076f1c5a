//! One call on its way through: head checked, body coming in, then an event.

use super::body::Body;
use super::lines::Lines;
use super::verify::{Pending, Proving};
use super::{Format, Head, Proof, Reading, Receiver};
use crate::delivery::{Called, Delivery, Proven};
use crate::event::Event;
use crate::rejection::{Rejection, RejectionKind};
use crate::replay::Settlement;
use bytes::Bytes;
use std::error::Error;

/// A call whose head was accepted: the adapter [pushes](Self::push) the body's chunks as they
/// come, then [finishes](Self::finish).
///
/// ```
/// use webhook_core::{CreateEvent, Head, Receiver, Rejection};
///
/// async fn adapter(receiver: &Receiver, request: http::Request<Vec<&'static [u8]>>)
///     -> Result<CreateEvent, Rejection>
/// {
///     let (parts, body) = request.into_parts();
///     let mut call = receiver.begin(&Head::of(&parts))?;
///     for chunk in body {
///         call.push(chunk.into())?;
///     }
///     Ok(call.finish().await?.event)
/// }
/// ```
#[derive(Debug)]
#[must_use = "a call yields its event when it is finished"]
// Handed on many times, from the adapter's first step to its last: as a pointer.
pub struct Call(Box<State>);

#[derive(Debug)]
struct State {
    reading: Reading,
    format: Option<Format>,
    /// As announced by Content-Length.
    length: Option<usize>,
    body: Body,
    called: Called,
    /// Smaller than the receiver's, where the framework has a limit of its own.
    framework_limit: Option<usize>,
    /// What the head claims to prove, unless nothing is to be.
    pending: Option<Box<Pending>>,
    /// Where the outcome is told, when an adapter waits for it.
    settlement: Option<Settlement>,
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
    pub(super) fn begin(receiver: &Receiver, head: &Head<'_>) -> Result<Self, Rejection> {
        if head.method != "POST" {
            return Err(Rejection::new(RejectionKind::MethodNotAllowed, "send a POST request"));
        }
        // `http://a.example?x` has an empty path, which is `/` (RFC 9112 §3.2.1).
        let rooted = head.target.starts_with('?').then(|| format!("/{}", head.target));
        let head = &Head { target: rooted.as_deref().unwrap_or(head.target), ..*head };
        let lines = Lines::of(head.headers);
        let reading = receiver.0.reading;
        let (length, limit) = (lines.length(), reading.limits.max_body());
        if length.is_some_and(|length| length > limit) {
            return Err(Rejection::too_large(limit));
        }
        let format = lines.format()?;
        if format.is_none() && length.is_some_and(|length| length > 0) {
            return Err(no_content_type());
        }
        let called = Called::new(head.target, lines.host(head.authority)?);
        let pending = match &receiver.0.proof {
            Proof::Elsewhere => None,
            Proof::Signature(verifier) => {
                Some(Box::new(verifier.begin(head, &lines, called.host())?))
            }
        };
        let (body, settlement) = (Body::Empty, None);
        let framework_limit = None;
        Ok(Self(Box::new(State {
            reading,
            format,
            length,
            body,
            called,
            framework_limit,
            pending,
            settlement,
        })))
    }

    /// Most bytes that the body may have.
    #[must_use]
    pub fn limit(&self) -> usize {
        let limit = self.0.reading.limits.max_body();
        self.0.framework_limit.map_or(limit, |framework| limit.min(framework))
    }

    /// The same call under a limit of the framework's own, in bytes; the smaller one counts.
    ///
    /// # Errors
    /// The announced length is over it.
    pub fn with_limit(mut self, bytes: usize) -> Result<Self, Rejection> {
        self.0.framework_limit = Some(bytes);
        match self.0.length {
            Some(length) if length > self.limit() => Err(self.refuse(self.too_large())),
            _ => Ok(self),
        }
    }

    /// Takes the next chunk of the body.
    ///
    /// # Errors
    /// The body is over the limit.
    pub fn push(&mut self, chunk: Bytes) -> Result<(), Rejection> {
        self.take(chunk).map_err(|refused| self.refuse(refused))
    }

    /// The same, without a word to the log.
    pub(super) fn take(&mut self, chunk: Bytes) -> Result<(), Rejection> {
        if chunk.len() > self.limit().saturating_sub(self.0.body.len()) {
            return Err(self.too_large());
        }
        self.0.body.push(chunk, self.0.length.unwrap_or(0));
        Ok(())
    }

    /// Whose limit it was decides what to change.
    fn too_large(&self) -> Rejection {
        let limit = self.0.reading.limits.max_body();
        match self.0.framework_limit {
            Some(framework) if framework < limit => Rejection::too_large_for_framework(),
            _ => Rejection::too_large(limit),
        }
    }

    /// Logs a refusal that the adapter came to, and gives it back.
    #[must_use]
    pub fn refuse(&self, rejection: Rejection) -> Rejection {
        rejection.log(Some(self.0.body.len()))
    }

    /// The refusal when the body's stream broke with `error`, logged.
    #[must_use]
    pub fn broken(&self, error: impl Into<Box<dyn Error + Send + Sync>>) -> Rejection {
        self.refuse(Rejection::unreadable(error))
    }

    /// The same call, whose outcome is told to `settlement`: for adapters, whose `once` sees the
    /// handler's answer but never the delivery.
    pub fn settled_by(mut self, settlement: Settlement) -> Self {
        self.0.settlement = Some(settlement);
        self
    }

    /// The body is complete: its proof, then its meaning, then whether it came before.
    ///
    /// # Errors
    /// The call was refused; [`Rejection::to_response`] is the answer to it.
    pub async fn finish<T: Event>(mut self) -> Result<Received<T>, Rejection> {
        let length = self.0.body.len();
        let refused = |refused: Rejection| refused.log(Some(length));
        let body = self.take_body().map_err(refused)?;
        let received = match self.0.pending.take() {
            None => self.decode(body),
            // What waits is boxed: inside every handler's future it would be copied with that.
            Some(pending) => Box::pin(self.complete(pending, body)).await,
        };
        received.map_err(refused)
    }

    async fn complete<T: Event>(
        mut self,
        pending: Box<Pending>,
        body: Bytes,
    ) -> Result<Received<T>, Rejection> {
        let proven = prove(&pending, &body).await?;
        let settlement = self.0.settlement.take().unwrap_or_default();
        let mut received = self.decode(body)?;
        settlement.hold(pending.claim(&proven).await?);
        received.delivery.prove(proven, settlement);
        Ok(received)
    }

    /// The body as it was announced. Servers deliver that or an error: anything else was done in
    /// between.
    fn take_body(&mut self) -> Result<Bytes, Rejection> {
        let body = std::mem::take(&mut self.0.body).into_bytes();
        match self.0.length {
            Some(length) if length != body.len() => Err(Rejection::consumed()),
            _ => Ok(body),
        }
    }

    fn decode<T: Event>(self, body: Bytes) -> Result<Received<T>, Rejection> {
        let format = match self.0.format {
            Some(format) => format,
            None if body.is_empty() => Format::Form,
            None => return Err(no_content_type()),
        };
        let event = self.0.reading.decode(format, &body)?;
        Ok(Received { event, delivery: Delivery::new(body, self.0.called) })
    }

    /// The proof alone, without decoding and without a claim; in words.
    pub(super) async fn prove(mut self) -> Result<String, Rejection> {
        let body = self.take_body()?;
        match &self.0.pending {
            Some(pending) => {
                let proven = prove(pending, &body).await?;
                Ok(format!("{}, signed by {} at {}", pending.claims(), proven.key, proven.date))
            }
            None => Ok("nothing: this receiver is unverified".to_owned()),
        }
    }
}

async fn prove(pending: &Pending, body: &[u8]) -> Result<Proven, Rejection> {
    match pending.prove(body)? {
        Proving::Done(proven) => Ok(proven),
        // Rare and large: on its own, what every proof takes stays small.
        Proving::Lacks(question) => Box::pin(pending.ask(question)).await,
    }
}

fn no_content_type() -> Rejection {
    let detail = "there is a body but no Content-Type";
    Rejection::new(RejectionKind::UnsupportedMediaType, detail)
}
