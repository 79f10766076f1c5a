//! Plays Copernica: calls that are signed as its own are.

use super::SignerError;
use super::private::PrivateKey;
use crate::account::Account;
use crate::clock::{Clock, SystemClock};
use crate::key::{KeyName, StaticKeys};
use crate::sender::FORM;
use chrono::{DateTime, Utc};
use std::fmt;
use std::sync::{Arc, LazyLock};

const ACCOUNT: u64 = 1234;
const KEY_NAME: &str = "test._domainkey.copernica.com";

/// One a process: making a key takes a moment, and tests have many signers.
static EPHEMERAL: LazyLock<Option<Arc<PrivateKey>>> =
    LazyLock::new(|| PrivateKey::generate().ok().map(Arc::new));

/// Plays Copernica in your tests: signs calls as Copernica signs its own, with a key of yours.
///
/// The signature is that of draft-cavage-http-signatures (10 to 12), RSA with SHA-256, over the
/// names that Copernica documents and in their order; they are written in lower case, and so is
/// the name of the digest, because the vendor's own PHP library verifies no other calls
/// ([`documented_style`](Self::documented_style) writes the documented capitals). Each call is
/// dated now and has a nonce of its own. All of it can be changed: a receiver has to refuse the wrong account, an old date, or
/// a signature that covers too little.
///
/// ```
/// use webhook_core::testing::{Signer, documented_profile};
///
/// let signer = Signer::ephemeral()?;
/// let call = signer.sign_event("https://example.com/copernica", &documented_profile())?;
///
/// assert_eq!(call.method(), "POST");
/// assert_eq!(call.headers()["host"], "example.com");
/// assert_eq!(call.headers()["x-copernica-id"], "account_1234");
/// # Ok::<(), webhook_core::testing::SignerError>(())
/// ```
///
/// A receiver that trusts it verifies as it does in production:
///
/// ```
/// use webhook_core::testing::{Signer, documented_profile};
/// use webhook_core::{CreateEvent, Receiver, RejectionKind};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let signer = Signer::ephemeral()?;
/// let receiver = Receiver::builder().account(1234).keys(signer.keys()).build()?;
/// # futures_executor::block_on(async {
///
/// let call = signer.sign_event("https://example.com/copernica", &documented_profile())?;
/// let received = receiver.receive::<CreateEvent>(call.clone()).await?;
/// assert_eq!(received.delivery.proven().map(|proven| proven.account), Some(1234.into()));
///
/// // Handled: a copy is answered 200 and reaches no handler.
/// received.delivery.commit().await?;
/// let copy = receiver.receive::<CreateEvent>(call).await.unwrap_err();
/// assert_eq!(copy.kind(), RejectionKind::AlreadyHandled);
///
/// // Another account.
/// let call = signer.account(5678).sign_event("https://example.com/", &documented_profile())?;
/// let refused = receiver.receive::<CreateEvent>(call).await.unwrap_err();
/// assert_eq!(refused.status(), 401);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok(())
/// # }
/// ```
///
/// Cheap to clone. `Debug` shows the key's name and the account, never the key or the nonce.
#[derive(Clone)]
#[must_use]
pub struct Signer {
    pub(super) key: Arc<PrivateKey>,
    pub(super) key_name: String,
    pub(super) account: Account,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) nonce: Nonce,
    pub(super) covered: Option<String>,
    pub(super) content_type: String,
    pub(super) style: Style,
}

/// How the `Digest` and `Signature` headers are written.
#[derive(Clone, Copy)]
pub(super) enum Style {
    /// What the vendor's own verifier takes.
    Verifiable,
    /// What the vendor documents.
    Documented,
}

/// What `X-Nonce` says.
#[derive(Clone)]
pub(super) enum Nonce {
    Fresh,
    Fixed(String),
    None,
}

impl Signer {
    /// Returns a signer with a new key of 2048 bits, which is made once a process and never written
    /// anywhere.
    ///
    /// # Errors
    /// No key could be made: there was no memory or no randomness.
    pub fn ephemeral() -> Result<Self, SignerError> {
        EPHEMERAL.clone().map(Self::new).ok_or(SignerError::Cryptography)
    }

    /// Returns a signer with this private key, RSA of 2048 to 8192 bits in PEM (RFC 7468): the
    /// first block, `PRIVATE KEY` (PKCS#8) or `RSA PRIVATE KEY` (PKCS#1).
    ///
    /// ```
    /// use webhook_core::testing::{Signer, SignerError};
    ///
    /// let public = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----";
    /// assert!(matches!(Signer::from_pem(public), Err(SignerError::PublicKey)));
    /// ```
    ///
    /// # Errors
    /// There is no such block, it has a password, or it is another kind of key.
    pub fn from_pem(private_pem: &str) -> Result<Self, SignerError> {
        PrivateKey::from_pem(private_pem).map(Arc::new).map(Self::new)
    }

