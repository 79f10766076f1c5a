//! What a receiver is to accept, set piece by piece.

use super::budget::Budget;
use super::verify::Verifier;
use super::{Proof, Receiver, Settings};
use crate::account::{Account, Accounts};
use crate::clock::{Clock, SystemClock};
use crate::decode::{Reading, Utf8};
#[cfg(feature = "dns")]
use crate::key::check_selector;
use crate::key::{KeySource, NameError};
use crate::limits::{
    DEFAULT_MAX_DETACHED, DEFAULT_UNPROVEN_BYTES, Limits, MAX_KEY_BITS, MIN_KEY_BITS,
};
use crate::metrics;
use crate::replay::{ClockedStore, MemoryStore, Permits, ReplayStore};
use crate::signature::{ParsePublicUrlError, Policy, PublicUrl};
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Builds a [`Receiver`] that verifies: see [`Receiver::builder`].
///
/// ```
/// use std::time::Duration;
/// use webhook_core::Receiver;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # #[cfg(feature = "dns")] {
/// let receiver = Receiver::builder()
///     .account(1234)
///     // Behind a proxy that rewrites host or path: what Copernica calls.
///     .public_url("https://hooks.example.com/copernica")
///     // Calls may wait in a queue before they get here.
///     .max_age(Duration::from_secs(900))
///     .build()?;
/// # let _ = receiver;
/// # }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a builder makes a receiver when it is built"]
pub struct ReceiverBuilder {
    policy: Policy,
    public_url: Option<Result<PublicUrl, ParsePublicUrlError>>,
    min_key_bits: u32,
    keys: Option<Arc<dyn KeySource>>,
    #[cfg(feature = "dns")]
    selectors: Vec<String>,
    replay: Option<Arc<dyn ReplayStore>>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    unproven_bytes: usize,
    utf8: Utf8,
    ignores_unexpected: bool,
    max_detached: usize,
}

impl ReceiverBuilder {
    pub(super) fn new() -> Self {
        Self {
            policy: Policy::new(Vec::new()),
            public_url: None,
            min_key_bits: MIN_KEY_BITS,
            keys: None,
            #[cfg(feature = "dns")]
            selectors: Vec::new(),
            replay: None,
            clock: Arc::new(SystemClock),
            limits: Limits::default(),
            unproven_bytes: DEFAULT_UNPROVEN_BYTES,
            utf8: Utf8::Strict,
            ignores_unexpected: false,
            max_detached: DEFAULT_MAX_DETACHED,
        }
    }

    /// Takes calls of this account too; a number is an account's, for others there is
    /// [`Account::environment`]. At least one is needed, and there is no "any": Copernica signs
    /// the calls of all its customers with the same keys.
    pub fn account(mut self, account: impl Into<Account>) -> Self {
        self.policy.accounts.push(account.into());
        self
    }

    /// Takes calls of these accounts too, which may change while the receiver runs; those of
    /// [`account`](Self::account) stay. An empty set is an error of [`build`](Self::build).
    ///
    /// ```
    /// use webhook_core::key::StaticKeys;
    /// use webhook_core::{Accounts, BuildError, Receiver};
    ///
    /// let accounts = Accounts::default();
    /// let builder = || Receiver::builder().accounts(&accounts).keys(StaticKeys::new());
    /// assert!(matches!(builder().build(), Err(BuildError::NoAccount)));
    /// accounts.add(1234)?;
    /// assert!(builder().build().is_ok());
    /// # Ok::<(), webhook_core::account::AccountsError>(())
    /// ```
    pub fn accounts(mut self, accounts: impl Into<Accounts>) -> Self {
        self.policy.changing.push(accounts.into());
        self
    }

    /// Takes calls to this host too, such as `hooks.example.com`. Letter case, a final dot and a
    /// default port make no difference. With none, the host is not compared (it is signed all the
    /// same), so name it where several services share an account.
    ///
    /// A name that no call can ever have is an error of [`build`](Self::build): a URL, a wildcard,
    /// letters that are not ASCII (write the `xn--` form), an IPv6 address without brackets.
    pub fn host(mut self, name: impl AsRef<str>) -> Self {
        self.policy.host(name.as_ref());
        self
    }

