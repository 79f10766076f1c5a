//! Why a call is refused, for whoever runs the receiver.

use super::{Call, Receiver, Rejection};
use crate::rejection::{Check, RejectionKind};
use crate::request::Head;
use bytes::Bytes;
use http::Request;
use std::fmt;

/// What became of a call's proof, check by check up to the one that failed: target, host, covered
/// names, digest and key as they were compared.
///
/// For the operator's logs and consoles. A response never holds it: that would be an oracle.
#[derive(Debug)]
pub struct Explanation(Result<String, Rejection>);

impl Explanation {
    /// Reports whether the origin is proven.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.0.is_ok()
    }

    /// Returns the check of the proof that failed; `None` when it is proven, or was refused for
    /// another reason (see [`kind`](Self::kind)).
    #[must_use]
    pub fn failed(&self) -> Option<Check> {
        self.0.as_ref().err().and_then(Rejection::check)
    }

    /// Returns the entry of the table that the refusal is; `None` when it is proven.
    #[must_use]
    pub fn kind(&self) -> Option<RejectionKind> {
        self.0.as_ref().err().map(Rejection::kind)
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(proven) => write!(f, "proven: {proven}"),
            Err(refused) => match refused.reason() {
                Some(reason) => write!(f, "{}: {reason}", refused.code()),
                None => refused.fmt(f),
            },
        }
    }
}

impl Receiver {
    /// Says which check of its proof a call fails, and what was compared.
    ///
    /// Nothing is claimed, decoded or logged and no handler runs, so a copy of a call that was
    /// handled is explained like the first. The receiver's clock decides whether its date is recent:
    /// for a call of yesterday, build a receiver whose clock stands still then.
    ///
    /// ```
    /// use webhook_core::Receiver;
    /// use webhook_core::key::StaticKeys;
    /// use webhook_core::signature::Check;
    ///
    /// # futures_executor::block_on(async {
    /// let receiver = Receiver::builder().account(1234).keys(StaticKeys::new()).build()?;
    /// let call = http::Request::post("/copernica").body("type=create".into())?;
    ///
    /// let explained = receiver.explain(&call).await;
    /// assert_eq!(explained.failed(), Some(Check::SignatureHeader));
    /// assert_eq!(
    ///     explained.to_string(),
    ///     "unauthenticated: signature_header: the header is missing",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn explain(&self, call: &Request<Bytes>) -> Explanation {
        let mut head = Request::new(());
        *head.method_mut() = call.method().clone();
        *head.uri_mut() = call.uri().clone();
        *head.headers_mut() = call.headers().clone();
        let (parts, ()) = head.into_parts();
        let prove = async {
            // Nothing waits for the head, so no future holds it.
            let begun = Call::begin(self, &Head::of(&parts))?;
            begun.explain(call.body().clone()).await
        };
        Explanation(prove.await.map_err(Rejection::from))
    }
}