    fn new(key: Arc<PrivateKey>) -> Self {
        Self {
            key,
            key_name: KEY_NAME.to_owned(),
            account: Account::new(ACCOUNT),
            clock: Arc::new(SystemClock),
            nonce: Nonce::Fresh,
            covered: None,
            content_type: FORM.to_owned(),
            style: Style::Verifiable,
        }
    }

    /// Sets the account; 1234 by default.
    pub fn account(mut self, account: impl Into<Account>) -> Self {
        self.account = account.into();
        self
    }

    /// Sets the name of the key; `test._domainkey.copernica.com` by default. It is sent as it
    /// stands, so that names to be refused can be tried.
    pub fn key_name(mut self, name: impl Into<String>) -> Self {
        self.key_name = name.into();
        self
    }

    /// Sets the `X-Nonce` of each call, instead of a fresh one.
    pub fn nonce(mut self, nonce: impl Into<String>) -> Self {
        self.nonce = Nonce::Fixed(nonce.into());
        self
    }

    /// Leaves `X-Nonce` out. By default it is not covered then.
    pub fn without_nonce(mut self) -> Self {
        self.nonce = Nonce::None;
        self
    }

    /// Dates the calls then.
    pub fn date(self, date: DateTime<Utc>) -> Self {
        self.clock(move || date)
    }

    /// Dates the calls by this clock; by default the machine's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Signs over these names, separated by white space: `(request-target)`
    /// and headers of the call, in any letters and order. The signature names them as they are written.
    ///
    /// ```
    /// use webhook_core::testing::Signer;
    ///
    /// // A call that signs so little can be replayed with another body: a receiver refuses it.
    /// let signer = Signer::ephemeral()?.covering("(request-target) host date");
    /// let call = signer.sign("https://example.com/copernica", "type=create")?;
    /// let signature = call.headers()["signature"].to_str()?;
    /// assert!(signature.contains(r#",headers="(request-target) host date","#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn covering(mut self, names: impl Into<String>) -> Self {
        self.covered = Some(names.into());
        self
    }

    /// Returns a signer that writes the capitals of Copernica's documentation: `SHA-256=…`, and
    /// covered names such as `Content-length` and `X-Copernica-ID`. What is covered is the same; names
    /// given to [`covering`](Self::covering) stay as they were given.
    ///
    /// ```
    /// use webhook_core::testing::Signer;
    ///
    /// let signer = Signer::ephemeral()?.documented_style();
    /// let call = signer.sign("https://example.com/copernica", "type=create")?;
    /// assert!(call.headers()["digest"].to_str()?.starts_with("SHA-256="));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn documented_style(mut self) -> Self {
        self.style = Style::Documented;
        self
    }

    /// Sets the `Content-Type`; that of a form by default.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = content_type.into();
        self
    }

    /// Returns the public half of the key under its name: what a receiver in a test is given
    /// instead of DNS. Without keys when the name is not `<selector>._domainkey.<zone>`: no receiver
    /// looks such a name up.
    ///
    /// ```
    /// use webhook_core::key::{COPERNICA_ZONE, KeyName, KeySource};
    /// use webhook_core::testing::Signer;
    ///
    /// let keys = Signer::ephemeral()?.keys();
    /// let name = KeyName::under(&[COPERNICA_ZONE], "test._domainkey.copernica.com").unwrap();
    /// assert!(keys.cached(&name, chrono::Utc::now()).is_some());
    /// # Ok::<(), webhook_core::testing::SignerError>(())
    /// ```
    #[must_use]
    pub fn keys(&self) -> StaticKeys {
        let name = self.key_name.to_ascii_lowercase();
        let name = name.strip_suffix('.').unwrap_or(&name);
        let zone = name.split_once("._domainkey.").map(|(_, zone)| zone);
        let Some(name) = zone.and_then(|zone| KeyName::under(&[zone], name)) else {
            return StaticKeys::new();
        };
        // One key is never one too many.
        StaticKeys::new().with(name, self.key.public().clone()).unwrap_or_default()
    }

    /// Returns the text of the TXT record that publishes the public half (RFC 6376 §3.6.1):
    /// `v=DKIM1;k=rsa;p=…`, without blanks, which the vendor's own verifier would take for a part of a
    /// tag's name. It is longer than the 255 bytes that one string of a record holds, so a zone file
    /// has it in pieces.
    #[must_use]
    pub fn public_record(&self) -> String {
        self.key.record().to_owned()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key_name, account, .. } = self;
        f.debug_struct("Signer")
            .field("key_name", key_name)
            .field("account", account)
            .finish_non_exhaustive()
    }
}
