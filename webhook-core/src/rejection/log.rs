//! What the log says of a refusal before the proof: never a body, a header's value, a signature or a
//! nonce. The receiver logs those after it, which have a delivery.

use super::{Refusal, RejectionKind};
use crate::log_limit::{LeftOut, LogLimit};
use std::error::Error;
use tracing::Level;

/// One limit a code before the proof and one after it: a flood of one kind leaves out no line of
/// another, and a flood of forgeries no line of a proven call.
static LIMITS: [[LogLimit; 2]; RejectionKind::ALL.len()] =
    [const { [const { LogLimit::new() }; 2] }; RejectionKind::ALL.len()];

/// What became of a call that was refused after its proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefusalOutcome {
    /// It was answered by its refusal, or by its handler with another status than 2xx.
    Refused,
    /// Its handler, which takes a `Result`, counts it as handled.
    Taken,
    /// The application answered it, and it is not known how.
    Unknown,
}

/// Takes a line of the log about a call that is proven, or that nothing is to prove; `None` leaves it
/// out.
pub(crate) fn line_of_proven(kind: RejectionKind) -> Option<LeftOut> {
    line(kind, true)
}

fn line(kind: RejectionKind, proven: bool) -> Option<LeftOut> {
    LIMITS.get(kind as usize)?.get(usize::from(proven))?.line()
}

impl Refusal {
    /// Logs the refusal in its own words, at most five times a second a code; the next line says how
    /// many were left out. At debug level it also says what was compared, every time.
    ///
    /// `length` is how much there is of the body.
    pub(crate) fn log(&self, length: Option<usize>) {
        if tracing::enabled!(Level::WARN)
            && let Some(left_out) = line(self.kind(), false)
        {
            tracing::warn!(
                code = self.code(),
                status = self.status().as_u16(),
                check = self.check().map(tracing::field::display),
                detail = %self.detail(),
                source = self.source().map(tracing::field::display),
                length,
                left_out = left_out.field(),
                "webhook refused"
            );
        }
        if let Some(reason) = self.reason() {
            tracing::debug!(%reason, "webhook not proven");
        }
    }

    /// Logs a refusal that is the fault of this service: an error, at most five times a second.
    pub(crate) fn log_misconfigured(&self, remedy: &'static str) {
        if tracing::enabled!(Level::ERROR)
            && let Some(left_out) = line(self.kind(), false)
        {
            let (status, left_out) = (self.status().as_u16(), left_out.field());
            tracing::error!(
                code = self.code(),
                status,
                detail = remedy,
                left_out,
                "webhook refused"
            );
        }
    }
}
