//! Refusals: what was refused, which variable, at which offset, what to change.

mod fault;
mod kind;
mod log;
mod name;
mod response;

pub use fault::Check;
pub(crate) use fault::{Fault, FaultKind, Shown};
pub use kind::RejectionKind;
pub(crate) use name::looks_like_one;

use name::Hidden;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The media type of every refusal's body: problem details, RFC 9457.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The one text for every proof that fails.
const NOT_PROVEN: &str = "its signature does not prove where the call is from; \
    the receiver's log names the check that failed";

/// A refused call.
///
/// It has one [status](Self::status) and one [code](Self::code), a [detail](Self::detail) for the
/// person who reads it at night, and an [HTTP response](Self::to_response) that is the same in
/// every framework. Neither the texts nor `Debug` ever repeat a value that was sent: those are
/// personal data. Names are shown where they can't be text in the place of one, as
/// [`variable`](Self::variable) says.
///
/// ```
/// use webhook_core::{CreateEvent, Format, Receiver, RejectionKind};
///
/// let body = b"type=create&profile=johny&database=1&timestamp=1979-02-12+12:49:23";
/// let refused = Receiver::unverified().decode::<CreateEvent>(Format::Form, body).unwrap_err();
///
/// assert_eq!(refused.kind(), RejectionKind::InvalidVariable);
/// assert_eq!(refused.status(), 422);
/// assert_eq!(refused.variable(), Some("profile"));
/// assert_eq!(
///     refused.to_string(),
///     "invalid_variable: profile: must be a whole number (at byte 12 of the body)",
/// );
/// ```
#[derive(Debug)]
pub struct Rejection(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: RejectionKind,
    detail: Cow<'static, str>,
    /// What may be shown of the variable's name.
    variable: Option<String>,
    /// The variable's name, for looking up the offset.
    sought: Hidden,
    offset: Option<usize>,
    source: Option<Box<dyn Error + Send + Sync>>,
    /// Whether a 415 is for the content coding, not for the media type.
    coding: bool,
    /// The check of the proof that failed: for the log, never for the answer.
    fault: Option<Box<Fault>>,
    /// When it is worth trying again.
    retry_after: Option<Duration>,
}

impl Rejection {
    pub(crate) fn new(kind: RejectionKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            detail: detail.into(),
            variable: None,
            sought: Hidden::default(),
            offset: None,
            source: None,
            coding: false,
            fault: None,
            retry_after: None,
        }))
    }

    /// Names the variable, and shows of its name what may be shown of one from the network.
    pub(crate) fn at_variable(mut self, name: &str) -> Self {
        self.0.variable = name::shown(name).map(str::to_owned);
        self.0.sought = Hidden(Some(name.into()));
        self
    }

    /// Names the variable, and shows a name of the program's own in its place.
    pub(crate) fn at_variable_shown_as(mut self, name: &str, shown: String) -> Self {
        self.0.variable = Some(shown);
        self.0.sought = Hidden(Some(name.into()));
        self
    }

    /// Returns the name of the variable as it was sent, for looking up where it stands.
    pub(crate) fn sought(&self) -> Option<&str> {
        self.0.sought.0.as_deref()
    }

    /// Says where in the body, in bytes as received.
    pub(crate) fn at_offset(mut self, offset: usize) -> Self {
        self.0.offset = Some(offset);
        self
    }

    /// Counts the offset from so many bytes earlier: what was read began only there.
    pub(crate) fn after(mut self, bytes: usize) -> Self {
        self.0.offset = self.0.offset.map(|offset| offset + bytes);
        self
    }

    /// The media type was not what is refused.
    pub(crate) fn about_coding(mut self) -> Self {
        self.0.coding = true;
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Says when it is worth trying again.
    pub(crate) fn retry_after(mut self, time: Duration) -> Self {
        self.0.retry_after = Some(time);
        self
    }

    /// For adapters: the body's stream broke with this error.
    #[must_use]
    pub fn unreadable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(RejectionKind::BodyUnreadable, "the stream broke before the body was complete")
            .with_source(source)
    }

    /// For adapters: something before the extractor took the body.
    #[must_use]
    pub fn consumed() -> Self {
        Self::new(
            RejectionKind::BodyUnreadable,
            "something before this extractor consumed the body: let it read the body first",
        )
    }

    /// For adapters: the body is over a limit of `bytes`.
    #[must_use]
    pub fn too_large(bytes: usize) -> Self {
        Self::new(
            RejectionKind::BodyTooLarge,
            format!("the body is over the limit of {bytes} bytes: raise it with Limits::body"),
        )
    }

    /// For adapters: the body is over a limit that another layer of the framework set.
    #[must_use]
    pub fn too_large_for_framework() -> Self {
        Self::new(
            RejectionKind::BodyTooLarge,
            "the body is over a limit that the framework or a layer sets before this extractor",
        )
    }

    /// For adapters: there is no receiver in the application; `remedy` says where to put it. This
    /// logs it as an error: nobody but the one who runs the service can do something about it.
    #[must_use]
    pub fn misconfigured(remedy: &'static str) -> Self {
        Self::new(RejectionKind::Misconfigured, remedy).log_misconfigured(remedy)
    }

    /// Why, as an entry of the table.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        self.0.kind
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> http::StatusCode {
        self.0.kind.status()
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.kind.code()
    }

    /// Returns the name of the variable that was refused, as it stands on the wire.
    ///
    /// A name comes from the network, and what is not a name after all may be there in its place. So
    /// it is `None`, or the documented variable alone, unless the name is documented, is a field of
    /// your struct, or looks like a name: Unicode letters and digits, `_ . - [ ]` and space, up to 64
    /// characters. [`offset`](Self::offset) says where it stands.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        self.0.variable.as_deref()
    }

    /// Where in the body as received, in bytes.
    #[must_use]
    pub fn offset(&self) -> Option<usize> {
        self.0.offset
    }

    /// The check of the proof that failed, for the log of whoever runs the receiver. No answer
    /// says it: a stranger could feel their way along.
    #[must_use]
    pub fn check(&self) -> Option<Check> {
        self.0.fault.as_ref().map(|fault| fault.check)
    }

    /// What that check compared.
    pub(crate) fn reason(&self) -> Option<&Fault> {
        self.0.fault.as_deref()
    }

    /// What was refused and what to change, with the variable and the offset.
    #[must_use]
    pub fn detail(&self) -> String {
        let Inner { variable, offset, detail, .. } = &*self.0;
        let name = variable.as_ref().map(|name| format!("{}: ", name.escape_debug()));
        let place = offset.map(|offset| format!(" (at byte {offset} of the body)"));
        [name.as_deref(), Some(detail), place.as_deref()].into_iter().flatten().collect()
    }
}

/// A failed check: one text for all that prove nothing, and the details for the log only.
impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        let mut refused = match fault.kind {
            FaultKind::Malformed => Self::new(
                RejectionKind::MalformedRequest,
                format!("the proof can't be read: {fault}"),
            ),
            FaultKind::Unauthenticated => Self::new(RejectionKind::Unauthenticated, NOT_PROVEN),
        };
        refused.0.fault = Some(Box::new(fault));
        refused
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.detail())
    }
}

impl Error for Rejection {
    /// The framework's error for a broken stream: [`Display`](fmt::Display) does not repeat it.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
