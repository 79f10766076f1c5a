//! Sources of keys and stores that fail, or that return what a test needs.

use chrono::{DateTime, Utc};
use std::future::ready;
use std::time::Duration;
use webhook_core::future::BoxFuture;
use webhook_core::key::{KeyName, KeySource, Keys, LookupError};
use webhook_core::replay::{Begun, DeliveryId, ReplayStore, StoreError, Token};

/// A source of keys that is unreachable now: again in a little more than six seconds.
#[derive(Debug)]
pub(crate) struct Away;

impl KeySource for Away {
    fn find<'a>(
        &'a self,
        _name: &'a KeyName,
        _now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>> {
        let retry_after = Duration::from_millis(6001);
        Box::pin(ready(Err(LookupError::Unavailable { retry_after })))
    }
}

/// A store that says the same to every delivery.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Says {
    /// It remembers nothing.
    Fresh,
    InFlight,
    Done,
    /// It can't be reached.
    Nothing,
}

impl ReplayStore for Says {
    fn begin<'a>(
        &'a self,
        _id: &'a DeliveryId,
        _now: DateTime<Utc>,
        _until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Begun, StoreError>> {
        Box::pin(ready(match self {
            Self::Fresh => Ok(Begun::Fresh(Token::from(1))),
            Self::InFlight => Ok(Begun::InFlight),
            Self::Done => Ok(Begun::Done),
            Self::Nothing => Err(StoreError::unavailable("the plug was pulled")),
        }))
    }

    fn commit<'a>(
        &'a self,
        _id: &'a DeliveryId,
        _now: DateTime<Utc>,
        _until: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(ready(Ok(())))
    }

    fn release(&self, _id: &DeliveryId, _token: Token) {}
}