    /// Sets the URL that Copernica calls, where a proxy rewrites host or path before the call gets
    /// here: `https://hooks.example.com/copernica`, or without a path to replace only the host.
    /// See [`PublicUrl`].
    pub fn public_url(mut self, url: impl AsRef<str>) -> Self {
        self.public_url = Some(PublicUrl::parse(url.as_ref()));
        self
    }

    /// Trusts keys under another zone too: `<selector>._domainkey.<zone>`. For a relay that signs
    /// with keys of your own; [`COPERNICA_ZONE`](crate::key::COPERNICA_ZONE) is always trusted.
    pub fn zone(mut self, zone: impl AsRef<str>) -> Self {
        self.policy.zone(zone.as_ref());
        self
    }

    /// Sets how old a call may be; by default five minutes.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.policy.oldest = age;
        self
    }

    /// Sets how far ahead of our clock a call may be dated; by default a minute.
    pub fn max_ahead(mut self, ahead: Duration) -> Self {
        self.policy.ahead = ahead;
        self
    }

    /// Sets the least bits that a key must have: 1024 by default, below 2048 is logged as a warning
    /// by the source of keys.
    pub fn min_key_bits(mut self, bits: u32) -> Self {
        self.min_key_bits = bits;
        self
    }

    /// Sets where keys come from; by default from DNS, where Copernica publishes them.
    pub fn keys(mut self, source: impl KeySource) -> Self {
        self.keys = Some(Arc::new(source));
        self
    }

    /// Names selectors that Copernica uses for this account, such as `one` of
    /// `one._domainkey.copernica.com`, for the default source of keys. A hint, not a pin: see
    /// [`DnsKeysBuilder::selectors`](crate::key::DnsKeysBuilder::selectors), which is where to give
    /// them to a source of your own.
    ///
    /// ```
    /// use webhook_core::Receiver;
    ///
    /// let receiver = Receiver::builder().account(1234).selectors(["one", "two"]);
    /// # let _ = receiver;
    /// ```
    #[cfg(feature = "dns")]
    pub fn selectors<S: Into<String>>(mut self, selectors: impl IntoIterator<Item = S>) -> Self {
        self.selectors.extend(selectors.into_iter().map(Into::into));
        self
    }

    /// Sets where handled deliveries are remembered; by default in this process.
    pub fn replay(mut self, store: impl ReplayStore) -> Self {
        self.replay = Some(Arc::new(store));
        self
    }

    /// Sets the clock; by default the machine's clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets how much a call may bring.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the most bytes of bodies that are held of calls that are not proven yet, all together;
    /// 64 MiB by default, and never less than one body of the most bytes takes while its buffer
    /// grows: twice that. Over it: `overloaded`,
    /// 503.
    ///
    /// Nearly every call is proven by its head, and its body does not count. The others are those
    /// whose signature covers a `Content-Length` that a proxy took away (it re-chunked the body).
    pub fn unproven_bytes(mut self, bytes: usize) -> Self {
        self.unproven_bytes = bytes;
        self
    }

    /// Replaces what is not UTF-8 by U+FFFD instead of refusing it; what may be any bytes, such as the
    /// `mime` of a bounce, stays as it was sent.
    pub fn lossy_utf8(mut self) -> Self {
        self.utf8 = Utf8::Lossy;
        self
    }

    /// Answers 204 to events that the handler does not take, where they would be refused with 422: the
    /// calls are [`ignored`](crate::RejectionKind::Ignored), and five lines a second of the log say so.
    ///
    /// For a URL that Copernica calls with other triggers or entities too. A refused call stands in
    /// the account's log of errors, and nothing else follows from it. What can't be decoded, and an
    /// event of the handler's own trigger that lacks what it needs, is refused all the same.
    ///
    /// ```
    /// # futures_executor::block_on(async {
    /// use bytes::Bytes;
    /// use http::Request;
    /// use webhook_core::{CreateEvent, Receiver};
    ///
    /// let receiver = Receiver::builder().ignore_unexpected().unverified();
    /// let call = Request::post("/copernica")
    ///     .header("content-type", "application/x-www-form-urlencoded")
    ///     .body(Bytes::from_static(b"type=open&id=b4icbaqjswyrb7tc"))?;
    /// let refused = receiver.receive::<CreateEvent>(call).await.unwrap_err();
    /// assert_eq!((refused.code(), refused.to_response().status().as_u16()), ("ignored", 204));
    /// # Ok::<(), http::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn ignore_unexpected(mut self) -> Self {
        self.ignores_unexpected = true;
        self
    }

    /// Sets how many handlers may outlive their connections at a time;
    /// [`DEFAULT_MAX_DETACHED`] unless it is set.
    ///
    /// Under the adapters' `once` a handler goes on when its sender is gone, so that a call that was
    /// proven is not lost. One more than this is dropped, as is one that takes longer than
    /// [`DETACHED_TIME`](crate::limits::DETACHED_TIME) after that: a warning names the delivery, and
    /// a copy of the call is handled. With 0 none outlives its connection.
    pub fn max_detached(mut self, handlers: usize) -> Self {
        self.max_detached = handlers;
        self
    }

    /// Builds a receiver that proves **nothing**, with these limits and this UTF-8 mode; what is set
    /// for proofs has no effect. See [`Receiver::unverified`], which has the defaults.
    ///
    /// ```
    /// use webhook_core::{Limits, Receiver};
    ///
    /// // UNVERIFIED: anyone who reaches this can forge events.
    /// let receiver = Receiver::builder().limits(Limits::default().body(64 << 20)).unverified();
    /// assert_eq!(receiver.limits().max_body(), 67_108_864);
    /// ```
    #[must_use]
    pub fn unverified(self) -> Receiver {
        let reading = Reading { limits: self.limits, utf8: self.utf8 };
        Receiver::unverified_with(reading, self.ignores_unexpected)
    }

    /// Builds a receiver that verifies.
    ///
    /// # Errors
    /// Something is missing or contradicts itself; the error says what to change.
    pub fn build(self) -> Result<Receiver, BuildError> {
        let Self { mut policy, public_url, min_key_bits, keys, replay, clock, .. } = self;
        let Self { limits, unproven_bytes, utf8, ignores_unexpected, max_detached, .. } = self;
        #[cfg(feature = "dns")]
        let selectors = self.selectors;
        if policy.lacks_accounts() {
            return Err(BuildError::NoAccount);
        }
        if policy.has_account_zero() {
            return Err(BuildError::Account);
        }
        if min_key_bits > MAX_KEY_BITS {
            return Err(BuildError::KeyBits);
        }
        if let Some((name, fault)) = policy.impossible_host() {
            return Err(BuildError::Host { name: name.to_owned(), fault });
        }
        if let Some((name, fault)) = policy.impossible_zone() {
            return Err(BuildError::Zone { name: name.to_owned(), fault });
        }
        policy.public_url = public_url.transpose().map_err(BuildError::PublicUrl)?;
        if policy.public_url.as_ref().is_some_and(|url| !policy.knows_host(url.host())) {
            return Err(BuildError::HostOfPublicUrl);
        }
        #[cfg(feature = "dns")]
        let keys = match keys {
            Some(_) if !selectors.is_empty() => return Err(BuildError::SelectorsWithKeys),
            Some(keys) => keys,
            None => from_dns(selectors)?,
        };
        #[cfg(not(feature = "dns"))]
        let keys = keys.ok_or(BuildError::NoKeys)?;
        let replay = replay.unwrap_or_else(|| Arc::new(MemoryStore::new()));
        let window = policy.oldest.saturating_add(policy.ahead);
        replay.remember_for(window.saturating_add(limits.max_body_time()));
        let unproven =
            Arc::new(Budget::new(unproven_bytes.max(limits.max_body().saturating_mul(2))));
        let detached = Permits::new(max_detached);
        let replay = ClockedStore::new(replay, Arc::clone(&clock));
        metrics::announce();
        let verifier = Verifier { policy, min_key_bits, keys, replay, clock, unproven, detached };
        let proof = Proof::Signature(Arc::new(verifier));
        let reading = Reading { limits, utf8 };
        Ok(Receiver(Arc::new(Settings { reading, ignores_unexpected, proof })))
    }
}

