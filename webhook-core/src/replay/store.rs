//! The interface of a replay memory.

use super::DeliveryId;
use crate::crypto;
use crate::future::BoxFuture;
use crate::limits::RETRY_AFTER;
use crate::rejection::{Refusal, RejectionKind};
use chrono::{DateTime, Utc};
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// Remembers which deliveries are being handled, and which have been.
///
/// An entry lives up to and including its `until`: from then on a copy is refused by its date, so
/// a claim whose handler takes longer than that may be forgotten as well. Never before: a store
/// that is full says so ([`StoreError::Full`]) and evicts nothing that lives.
///
/// Of any number of calls to [`begin`](Self::begin) for one delivery, at any number of machines
/// that share the store, exactly one is fresh until that claim is released or expires.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use std::collections::HashMap;
/// use std::sync::{Mutex, PoisonError};
/// use webhook_core::future::BoxFuture;
/// use webhook_core::replay::{Begun, DeliveryId, ReplayStore, StoreError, Token};
///
/// /// Shows the rules; a store to use would forget what has expired.
/// #[derive(Debug, Default)]
/// struct Simple(Mutex<HashMap<DeliveryId, Option<Token>>>);
///
/// impl ReplayStore for Simple {
///     fn begin<'a>(&'a self, id: &'a DeliveryId, _now: DateTime<Utc>, _until: DateTime<Utc>)
///         -> BoxFuture<'a, Result<Begun, StoreError>>
///     {
///         Box::pin(async move {
///             let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
///             match entries.get(id) {
///                 Some(Some(_)) => return Ok(Begun::InFlight),
///                 Some(None) => return Ok(Begun::Done),
///                 None => {}
///             }
///             let token = Token::random()?;
///             entries.insert(*id, Some(token));
///             Ok(Begun::Fresh(token))
///         })
///     }
///
///     fn commit<'a>(&'a self, id: &'a DeliveryId, _now: DateTime<Utc>, _until: DateTime<Utc>)
///         -> BoxFuture<'a, Result<(), StoreError>>
///     {
///         Box::pin(async move {
///             self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(*id, None);
///             Ok(())
///         })
///     }
///
///     fn release(&self, id: &DeliveryId, token: Token) {
///         let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
///         if entries.get(id) == Some(&Some(token)) {
///             entries.remove(id);
///         }
///     }
/// }
/// ```
pub trait ReplayStore: fmt::Debug + Send + Sync + 'static {
    /// Claims a delivery until `until`.
    ///
    /// A future that is dropped before it is ready must not leave a claim: nothing would
    /// release it.
    ///
    /// # Errors
    /// The store is full or unreachable: the call is answered 503.
    fn begin<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Begun, StoreError>>;

    /// Claims a delivery as [`begin`](Self::begin) does, but without waiting: a store that never has
    /// to wait spares each call the memory of a future. By default, returns `None`, and `begin` is
    /// called.
    ///
    /// # Errors
    /// No room: the call is answered 503.
    fn try_begin(
        &self,
        id: &DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Option<Result<Begun, StoreError>> {
        let _ = (id, now, until);
        None
    }

    /// Commits the delivery, which was handled: copies are done from now on, until `until`.
    ///
    /// Whatever the store holds is replaced. Where that is no longer the claim (the store was
    /// emptied meanwhile, or the claim expired), the delivery was handled all the same. When
    /// `until` is past there is nothing to remember.
    ///
    /// # Errors
    /// The store is full or unreachable. The claim then stays until it expires.
    fn commit<'a>(
        &'a self,
        id: &'a DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Commits a delivery as [`commit`](Self::commit) does, but without waiting. By default, returns
    /// `None`, and `commit` is called.
    ///
    /// # Errors
    /// No room. The claim then stays until it expires.
    fn try_commit(
        &self,
        id: &DeliveryId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Option<Result<(), StoreError>> {
        let _ = (id, now, until);
        None
    }

    /// Releases the delivery, which was not handled: gives the claim back, if it is still the one
    /// with this token.
    ///
    /// Called when a claim is dropped, perhaps by a panic that is under way: it must not wait and
    /// must not panic. A store that has to wait spawns a task; whatever fails there is mended by
    /// the claim's expiry.
    fn release(&self, id: &DeliveryId, token: Token);

    /// Notes the longest time from the claim of a delivery to the last moment at which a copy of it
    /// can be fresh, by a clock that runs: called when a receiver is built that uses this store. By
    /// default, ignores it.
    ///
    /// A store that forgets by the `now` of calls distinguishes by it a clock that was set back a
    /// little (forgotten deliveries are fresh again) from one that was far ahead.
    fn remember_for(&self, longest: Duration) {
        let _ = longest;
    }
}

/// What a store returns for a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)] // a caller to which a state is unknown would have to guess
pub enum Begun {
    /// It was not handled, and no other call is handling it: the claim is the caller's, under this token.
    Fresh(Token),
    /// Another call is handling it.
    InFlight,
    /// It was handled.
    Done,
}

/// Distinguishes one claim of a delivery from the next, so that a late release frees no other.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token(u128);

impl Token {
    /// Returns a token that no other machine has.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn random() -> Result<Self, StoreError> {
        crypto::random()
            .map(|bytes| Self(u128::from_ne_bytes(bytes)))
            .ok_or_else(|| StoreError::unavailable("the system has no randomness to give"))
    }
}

/// For stores that count their claims.
impl From<u128> for Token {
    fn from(number: u128) -> Self {
        Self(number)
    }
}

/// 32 hexadecimal digits in lower case.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A failure of a store: always a 503, never a delivery that slips through.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// Every place is taken by a delivery that must not be forgotten yet.
    Full,
    /// It can't be reached, took too long, or answered with an error.
    Unavailable(Box<dyn Error + Send + Sync>),
    /// The clock was set back, to before the time of deliveries that are forgotten already: this
    /// may be one of them.
    ClockSetBack,
}

impl StoreError {
    /// Returns the error of a store that is unreachable, for this reason.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }
}

/// A store that fails is a failure on our side: 503, and worth trying again.
impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::new(
            RejectionKind::ReplayUnavailable,
            "it can't be written down now which calls were handled: see the replay store",
        )
        .retry_after(RETRY_AFTER)
        .with_source(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the replay store is full",
            Self::Unavailable(_) => "the replay store is not available",
            Self::ClockSetBack => {
                "the clock was set back, and deliveries of that time are forgotten: keep it set \
                 (NTP)"
            }
        })
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Full | Self::ClockSetBack => None,
            Self::Unavailable(source) => Some(source.as_ref()),
        }
    }
}
