//! A call's proof, step by step: what the head says, the key, the body's digest, the replay.

use super::budget::{Budget, Share};
use crate::clock::Clock;
use crate::crypto::Hashed;
use crate::delivery::Proven;
use crate::key::{KeySource, Keys, LookupError};
use crate::limits::RETRY_AFTER;
use crate::metrics::{Stage, Timer};
use crate::rejection::{Check, Fault, Refusal, RejectionKind};
use crate::replay::{Claim, Claimed, ClockedStore, DeliveryId, Permits};
use crate::request::{FieldLines, Head};
use crate::signature::{Policy, Signed, examine};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What proofs are checked against.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) policy: Policy,
    pub(super) min_key_bits: u32,
    pub(super) keys: Arc<dyn KeySource>,
    pub(super) replay: Arc<ClockedStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) unproven: Arc<Budget>,
    /// The permits of handlers that outlive their connections.
    pub(super) detached: Arc<Permits>,
}

/// A call whose head passed every check.
pub(super) struct Pending {
    verifier: Arc<Verifier>,
    signed: Signed,
    verdict: Verdict,
    /// When the head came, or its key after it.
    now: DateTime<Utc>,
}

/// What is known of the signature.
enum Verdict {
    /// The key signed this.
    Verified,
    /// The key has to be looked up.
    Unknown,
    /// These keys did not sign this; there may be newer ones.
    Doubtful(Keys),
    /// The key is at hand, and the signing string lacks the body's length.
    Unmeasured(Keys),
}

impl Verifier {
    /// Looks at the head: nothing here waits, and a call that proves nothing here gets no further.
    pub(super) fn begin(
        self: &Arc<Self>,
        head: &Head<'_>,
        lines: &FieldLines<'_>,
        host: Option<&str>,
    ) -> Result<Pending, Refusal> {
        let timer = Timer::start();
        let now = self.clock.now();
        let signed = examine(head, lines, host, &self.policy, now)?;
        let hashed = signed.hashed_head();
        timer.stop(Stage::Head);
        let verdict = match (&hashed, self.keys.cached(signed.key(), now)) {
            (_, None) => Verdict::Unknown,
            (None, Some(keys)) => Verdict::Unmeasured(keys),
            (Some(head), Some(keys)) if self.verify(&signed, &keys, head)? => Verdict::Verified,
            (Some(_), Some(keys)) if self.keys.may_renew(signed.key(), &keys, now) => {
                Verdict::Doubtful(keys)
            }
            (Some(_), Some(_)) => return Err(signed.unproven().into()),
        };
        Ok(Pending { verifier: Arc::clone(self), signed, verdict, now })
    }

    /// Reports whether one of the keys signed this; an error when it did and is too short to count.
    fn verify(&self, signed: &Signed, keys: &Keys, hashed: &Hashed<'_>) -> Result<bool, Refusal> {
        let timer = Timer::start();
        let verified = keys.verify_hashed(hashed, signed.signature());
        timer.stop(Stage::Verify);
        match verified {
            None => Ok(false),
            Some(key) if key.bits() < self.min_key_bits => {
                let (bits, least) = (key.bits(), self.min_key_bits);
                let detail = format!("the key has {bits} bits, and {least} are required");
                Err(Fault::unproven(Check::Signature, detail).into())
            }
            Some(_) => {
                self.policy.proven_keys.add(signed.key());
                Ok(true)
            }
        }
    }
}

impl Pending {
    /// Returns what the head claims, for the operator.
    pub(super) fn claims(&self) -> &impl fmt::Display {
        &self.signed
    }

    /// Reports whether the signature is verified, so that only the body's digest is left to
    /// compare.
    pub(super) fn is_verified(&self) -> bool {
        matches!(self.verdict, Verdict::Verified)
    }

    /// Reports whether nothing more can be found out before the body is complete.
    pub(super) fn is_ready(&self) -> bool {
        matches!(self.verdict, Verdict::Verified | Verdict::Unmeasured(_))
    }

    /// Reports whether the signature covers `Content-Type`, so that it says what the sender wrote.
    pub(super) fn covers_content_type(&self) -> bool {
        self.signed.covers_content_type()
    }

    /// Returns a share of what unproven calls may hold, of which this call has nothing yet.
    pub(super) fn share(&self) -> Share {
        Share::of(&self.verifier.unproven)
    }

    /// Looks the key up, or a newer one, and verifies the head, as far as the head alone determines it.
    pub(super) async fn ready(&mut self) -> Result<(), Refusal> {
        self.verdict = match (&self.verdict, &self.signed.hashed_head()) {
            (Verdict::Verified | Verdict::Unmeasured(_), _) => return Ok(()),
            (Verdict::Unknown, None) => Verdict::Unmeasured(self.find().await?),
            (Verdict::Unknown, Some(head)) => {
                let keys = self.find().await?;
                self.verified(&keys, head).await?
            }
            (Verdict::Doubtful(failed), Some(head)) => self.renewed(failed, head).await?,
            // Nothing was verified, so nothing failed.
            (Verdict::Doubtful(keys), None) => Verdict::Unmeasured(keys.clone()),
        };
        self.now = self.verifier.clock.now();
        Ok(())
    }