#[cfg(feature = "dns")]
fn from_dns(selectors: Vec<String>) -> Result<Arc<dyn KeySource>, BuildError> {
    for name in &selectors {
        if let Err(fault) = check_selector(name) {
            return Err(BuildError::Selector { name: name.clone(), fault });
        }
    }
    match crate::key::DnsKeys::builder().selectors(selectors).build() {
        Ok(keys) => Ok(Arc::new(keys)),
        Err(error) => Err(BuildError::Dns(Box::new(error))),
    }
}

/// Why a receiver can't be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// No account was named, or a set of accounts is empty.
    NoAccount,
    /// An account has the number 0, which no customer of Copernica has.
    Account,
    /// No source of keys was given, and without the feature `dns` there is no default.
    NoKeys,
    /// The system's DNS settings can't be read.
    Dns(Box<dyn Error + Send + Sync>),
    /// The public URL can't be what Copernica calls.
    PublicUrl(ParsePublicUrlError),
    /// Hosts were named, and the public URL's is not among them.
    HostOfPublicUrl,
    /// More bits were required of a key than any key may have.
    KeyBits,
    /// A host was named that no call can ever be for.
    Host {
        /// The name.
        name: String,
        /// What is wrong with it.
        fault: NameError,
    },
    /// A selector was named that no key can ever have.
    Selector {
        /// The selector.
        name: String,
        /// What is wrong with it.
        fault: NameError,
    },
    /// Selectors were named, and a source of keys was given: they are a hint for the default one.
    SelectorsWithKeys,
    /// A zone was named that no key can ever be under.
    Zone {
        /// The name.
        name: String,
        /// What is wrong with it.
        fault: NameError,
    },
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAccount => {
                f.write_str("no account is named: call ReceiverBuilder::account, or give ReceiverBuilder::accounts a set that has one")
            }
            Self::Account => {
                f.write_str("no account has the number 0: name the number of your own")
            }
            Self::NoKeys => f.write_str(
                "no source of keys: give one with ReceiverBuilder::keys, or enable the feature dns",
            ),
            Self::Dns(_) => f.write_str(
                "the system's DNS settings can't be read: name servers with DnsKeys::at and \
                 ReceiverBuilder::keys",
            ),
            Self::PublicUrl(_) => f.write_str("the public URL can't be read"),
            Self::HostOfPublicUrl => f.write_str(
                "the public URL's host is not among the hosts that were named: name it too, or name no host",
            ),
            Self::KeyBits => {
                write!(f, "no key has that many bits: require {MAX_KEY_BITS} at most")
            }
            Self::Host { name, .. } => write!(f, "no call can be for the host {name:?}"),
            Self::Selector { name, .. } => write!(f, "no key can have the selector {name:?}"),
            Self::SelectorsWithKeys => f.write_str(
                "selectors are for the default source of keys, and another one is given: name them \
                 with DnsKeysBuilder::selectors, or not at all",
            ),
            Self::Zone { name, .. } => write!(f, "no key can be under the zone {name:?}"),
        }
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Dns(error) => Some(&**error),
            Self::PublicUrl(error) => Some(error),
            Self::Host { fault, .. } | Self::Selector { fault, .. } | Self::Zone { fault, .. } => {
                Some(fault)
            }
            _ => None,
        }
    }
}
