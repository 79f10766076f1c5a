//! What the log is told of a refusal: never a body, a header's value, a signature or a nonce.

use super::{Rejection, RejectionKind};
use std::error::Error;

impl Rejection {
    /// Tells the log, once, in the words of the refusal; at debug level also what was compared.
    pub(crate) fn log(self, length: Option<usize>) -> Self {
        if self.kind() == RejectionKind::AlreadyHandled {
            tracing::info!(code = self.code(), length, "webhook answered: it was handled before");
            return self;
        }
        tracing::warn!(
            code = self.code(),
            status = self.status().as_u16(),
            check = self.check().map(tracing::field::display),
            detail = %self.detail(),
            source = self.source().map(tracing::field::display),
            length,
            "webhook refused"
        );
        if let Some(reason) = self.reason() {
            tracing::debug!(%reason, "webhook not proven");
        }
        self
    }
}
