//! How an event arrived, next to what it says.

use crate::account::Account;
use crate::crypto::sha256_of;
use crate::event::{FromDelivery, hex};
use crate::key::KeyName;
use crate::replay::{DeliveryId, Description, RefusalReport, Settlement, StoreError};
use crate::sender::IDEMPOTENCY_PREFIX;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use std::fmt;
use std::sync::Arc;

/// How an event arrived: what was proven of it, the raw body, and where it was sent to.
#[derive(Clone)]
pub struct Delivery {
    body: Bytes,
    called: Called,
    proven: Option<Arc<Proven>>,
    /// `None` where nothing was claimed, and no refusal waits for its outcome.
    settlement: Option<Settlement>,
}

/// What a signature proved.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proven {
    /// Whose call it is.
    pub account: Account,
    /// When it was signed: the `Date`.
    pub date: DateTime<Utc>,
    /// The `X-Nonce`, when there was one.
    pub nonce: Option<Box<str>>,
    /// The key that signed it.
    pub key: KeyName,
    /// What this delivery is remembered by: an exact copy has the same, a call that is signed
    /// anew has another.
    pub id: DeliveryId,
}

/// What was called, in one piece of memory: the target, then the host.
#[derive(Debug, Clone, Default)]
pub(crate) struct Called {
    text: String,
    /// Where the target ends.
    end: usize,
    has_host: bool,
}

impl Called {
    pub(crate) fn new(target: &str, host: Option<&str>) -> Self {
        let end = target.len();
        let mut text = String::with_capacity(end + host.map_or(0, str::len));
        text.push_str(target);
        text.push_str(host.unwrap_or_default());
        if let Some(host) = text.get_mut(end..) {
            host.make_ascii_lowercase();
        }
        Self { text, end, has_host: host.is_some() }
    }

    fn target(&self) -> &str {
        self.text.get(..self.end).unwrap_or_default()
    }

    /// Returns the host, in lower case.
    pub(crate) fn host(&self) -> Option<&str> {
        self.text.get(self.end..).filter(|_| self.has_host)
    }
}

impl Delivery {
    pub(crate) fn new(body: Bytes, called: Called) -> Self {
        Self { body, called, proven: None, settlement: None }
    }

    pub(crate) fn prove(&mut self, proven: Proven, settlement: Settlement) {
        self.proven = Some(Arc::new(proven));
        self.settlement = Some(settlement);
    }

    /// Returns what the signature proved; `None` from a receiver that is
    /// [unverified](crate::Receiver::unverified).
    #[must_use]
    pub fn proven(&self) -> Option<&Proven> {
        self.proven.as_deref()
    }

    /// Returns the body exactly as it was received.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Returns the path and query that were called, before any router took a prefix off.
    #[must_use]
    pub fn target(&self) -> &str {
        self.called.target()
    }

