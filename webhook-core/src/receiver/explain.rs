//! Why a call is refused, for the operator.

use super::{Call, Proof, Receiver, Rejection};
use crate::rejection::{Check, RejectionKind};
use crate::request::Head;
use crate::signature::{CheckOutcome, CheckOutcomes, Compared};
use bytes::Bytes;
use http::Request;
use std::fmt;

/// What became of a call's proof, check by check up to the one that failed: target, host, covered
/// names, digest and key as they were compared.
///
/// For the operator's logs and consoles. A response never holds it: that would be an oracle.
#[derive(Debug)]
pub struct Explanation {
    proven: Result<String, Rejection>,
    checks: CheckOutcomes,
}

impl Explanation {
    /// Reports whether the origin is proven.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.proven.is_ok()
    }

    /// Returns the check of the proof that failed; `None` when it is proven, or was refused for
    /// another reason (see [`kind`](Self::kind)).
    #[must_use]
    pub fn failed(&self) -> Option<Check> {
        self.proven.as_ref().err().and_then(Rejection::check)
    }

    /// Returns every check of the proof with its verdict and what it compared, in the order in which they
    /// are looked at: also those after the one that failed, as far as the call can be read. A check of
    /// what the call does not have (`nonce`, `created`, `expires`) is left out, and there are no checks
    /// where the receiver is [unverified](Receiver::unverified).
    ///
    /// A call is proven only if all of them passed. It may be refused all the same, for another
    /// [reason](Self::kind) than its proof: the signature is not reached then.
    ///
    /// ```
    /// use webhook_core::Receiver;
    /// use webhook_core::signature::{Check, CheckVerdict};
    /// use webhook_core::testing::Signer;
    ///
    /// # futures_executor::block_on(async {
    /// let signer = Signer::ephemeral()?;
    /// let receiver = Receiver::builder().account(1234).keys(signer.keys()).build()?;
    /// let mut call = signer.sign("https://hooks.example.com/copernica", "type=create")?;
    /// call.headers_mut().insert("digest", "sha-256=".parse()?);
    ///
    /// let explained = receiver.explain(&call).await;
    /// let digest = explained.checks().iter().find(|it| it.check == Check::Digest).unwrap();
    /// assert_eq!(digest.verdict, CheckVerdict::Failed);
    /// assert_eq!(digest.compared, "Digest's value is not base64 of 256 bits");
    /// let host = explained.checks().iter().find(|it| it.check == Check::Host).unwrap();
    /// assert_eq!(
    ///     host.to_string(),
    ///     "host: passed: hooks.example.com; no host is configured, so any is taken",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn checks(&self) -> &[CheckOutcome] {
        self.checks.as_slice()
    }

    /// Returns the entry of the table that the refusal is; `None` when it is proven.
    #[must_use]
    pub fn kind(&self) -> Option<RejectionKind> {
        self.proven.as_ref().err().map(Rejection::kind)
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.proven {
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
        let mut checks = self.compare(&Head::of(&parts), call.body());
        let prove = async {
            // Nothing waits for the head, so no future holds it.
            let begun = Call::begin(self, &Head::of(&parts))?;
            begun.explain(call.body().clone()).await
        };
        let proven = prove.await.map_err(Rejection::from);
        if let Proof::Signature(_) = &self.0.proof {
            match &proven {
                Ok(words) => checks.passed(words),
                Err(refused) => match refused.reason() {
                    Some(fault) => checks.failed(fault),
                    None => checks.unreached(&refused.detail()),
                },
            }
        }
        Explanation { proven, checks }
    }

    /// Compares what there is to compare without a key.
    fn compare(&self, head: &Head<'_>, body: &[u8]) -> CheckOutcomes {
        match &self.0.proof {
            Proof::Elsewhere => CheckOutcomes::default(),
            Proof::Signature(verifier) => {
                let (policy, now) = (&verifier.policy, verifier.clock.now());
                // `http://a.example?x` has an empty path, which is `/` (RFC 9112 §3.2.1).
                let rooted = head.target.starts_with('?').then(|| format!("/{}", head.target));
                let head = &Head { target: rooted.as_deref().unwrap_or(head.target), ..*head };
                CheckOutcomes::of(&Compared { head, body, policy, now })
            }
        }
    }
}
