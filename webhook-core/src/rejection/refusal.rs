//! A refusal, from the layer that refuses to the one that answers.

use super::name::{self, Hidden};
use super::{Check, Fault, FaultKind, RejectionKind};
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The one text for every proof that fails.
const NOT_PROVEN: &str = "its signature does not prove where the call is from; \
    the receiver's log names the check that failed";

/// A refusal: an entry of the table, with what there is to say about it.
///
/// Neither its texts nor `Debug` ever repeat a value that was sent. Public only because a sealed
/// trait's method names it.
#[derive(Debug)]
pub struct Refusal(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: RejectionKind,
    detail: Cow<'static, str>,
    /// What may be shown of the variable's name.
    variable: Option<String>,
    /// The name of the variable to look the offset up by.
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

impl Refusal {
    /// Cold, so that what leads to a refusal is out of the way of what every call executes.
    #[cold]
    pub(crate) fn new(kind: RejectionKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts {
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

    /// Returns the refusal as `ignored` where it is of an event that the handler does not take.
    pub(crate) fn ignored_if_unexpected(mut self) -> Self {
        if self.0.kind == RejectionKind::UnexpectedEvent {
            self.0.kind = RejectionKind::Ignored;
        }
        self
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

    /// Names the variable to look the offset up by, and shows no name.
    pub(crate) fn found_at(mut self, name: &str) -> Self {
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

    /// Notes that a content coding is refused, and not the media type.
    pub(crate) fn about_coding(mut self) -> Self {
        self.0.coding = true;
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Sets when it is worth trying again.
    pub(crate) fn retry_after(mut self, time: Duration) -> Self {
        self.0.retry_after = Some(time);
        self
    }

    /// Refuses a body that is over a limit of `bytes`.
    pub(crate) fn too_large(bytes: usize) -> Self {
        Self::new(
            RejectionKind::BodyTooLarge,
            format!("the body is over the limit of {bytes} bytes: raise it with Limits::body"),
        )
    }

    /// Returns why, as an entry of the table.
    pub(crate) fn kind(&self) -> RejectionKind {
        self.0.kind
    }

    /// Returns the HTTP status.
    pub(crate) fn status(&self) -> http::StatusCode {
        self.0.kind.status()
    }

    /// Returns the stable code.
    pub(crate) fn code(&self) -> &'static str {
        self.0.kind.code()
    }

    /// Returns whether a 415 is for the content coding.
    pub(super) fn is_about_coding(&self) -> bool {
        self.0.coding
    }

    /// Returns when it is worth trying again.
    pub(super) fn retry_time(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the name of the variable that was refused, as far as it may be shown.
    pub(crate) fn variable(&self) -> Option<&str> {
        self.0.variable.as_deref()
    }

    /// Returns where in the body as received, in bytes.
    pub(crate) fn offset(&self) -> Option<usize> {
        self.0.offset
    }

    /// Returns the check of the proof that failed.
    pub(crate) fn check(&self) -> Option<Check> {
        self.0.fault.as_ref().map(|fault| fault.check)
    }

    /// Returns what that check compared.
    pub(crate) fn reason(&self) -> Option<&Fault> {
        self.0.fault.as_deref()
    }

    /// Returns what was refused and what to change, with the variable and the offset.
    pub(crate) fn detail(&self) -> String {
        let Parts { variable, offset, detail, .. } = &*self.0;
        let name = variable.as_ref().map(|name| format!("{}: ", name.escape_debug()));
        let place = offset.map(|offset| format!(" (at byte {offset} of the body)"));
        [name.as_deref(), Some(detail), place.as_deref()].into_iter().flatten().collect()
    }
}

/// A failed check: one text for all that prove nothing, and the details for the log only.
impl From<Fault> for Refusal {
    #[cold]
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

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.detail())
    }
}

impl Error for Refusal {
    /// Returns the framework's error for a broken stream: [`Display`](fmt::Display) does not repeat
    /// it.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