    /// Returns the host that was called, in lower case.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.called.host()
    }

    /// Returns a key under which an event is handled once, however often it is sent.
    ///
    /// After `copernica:v1:` and the account as verified (`account_1234:`, or `unverified:`):
    ///
    /// | key | event |
    /// |---|---|
    /// | `create:profile:<database>:<profile>`, `create:subprofile:<collection>:<subprofile>` | one (sub)profile is created once |
    /// | `delete:profile:<profile>:<timestamp>`, `delete:subprofile:<subprofile>:<timestamp>` | a deletion can be undone, and then happen again |
    /// | `unsubscribe:<id>:<profile>:<timestamp>` | so can an unsubscription |
    /// | `delivered:<32 hexadecimal digits>` | a hash of message and recipient: a message is delivered once |
    /// | `call:<64 hexadecimal digits>` | what can happen many times (update, click, open, failure, bounce, abuse, others and [`Raw`](crate::Raw)), and the above where a part is absent, empty or 0 |
    ///
    /// Nothing in the first four changes when a call is repeated later, or signed anew. A `call:` key is
    /// the identity of the delivery ([`Proven::id`]; without a proof, the SHA-256 hash of target, NUL and
    /// body). It protects from exact copies, and **not** from the same event signed anew, nor from a
    /// second webhook that reports it: the sender gives such an event no name. No key holds an address.
    ///
    /// ```
    /// # use webhook_core::*;
    /// # let call = http::Request::post("/").header("content-type", "application/json")
    /// #     .body(r#"{"type":"create","profile":123,"database":1,"timestamp":"1979-02-12 12:49:23"}"#.into())?;
    /// # let received = futures_executor::block_on(Receiver::unverified().receive::<CreateEvent>(call))?;
    /// let Received { event, delivery, .. } = received;
    /// // With a verified account: copernica:v1:account_1234:create:profile:1:123
    /// assert_eq!(delivery.idempotency_key(&event), "copernica:v1:unverified:create:profile:1:123");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn idempotency_key<T: FromDelivery>(&self, event: &T) -> String {
        let identity = event.identity().unwrap_or_else(|| self.call_identity());
        key(self.proven().map(|proven| proven.account), &identity)
    }

    /// Returns the key of the call, whatever its event is.
    pub(crate) fn call_key(&self) -> String {
        key(self.proven().map(|proven| proven.account), &self.call_identity())
    }

    /// Returns what the call is called, whatever its event is.
    fn call_identity(&self) -> String {
        if let Some(Proven { id, .. }) = self.proven() {
            return format!("call:{id}");
        }
        let hash = sha256_of(&[self.target().as_bytes(), b"\0", &self.body]);
        format!("call:{}", hex(hash.as_ref()))
    }

    /// Says that the event was handled: copies of the call are answered 200, and no handler runs.
    ///
    /// The adapters' `once` says it for a handler that answers with a status of 2xx. Call this
    /// where success is something else, or is known earlier; without either, the delivery is
    /// released when it is dropped, and a copy is handled again. See [`replay`](crate::replay).
    ///
    /// # Errors
    /// The replay store could not write it down.
    pub fn commit(&self) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let commit = self.settlement.as_ref().map(Settlement::commit);
        async move {
            match commit {
                Some(commit) => commit.await,
                None => Ok(()),
            }
        }
    }

    /// Sets where the outcome is reported of a call that nothing is to prove: its refusal is logged
    /// when that is known.
    pub(crate) fn settled_by(&mut self, settlement: Option<&Settlement>) {
        self.settlement.get_or_insert_with(|| settlement.cloned().unwrap_or_default());
    }

    /// Returns the delivery as it is, but for its claim.
    pub(crate) fn without_settlement(&self) -> Self {
        Self { settlement: None, ..self.clone() }
    }

    /// Notes that the call is refused: without a commit it is released, and `report` logs what
    /// became of it.
    pub(crate) fn refuse(
        &self,
        code: &'static str,
        trigger: Option<&'static str>,
        report: RefusalReport,
    ) {
        if let Some(settlement) = &self.settlement {
            settlement.refuse(code, trigger, report);
        }
    }

    /// Fills the fields of the span that its handler runs in.
    pub(crate) fn describe(&self, description: Description) {
        if let Some(settlement) = &self.settlement {
            settlement.describe(description);
        }
    }

    /// Notes that the call is answered by its refusal.
    pub(crate) fn answer_refusal(&self) {
        if let Some(settlement) = &self.settlement {
            settlement.answer_refusal();
        }
    }

    /// Releases the claim of a call that is ignored: there is nothing to remember, and nothing to be
    /// warned of.
    pub(crate) fn release(&self, code: &'static str, trigger: Option<&'static str>) {
        if let Some(settlement) = &self.settlement {
            settlement.release(code, trigger);
        }
    }

    /// Returns where an adapter reports the handler's outcome; `None` where nothing was claimed, and
    /// no refusal waits for its outcome.
    #[must_use]
    pub fn settlement(&self) -> Option<&Settlement> {
        self.settlement.as_ref()
    }
}

/// Returns the key of an event that was stored without its delivery, as [`Raw`](crate::Raw), and
/// decoded later: what [`Delivery::idempotency_key`] gave or would have given. `None` for an event
/// without a name of its own, whose key is that of its call.
///
/// `account` is whose call it was ([`Proven::account`]); `None` without a proof.
///
/// ```
/// use webhook_core::{CreateEvent, Raw, delivery};
///
/// // Out of a table.
/// let raw = Raw::new("type=create&profile=123&database=1&timestamp=1979-02-12+12:49:23");
/// let event: CreateEvent = raw.decode()?;
/// let key = delivery::event_key(Some(1234.into()), &event);
/// assert_eq!(key.as_deref(), Some("copernica:v1:account_1234:create:profile:1:123"));
/// # Ok::<(), webhook_core::Rejection>(())
/// ```
#[must_use]
pub fn event_key<T: FromDelivery>(account: Option<Account>, event: &T) -> Option<String> {
    event.identity().map(|identity| key(account, &identity))
}

fn key(account: Option<Account>, identity: &str) -> String {
    match account {
        Some(account) => format!("{IDEMPOTENCY_PREFIX}:{account}:{identity}"),
        None => format!("{IDEMPOTENCY_PREFIX}:unverified:{identity}"),
    }
}

/// Shows no body: it is personal data.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("target", &self.target())
            .field("host", &self.host())
            .field("proven", &self.proven)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// Shows no nonce: with the rest of a call it is worth something for minutes.
impl fmt::Debug for Proven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proven")
            .field("account", &self.account)
            .field("date", &self.date)
            .field("key", &self.key)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
