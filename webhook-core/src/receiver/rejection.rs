//! A refusal as users see it: with the delivery where the call was proven.

use super::body_error::BodyError;
use super::log;
use crate::delivery::Delivery;
use crate::metrics;
use crate::rejection::{Check, Fault, Refusal, RejectionKind};
use crate::replay::StoreError;
use crate::signature;
use bytes::Bytes;
use http::{Response, StatusCode};
use std::error::Error;
use std::fmt;

/// A refused call.
///
/// It has one [status](Self::status) and one [code](Self::code), a [detail](Self::detail) that says
/// what to change, and an [HTTP response](Self::to_response) that is the same in every framework. Neither the texts nor `Debug` ever repeat a value that was sent: those are
/// personal data. Names are shown where they can't be text in the place of one, as
/// [`variable`](Self::variable) says.
///
/// ```
/// use webhook_core::decode::Format;
/// use webhook_core::{CreateEvent, Receiver, RejectionKind};
///
/// let body = b"type=create&profile=johny&database=1&timestamp=1979-02-12+12:49:23";
/// let refused = Receiver::unverified().decode::<CreateEvent>(body).unwrap_err();
///
/// assert_eq!(refused.kind(), RejectionKind::InvalidVariable);
/// assert_eq!(refused.status(), 422);
/// assert_eq!(refused.variable(), Some("profile"));
/// assert_eq!(
///     refused.to_string(),
///     "invalid_variable: profile: must be a whole number (at byte 12 of the body)",
/// );
/// ```
///
/// # A proven call is not lost
///
/// Copernica is not known to send a refused call again. So a refusal after the proof has the
/// [delivery](Self::delivery), body and all: a handler that takes a `Result` can keep it.
pub struct Rejection {
    refusal: Refusal,
    /// Boxed: errors are moved through every layer of a framework.
    delivery: Option<Box<Delivery>>,
}

impl Rejection {
    /// Refuses a call after its proof.
    pub(super) fn of_proven(refusal: Refusal, delivery: Delivery) -> Self {
        Self { refusal, delivery: Some(Box::new(delivery)) }
    }

    /// Refuses every call because the application is not set up; `remedy` says what to change.
    pub(crate) fn misconfigured(remedy: &'static str) -> Self {
        let refusal = Refusal::new(RejectionKind::Misconfigured, remedy);
        refusal.log_misconfigured(remedy);
        metrics::call("refused", refusal.code(), "", None);
        refusal.into()
    }

    /// Logs a refusal before the proof of a call of whose body there are `length` bytes.
    pub(super) fn log(self, length: Option<usize>) -> Self {
        self.refusal.log(length);
        log::describe_unproven(self.code());
        self
    }

    /// Returns the check of the proof that failed, as a word for a label.
    pub(super) fn check_label(&self) -> &'static str {
        self.check().map_or("", Check::as_str)
    }

    /// Returns what the check of the proof that failed compared.
    pub(super) fn reason(&self) -> Option<&Fault> {
        self.refusal.reason()
    }

    /// Returns why, as an entry of the table.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        self.refusal.kind()
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.refusal.status()
    }

    /// Returns the stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.refusal.code()
    }

    /// Returns the name of the variable that was refused, as it stands on the wire.
    ///
    /// A name comes from the network, and what is not a name after all may be there in its place. So
    /// it is `None`, or the documented variable alone, unless the name is documented, is a field of
    /// your struct, or looks like a name: Unicode letters and digits, `_ . - [ ]` and space, up to 64
    /// characters. [`offset`](Self::offset) says where it stands.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        self.refusal.variable()
    }

    /// Returns where in the body the refused variable stands, in bytes as received.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.refusal.offset()
    }

    /// Returns the check of the proof that failed, for the operator's log. No answer names it: that
    /// would be an oracle.
    #[must_use]
    pub fn check(&self) -> Option<Check> {
        self.refusal.check()
    }

    /// Returns what was refused and what to change, with the variable and the offset.
    #[must_use]
    pub fn detail(&self) -> String {
        self.refusal.detail()
    }

    /// Returns the delivery of a call that was refused after its proof, or whose receiver is
    /// [unverified](crate::Receiver::unverified): the body can't be decoded, or is not what the
    /// handler takes.
    ///
    /// It is there for `unsupported_media_type` (but for a content coding), `malformed_body`,
    /// `unexpected_event`, `ignored`, `invalid_variable` and `invalid_fields`, and its claim is held until
    /// the answer (but for `ignored`, whose claim is released): a copy is answered 503 for so long. Under the adapters' `once`, an answer of 2xx (by a
    /// handler that takes a `Result`) commits it and any other releases it; without `once`,
    /// [`Delivery::commit`] does, or it is released with the rejection.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use http::Request;
    /// use webhook_core::{CreateEvent, Receiver};
    ///
    /// # futures_executor::block_on(async {
    /// let call = Request::post("/copernica")
    ///     .header("content-type", "application/x-www-form-urlencoded")
    ///     .body(Bytes::from_static(b"type=update&profile=123"))?;
    /// let refused = Receiver::unverified().receive::<CreateEvent>(call).await.unwrap_err();
    ///
    /// assert_eq!(refused.code(), "unexpected_event");
    /// assert_eq!(refused.delivery().unwrap().body(), "type=update&profile=123");
    /// # Ok::<(), http::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn delivery(&self) -> Option<&Delivery> {
        self.delivery.as_deref()
    }

    /// Returns the body of the answer: problem details, RFC 9457, as JSON.
    #[must_use]
    pub fn problem(&self) -> String {
        self.refusal.problem()
    }

    /// Returns the answer that every adapter gives: status, headers and [`problem`](Self::problem).
    #[must_use]
    pub fn to_response(&self) -> Response<Bytes> {
        if let Some(delivery) = &self.delivery {
            delivery.answer_refusal();
        }
        self.refusal.to_response(signature::challenge)
    }
}

impl From<Refusal> for Rejection {
    #[cold]
    fn from(refusal: Refusal) -> Self {
        Self { refusal, delivery: None }
    }
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        Refusal::from(fault).into()
    }
}

/// A store that fails is a failure on our side: 503, and worth trying again.
impl From<StoreError> for Rejection {
    fn from(error: StoreError) -> Self {
        Refusal::from(error).into()
    }
}

impl From<BodyError> for Rejection {
    fn from(error: BodyError) -> Self {
        Refusal::from(error).into()
    }
}

/// Nothing of the delivery: frameworks print what is not handled, and a target may hold a secret.
impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection")
            .field("refusal", &self.refusal)
            .field("delivery", &self.delivery.is_some())
            .finish()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.refusal.fmt(f)
    }
}

impl Error for Rejection {
    /// Returns the framework's error for a broken stream, which [`Display`](fmt::Display) does not
    /// repeat.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.refusal.source()
    }
}
