//! Where keys come from.

use super::chain::Chain;
use super::{KeyName, Keys, LookupError};
use crate::future::BoxFuture;
use chrono::{DateTime, Utc};
use std::fmt;
use std::sync::Arc;

/// Knows the keys of names, or finds them.
///
/// A receiver asks in this order, all of it when the head has arrived and before the body is read:
/// [`cached`](Self::cached); [`find`](Self::find) when nothing was cached; [`renew`](Self::renew)
/// when a signature failed under keys that may be out of date.
/// The time is the receiver's: a source never looks at a clock of its own for what it remembers.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use webhook_core::BoxFuture;
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
    /// The keys that are known without waiting. By default none are.
    fn cached(&self, name: &KeyName, now: DateTime<Utc>) -> Option<Keys> {
        let _ = (name, now);
        None
    }

    /// The keys of a name: waits for them if it must, for seconds at most.
    ///
    /// The future may be dropped at any time. Its error says that there is no such key, or that
    /// this could not be found out now.
    fn find<'a>(
        &'a self,
        name: &'a KeyName,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Keys, LookupError>>;

    /// Whether [`renew`](Self::renew) could tell anything new; cheap, so that a receiver may
    /// refuse a forgery before it reads the body. By default: never.
    ///
    /// `failed` are the keys under which a signature failed.
    fn may_renew(&self, name: &KeyName, failed: &Keys, now: DateTime<Utc>) -> bool {
        let _ = (name, failed, now);
        false
    }

    /// Other keys than those under which a signature failed, in case the keys have been changed
    /// under the same name. `None`: the failure stands. By default: always.
    ///
    /// What a stranger can make a source do by sending forgeries is the source's to bound.
    /// Its error says that the name has no key any more, or that this could not be found out
    /// now.
    fn renew<'a>(
        &'a self,
        name: &'a KeyName,
        failed: &'a Keys,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Option<Keys>, LookupError>> {
        let _ = (name, failed, now);
        Box::pin(std::future::ready(Ok(None)))
    }

    /// This source and, where it does not know a name, another one: pinned keys and then DNS.
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

/// Implements a source by the one behind a pointer.
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
