//! A call's proof, step by step: what the head says, the body's digest, the key, the replay.

use super::{Head, Lines};
use crate::clock::Clock;
use crate::delivery::Proven;
use crate::key::{KeySource, Keys, Missing};
use crate::limits::RETRY_AFTER;
use crate::rejection::{Rejection, RejectionKind};
use crate::replay::{Claim, Claimed, DeliveryId, ReplayStore};
use crate::signature::{Check, Fault, Policy, Signed, examine};
use aws_lc_rs::digest::Digest;
use std::fmt;
use std::sync::Arc;

/// What proofs are checked against.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) policy: Policy,
    pub(super) min_key_bits: u32,
    pub(super) keys: Arc<dyn KeySource>,
    pub(super) replay: Arc<dyn ReplayStore>,
    pub(super) clock: Arc<dyn Clock>,
}

/// A call whose head says all the right things.
pub(super) struct Pending {
    verifier: Arc<Verifier>,
    signed: Signed,
    /// The hash of what was signed, where the head alone tells it.
    hash: Option<Digest>,
    verdict: Verdict,
}

/// How far a proof comes without waiting.
pub(super) enum Proving {
    Done(Proven),
    Lacks(Question),
}

/// A proof that lacks its key.
pub(super) struct Question {
    hash: Digest,
    /// The keys that did not sign this.
    failed: Option<Keys>,
}

/// What is known of the signature while the body comes in.
enum Verdict {
    /// The key was at hand, and it signed this.
    Verified,
    /// The key has to be looked up, or a line of the signing string is not known yet.
    Open,
    /// The keys at hand did not sign this; there may be newer ones.
    Doubtful(Keys),
}

impl Verifier {
    /// Looks at the head: nothing here waits, and no stranger gets further.
    pub(super) fn begin(
        self: &Arc<Self>,
        head: &Head<'_>,
        lines: &Lines<'_>,
        host: Option<&str>,
    ) -> Result<Pending, Rejection> {
        let now = self.clock.now();
        let signed = examine(head, lines, host, &self.policy, now)?;
        let hash = signed.hash_of_head();
        let verdict = match (&hash, self.keys.cached(signed.key(), now)) {
            (Some(hash), Some(keys)) if self.verify(&signed, &keys, hash)? => Verdict::Verified,
            (Some(_), Some(keys)) if self.keys.may_renew(signed.key(), &keys, now) => {
                Verdict::Doubtful(keys)
            }
            (Some(_), Some(_)) => return Err(signed.unproven().into()),
            _ => Verdict::Open,
        };
        Ok(Pending { verifier: Arc::clone(self), signed, hash, verdict })
    }

    /// Whether one of the keys signed this; an error when it did and is too short to count.
    fn verify(&self, signed: &Signed, keys: &Keys, hash: &Digest) -> Result<bool, Rejection> {
        match keys.verify_hash(hash, signed.signature()) {
            None => Ok(false),
            Some(key) if key.bits() < self.min_key_bits => {
                let (bits, least) = (key.bits(), self.min_key_bits);
                let detail = format!("the key has {bits} bits, and {least} are asked for");
                Err(Fault::unproven(Check::Signature, detail).into())
            }
            Some(_) => Ok(true),
        }
    }
}

impl Pending {
    /// What the head claims, for an operator's eyes.
    pub(super) fn claims(&self) -> &impl fmt::Display {
        &self.signed
    }

    /// The body is complete: its digest, then the key where it is at hand.
    pub(super) fn prove(&self, body: &[u8]) -> Result<Proving, Rejection> {
        let Self { verifier, signed, hash, verdict } = self;
        signed.check_body(body)?;
        let hash = hash.unwrap_or_else(|| signed.hash(body.len()));
        let failed = match verdict {
            Verdict::Verified => return Ok(Proving::Done(self.proven(&hash))),
            Verdict::Doubtful(failed) => Some(failed.clone()),
            Verdict::Open => match verifier.keys.cached(signed.key(), verifier.clock.now()) {
                Some(keys) if verifier.verify(signed, &keys, &hash)? => {
                    return Ok(Proving::Done(self.proven(&hash)));
                }
                keys => keys,
            },
        };
        Ok(Proving::Lacks(Question { hash, failed }))
    }

    /// The key is asked for: it is not known, or what is known did not sign this.
    pub(super) async fn ask(&self, question: Question) -> Result<Proven, Rejection> {
        let Self { verifier, signed, .. } = self;
        let Question { hash, failed } = question;
        let proven = if let Some(failed) = failed {
            self.renewed(&failed, &hash).await?
        } else {
            let (key, now) = (signed.key(), verifier.clock.now());
            let found = verifier.keys.find(key, now).await;
            let keys = found.map_err(|why| self.missing(why))?;
            verifier.verify(signed, &keys, &hash)? || self.renewed(&keys, &hash).await?
        };
        if proven { Ok(self.proven(&hash)) } else { Err(signed.unproven().into()) }
    }

    fn proven(&self, hash: &Digest) -> Proven {
        let signed = &self.signed;
        Proven {
            account: signed.account(),
            date: signed.date(),
            nonce: signed.nonce().map(Into::into),
            key: signed.key().clone(),
            id: DeliveryId::of(hash),
        }
    }

    async fn renewed(&self, failed: &Keys, hash: &Digest) -> Result<bool, Rejection> {
        let Self { verifier, signed, .. } = self;
        let (key, now) = (signed.key(), verifier.clock.now());
        if !verifier.keys.may_renew(key, failed, now) {
            return Ok(false);
        }
        match verifier.keys.renew(key, failed, now).await.map_err(|why| self.missing(why))? {
            Some(keys) => verifier.verify(signed, &keys, hash),
            None => Ok(false),
        }
    }

    fn missing(&self, why: Missing) -> Rejection {
        let key = self.signed.key();
        match why {
            Missing::Unavailable { retry_after } => Rejection::new(
                RejectionKind::KeyUnavailable,
                "the key could not be looked up now: see whether this machine's DNS works",
            )
            .retry_after(retry_after),
            _ => Fault::unproven(Check::KeyId, format!("{key} publishes no usable key")).into(),
        }
    }

    /// The last step before the handler: this delivery is ours, and nobody's before.
    pub(super) async fn claim(&self, proven: &Proven) -> Result<Claim, Rejection> {
        let Verifier { replay, clock, .. } = &*self.verifier;
        match Claim::begin(replay, clock, proven.id, self.signed.until()).await {
            Ok(Claimed::Fresh(claim)) => Ok(claim),
            Ok(Claimed::Done) => Err(Rejection::new(
                RejectionKind::AlreadyHandled,
                "a copy of a call that was handled",
            )),
            Ok(Claimed::InFlight) => Err(Rejection::new(
                RejectionKind::InFlight,
                "a copy of a call that is being handled: send it again later",
            )
            .retry_after(RETRY_AFTER)),
            Ok(Claimed::Expired) => {
                let detail = "the date was recent when the head came, and no longer with the body";
                Err(Fault::unproven(Check::Date, detail).into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.signed.fmt(f)
    }
}
