//! The receiver, which decides everything that has a meaning: from a request's head and body to an event.

mod body;
mod body_error;
mod budget;
mod builder;
mod call;
mod explain;
mod log;
mod raw;
mod rejection;
mod verify;

pub use body_error::BodyError;
pub use builder::{BuildError, ReceiverBuilder};
pub use call::{Call, Received};
pub use explain::Explanation;
pub use raw::Raw;
pub use rejection::Rejection;

use crate::decode::{Reading, Utf8};
use crate::event::{Arrived, FromDelivery};
use crate::limits::Limits;
use crate::metrics;
use crate::replay::Idle;
use crate::request::Head;
use bytes::Bytes;
use http::Request;
use std::sync::Arc;
use verify::Verifier;

/// A receiver of webhooks: what it requires of a proof, and its limits.
///
/// Cheap to clone; make one when the service starts and give it to the framework's adapter, or
/// call [`receive`](Self::receive) where there is no framework:
///
/// ```
/// use bytes::Bytes;
/// use http::Request;
/// use webhook_core::{CreateEvent, Received, Receiver, Rejection};
///
/// // With hyper, on Lambda, anywhere: a request in, an event out.
/// async fn handle(receiver: &Receiver, call: Request<Bytes>) -> http::Response<Bytes> {
///     match receiver.receive::<CreateEvent>(call).await {
///         Ok(Received { event, delivery, .. }) => {
///             println!("{event:?}, key {}", delivery.idempotency_key(&event));
///             // Handled: a copy of this call is answered 200 from here on.
///             match delivery.commit().await {
///                 Ok(()) => http::Response::default(),
///                 Err(error) => Rejection::from(error).to_response(),
///             }
///         }
///         Err(refused) => refused.to_response(),
///     }
/// }
/// # let call = Request::post("/").header("content-type", "application/x-www-form-urlencoded")
/// #     .body(Bytes::from_static(b"type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23"))?;
/// # let answer = futures_executor::block_on(handle(&Receiver::unverified(), call));
/// # assert_eq!(answer.status(), 200);
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Receiver(Arc<Settings>);

#[derive(Debug, Clone)]
struct Settings {
    reading: Reading,
    /// Whether what the handler does not take is ignored.
    ignores_unexpected: bool,
    proof: Proof,
}

/// How the sender's identity is proven.
#[derive(Debug, Clone)]
enum Proof {
    /// Nothing here: something before us has proven it.
    Elsewhere,
    /// Its signature.
    Signature(Arc<Verifier>),
}

impl Receiver {
    /// Returns a receiver that verifies: an event reaches a handler only when Copernica signed
    /// exactly this call for one of these accounts, recently, and once.
    ///
    /// ```no_run
    /// use webhook_core::Receiver;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let receiver = Receiver::builder().account(1234).build()?;
    /// # let _ = receiver;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Keys come from DNS (feature `dns`, in a tokio runtime), and what was handled is remembered
    /// in this process, unless the [builder](ReceiverBuilder) is set otherwise.
    pub fn builder() -> ReceiverBuilder {
        ReceiverBuilder::new()
    }

    /// Returns a receiver that proves **nothing**: anyone who reaches it can forge events.
    ///
    /// For a service behind a gateway that has verified the call already. It says so in the log
    /// at the level of warnings, each time one is made.
    #[must_use]
    pub fn unverified() -> Self {
        Self::unverified_with(Reading { limits: Limits::default(), utf8: Utf8::Strict }, false)
    }

    fn unverified_with(reading: Reading, ignores_unexpected: bool) -> Self {
        tracing::warn!(
            "webhooks are received UNVERIFIED: anyone who reaches this can forge events"
        );
        metrics::announce();
        Self(Arc::new(Settings { reading, ignores_unexpected, proof: Proof::Elsewhere }))
    }

    /// Returns how much this receiver takes.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.0.reading.limits
    }

    /// Receives a call whose body is complete.
    ///
    /// # Errors
    /// The call was refused; [`Rejection::to_response`] is the answer to it.
    pub async fn receive<T: FromDelivery>(
        &self,
        call: Request<Bytes>,
    ) -> Result<Received<T>, Rejection> {
        let (mut call, body) = self.take(call)?;
        call.ready().await?;
        call.push_whole(body)?;
        call.finish().await
    }

    /// Begins a call and takes its body. Nothing waits for the head, so no future holds it.
    fn take(&self, call: Request<Bytes>) -> Result<(Call, Bytes), Rejection> {
        let (parts, body) = call.into_parts();
        Ok((self.begin(&Head::of(&parts))?, body))
    }

    /// Checks a request's head, before its body is read: the first of an adapter's three steps.
    ///
    /// # Errors
    /// The call is refused already.
    pub fn begin(&self, head: &Head<'_>) -> Result<Call, Rejection> {
        match Call::begin(self, head) {
            Ok(call) => Ok(call.counted()),
            Err(refusal) => {
                let refused = Rejection::from(refusal).log(None);
                metrics::call("refused", refused.code(), refused.check_label(), None);
                Err(refused)
            }
        }
    }

    /// Waits until no handler goes on without its connection: at once, if none does.
    ///
    /// Under the adapters' `once` a handler outlives a sender that did not wait for its answer, in a
    /// task of the runtime, which ends with the runtime. Await this before the process ends; with
    /// axum and warp when serving has ended, with actix-web before the server stops, whose workers
    /// take their tasks with them. Give it an end of its own:
    ///
    /// ```
    /// use std::time::Duration;
    /// use tokio::time::timeout;
    /// use webhook_core::Receiver;
    ///
    /// async fn stop(receiver: &Receiver) {
    ///     if timeout(Duration::from_secs(10), receiver.idle()).await.is_err() {
    ///         eprintln!("handlers are dropped that did not end in time");
    ///     }
    /// }
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
    /// #     .block_on(stop(&Receiver::unverified()));
    /// ```
    ///
    /// All clones of a receiver are one. The future may be dropped and made
    /// anew at any time, and needs no runtime.
    pub fn idle(&self) -> impl Future<Output = ()> + Send + Sync + use<> {
        Idle::new(match &self.0.proof {
            Proof::Elsewhere => None,
            Proof::Signature(verifier) => Some(Arc::clone(&verifier.detached)),
        })
    }

    /// Decodes a body of any sender: no head is looked at and nothing is proven.
    ///
    /// # Errors
    /// The body is not an event of this kind.
    pub fn decode<T: FromDelivery>(&self, body: &[u8]) -> Result<T, Rejection> {
        let arrived = Arrived::unsaid(body, self.0.reading);
        T::from_arrived(&arrived).map_err(Rejection::from)
    }
}
