//! What the log says of a refusal: never a body, a header's value, a signature or a nonce.

use super::{Refusal, RejectionKind};
use crate::log_limit::{LeftOut, LogLimit};
use std::error::Error;
use std::fmt;
use tracing::Level;

/// One limit a code before the proof and one after it: a flood of one kind leaves out no line of
/// another, and a flood of forgeries no line of a proven call.
static LIMITS: [[LogLimit; 2]; RejectionKind::ALL.len()] =
    [const { [const { LogLimit::new() }; 2] }; RejectionKind::ALL.len()];

impl Refusal {
    /// Logs the refusal in its own words, at most five times a second a code; the next line says how
    /// many were left out. At debug level it also says what was compared, every time.
    ///
    /// `length` is how much there is of the body, and `delivery` names the one that is proven.
    pub(crate) fn log(&self, length: Option<usize>, delivery: Option<impl fmt::Display>) {
        let proven = delivery.is_some();
        if self.kind() == RejectionKind::AlreadyHandled {
            if tracing::enabled!(Level::INFO)
                && let Some(left_out) = self.line(proven)
            {
                let (code, left_out) = (self.code(), left_out.field());
                tracing::info!(code, length, left_out, "webhook answered: it was handled before");
            }
            return;
        }
        if self.kind() == RejectionKind::Ignored {
            if tracing::enabled!(Level::INFO)
                && let Some(left_out) = self.line(proven)
            {
                tracing::info!(
                    code = self.code(),
                    detail = %self.detail(),
                    delivery = delivery.map(tracing::field::display),
                    left_out = left_out.field(),
                    "webhook ignored"
                );
            }
            return;
        }
        if tracing::enabled!(Level::WARN)
            && let Some(left_out) = self.line(proven)
        {
            tracing::warn!(
                code = self.code(),
                status = self.status().as_u16(),
                check = self.check().map(tracing::field::display),
                detail = %self.detail(),
                source = self.source().map(tracing::field::display),
                delivery = delivery.map(tracing::field::display),
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
            && let Some(left_out) = self.line(false)
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

    fn line(&self, proven: bool) -> Option<LeftOut> {
        LIMITS.get(self.kind() as usize)?.get(usize::from(proven))?.line()
    }
}
