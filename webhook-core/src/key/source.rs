//! Where keys come from.

use super::chain::Chain;
use super::{KeyName, Keys, LookupError};
use crate::future::BoxFuture;
use chrono::{DateTime, Utc};
use std::fmt;
use std::sync::Arc;

/// A source of keys, which has them at hand or looks them up.
///
/// A receiver calls these in order, all of them when the head has arrived and before the body is
/// read: [`cached`](Self::cached); [`find`](Self::find) when nothing was cached;
/// [`renew`](Self::renew) when a signature failed under keys that may be out of date. The time is
/// the receiver's: a source reads no clock of its own for what it caches.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use webhook_core::future::BoxFuture;
/// use webhook_core::key::{KeyName, KeySource, Keys, LookupError, PublicKey};
///
/// /// Keys from a file that another job keeps up to date.
/// #[derive(Debug)]
/// struct Directory(std::path::PathBuf);
///
/// impl KeySource for Directory {
///     fn find<'a>(
///         &'a self,
///         name: &'a KeyName,
///         _now: DateTime<Utc>,
///     ) -> BoxFuture<'a, Result<Keys, LookupError>> {
///         Box::pin(async move {
///             let path = self.0.join(name.as_str());
///             let pem = std::fs::read_to_string(path).map_err(|_| LookupError::NotFound)?;
///             PublicKey::from_pem(&pem).map(Keys::from).map_err(|_| LookupError::NotFound)
///         })
///     }
/// }
/// ```
pub trait KeySource: fmt::Debug + Send + Sync + 'static {
    /// Returns the keys of a name that are known without waiting. By default, returns `None`.
    fn cached(&self, name: &KeyName, now: DateTime<Utc>) -> Option<Keys> {
        let _ = (name, now);
        None
    }

    /// Returns the keys of a name, and waits for them if it must, for seconds at most. The future
    /// may be dropped at any time.
    ///
    /// # Errors
    /// The name has no key, or the look-up failed.
    fn find<'a>(
        &'a self,
        name: &'a KeyName,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>>;

    /// Returns whether [`renew`](Self::renew) could return other keys than `failed`, under which a
    /// signature failed. By default, returns `false`.
    ///
    /// Must be cheap: a receiver refuses forgeries by it, before it reads the body.
    fn may_renew(&self, name: &KeyName, failed: &Keys, now: DateTime<Utc>) -> bool {
        let _ = (name, failed, now);
        false
    }

    /// Returns other keys than `failed`, under which a signature failed, or `None` where the
    /// failure stands: keys may have changed under the same name. By default, returns `None`.
    ///
    /// The source must bound what an attacker who sends forgeries can make it do.
    ///
    /// # Errors
    /// The name has no key any more, or the look-up failed.
    fn renew<'a>(
        &'a self,
        name: &'a KeyName,
        failed: &'a Keys,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Option<Keys>, LookupError>> {
        let _ = (name, failed, now);
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Returns a source that looks names up in this one and, where this one has no keys, in
    /// another: pinned keys and then DNS.
    ///
    /// ```
    /// use webhook_core::key::{COPERNICA_ZONE, KeyName, KeySource, StaticKeys};
    ///
    /// let name = KeyName::under(&[COPERNICA_ZONE], "one._domainkey.copernica.com").unwrap();
    /// let source = StaticKeys::new().or(StaticKeys::new());
    /// assert!(source.cached(&name, chrono::Utc::now()).is_none());
    /// ```
    fn or<S: KeySource>(self, other: S) -> Chain<Self, S>
    where
        Self: Sized,
    {
        Chain::new(self, other)
    }
}

/// Implements a source by the one that a pointer points to.
macro_rules! through_pointer {
    ($($pointer:ident),*) => {$(
        impl<S: KeySource + ?Sized> KeySource for $pointer<S> {
            fn cached(&self, name: &KeyName, now: DateTime<Utc>) -> Option<Keys> {
                (**self).cached(name, now)
            }

            fn find<'a>(
                &'a self,
                name: &'a KeyName,
                now: DateTime<Utc>,
            ) -> BoxFuture<'a, Result<Keys, LookupError>> {
                (**self).find(name, now)
            }

            fn may_renew(&self, name: &KeyName, failed: &Keys, now: DateTime<Utc>) -> bool {
                (**self).may_renew(name, failed, now)
            }

            fn renew<'a>(
                &'a self,
                name: &'a KeyName,
                failed: &'a Keys,
                now: DateTime<Utc>,
            ) -> BoxFuture<'a, Result<Option<Keys>, LookupError>> {
                (**self).renew(name, failed, now)
            }
        }
    )*};
}

through_pointer!(Arc, Box);
