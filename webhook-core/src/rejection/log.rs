//! What the log is told of a refusal: never a body, a header's value, a signature or a nonce.

use super::{Rejection, RejectionKind};
use crate::log_limit::{LeftOut, LogLimit};
use std::error::Error;
use tracing::Level;

/// One limit a code: a flood of one kind leaves out no line of another.
static LIMITS: [LogLimit; RejectionKind::ALL.len()] =
    [const { LogLimit::new() }; RejectionKind::ALL.len()];

impl Rejection {
    /// Tells the log in the words of the refusal, at most five times a second a code; the next line
    /// says how many were left out. At debug level it also says what was compared, every time.
    pub(crate) fn log(self, length: Option<usize>) -> Self {
        if self.kind() == RejectionKind::AlreadyHandled {
            if tracing::enabled!(Level::INFO)
                && let Some(left_out) = self.line()
            {
                let (code, left_out) = (self.code(), left_out.field());
                tracing::info!(code, length, left_out, "webhook answered: it was handled before");
            }
            return self;
        }
        if tracing::enabled!(Level::WARN)
            && let Some(left_out) = self.line()
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
        self
    }

    /// Logs a refusal that is the fault of this service: an error, at most five times a second.
    pub(super) fn log_misconfigured(self, remedy: &'static str) -> Self {
        if tracing::enabled!(Level::ERROR)
            && let Some(left_out) = self.line()
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
        self
    }

    fn line(&self) -> Option<LeftOut> {
        LIMITS.get(self.kind() as usize)?.line()
    }
}