    /// Compares the body with its digest, and returns the delivery's identity where the proof is
    /// complete with that.
    pub(super) fn prove(&self, body: &[u8]) -> Result<Option<DeliveryId>, Refusal> {
        self.signed.check_body(body)?;
        let hashed = self.signed.hashed(body.len());
        let verified = match &self.verdict {
            Verdict::Verified => true,
            Verdict::Unmeasured(keys) => self.verifier.verify(&self.signed, keys, &hashed)?,
            Verdict::Unknown | Verdict::Doubtful(_) => false,
        };
        Ok(verified.then(|| DeliveryId::of(&hashed.hash)))
    }

    /// Proves what [`prove`](Self::prove) could not, by a key that is looked up or renewed.
    pub(super) async fn ask(&mut self, body_len: usize) -> Result<DeliveryId, Refusal> {
        self.ready().await?;
        let hashed = self.signed.hashed(body_len);
        if let Verdict::Unmeasured(keys) = &self.verdict {
            self.verdict = self.verified(keys, &hashed).await?;
        }
        Ok(DeliveryId::of(&hashed.hash))
    }

    /// Returns what was proven of the delivery with this identity, and keeps no nonce.
    pub(super) fn take_proven(&mut self, id: DeliveryId) -> Proven {
        let nonce = self.signed.take_nonce();
        let signed = &self.signed;
        let (account, date, key) = (signed.account(), signed.date(), signed.key().clone());
        Proven { account, date, nonce, key, id }
    }

    async fn find(&self) -> Result<Keys, Refusal> {
        let Self { verifier, signed, .. } = self;
        let timer = Timer::start();
        let found = verifier.keys.find(signed.key(), verifier.clock.now()).await;
        timer.stop(Stage::Key);
        found.map_err(|why| self.missing(why))
    }

    /// Verifies the signature under these keys, or under newer ones.
    async fn verified(&self, keys: &Keys, hashed: &Hashed<'_>) -> Result<Verdict, Refusal> {
        if self.verifier.verify(&self.signed, keys, hashed)? {
            return Ok(Verdict::Verified);
        }
        self.renewed(keys, hashed).await
    }

    async fn renewed(&self, failed: &Keys, hashed: &Hashed<'_>) -> Result<Verdict, Refusal> {
        let Self { verifier, signed, .. } = self;
        let (key, now) = (signed.key(), verifier.clock.now());
        if verifier.keys.may_renew(key, failed, now)
            && let newer = verifier.keys.renew(key, failed, now).await
            && let Some(keys) = newer.map_err(|why| self.missing(why))?
            && verifier.verify(signed, &keys, hashed)?
        {
            return Ok(Verdict::Verified);
        }
        Err(signed.unproven().into())
    }

    fn missing(&self, why: LookupError) -> Refusal {
        let key = self.signed.key();
        match why {
            LookupError::Unavailable { retry_after } => Refusal::new(
                RejectionKind::KeyUnavailable,
                "the key could not be looked up now: see whether this machine's DNS works",
            )
            .retry_after(retry_after),
            _ => Fault::unproven(Check::KeyId, format!("{key} publishes no usable key")).into(),
        }
    }

    /// Returns the permits of handlers that outlive their connections.
    pub(super) fn detached(&self) -> &Arc<Permits> {
        &self.verifier.detached
    }

    /// Claims this delivery for this call and no other, before its body is decoded.
    ///
    /// The date was fresh when the head came, and is not looked at again: a body that took its
    /// time, as far as `body_time` goes, is no reason to lose the call. So a delivery is remembered
    /// for that much longer.
    pub(super) async fn claim(
        &self,
        id: DeliveryId,
        body_time: Duration,
    ) -> Result<Claim, Refusal> {
        let body_time = TimeDelta::from_std(body_time).unwrap_or(TimeDelta::MAX);
        let until = self.signed.until();
        let until = until.checked_add_signed(body_time).unwrap_or(until);
        match self.verifier.replay.claim(id, self.now, until).await {
            Ok(Claimed::Fresh(claim)) => Ok(claim),
            Ok(Claimed::Done) => Err(Refusal::new(
                RejectionKind::AlreadyHandled,
                "a copy of a call that was handled",
            )),
            Ok(Claimed::InFlight) => Err(Refusal::new(
                RejectionKind::InFlight,
                "a copy of a call that is being handled: send it again later",
            )
            .retry_after(RETRY_AFTER)),
            Err(error) => Err(error.into()),
        }
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.signed.fmt(f)
    }
}
