//! The accounts whose calls a receiver takes, where they change while it runs.

use super::Account;
use std::error::Error;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::{fmt, mem};

/// The accounts whose calls a [`Receiver`](crate::Receiver) takes, of which some may come and go
/// while it runs. Clones are handles of one set.
///
/// For a service with many customers: keep a clone where customers are managed. A change counts for
/// calls whose head arrives after it; a call that was under way is finished. There is no "any":
/// Copernica signs the calls of all its customers with the same keys.
///
/// An empty set takes no calls. [`build`](crate::ReceiverBuilder::build) refuses it, and
/// [`replace`](Self::replace) never makes one; after [`remove`](Self::remove) of the last account
/// each call is refused, 401, until one is added.
///
/// ```
/// use webhook_core::Accounts;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let accounts = Accounts::new([1234, 5678]);
/// # #[cfg(feature = "dns")]
/// let receiver = webhook_core::Receiver::builder().accounts(&accounts).build()?;
///
/// // Later, at a route of your own: a customer comes, another one leaves.
/// accounts.add(9012)?;
/// accounts.remove(1234);
/// assert!(accounts.contains(9012) && !accounts.contains(1234));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Accounts {
    /// The accounts in order and without duplicates, so that a look-up is a binary search.
    sorted: Arc<RwLock<Vec<Account>>>,
}

impl Accounts {
    /// Returns a set of these accounts; a number is an account's, for others there is
    /// [`Account::environment`].
    #[must_use]
    pub fn new(accounts: impl IntoIterator<Item = impl Into<Account>>) -> Self {
        Self { sorted: Arc::new(RwLock::new(sorted(accounts))) }
    }

    /// Adds an account, and returns whether it is new.
    ///
    /// # Errors
    /// Its number is 0; the set is what it was.
    pub fn add(&self, account: impl Into<Account>) -> Result<bool, AccountsError> {
        let account = account.into();
        check(&[account])?;
        let mut accounts = self.write();
        let Err(place) = accounts.binary_search(&account) else { return Ok(false) };
        accounts.insert(place, account);
        Ok(true)
    }

    /// Removes an account, and returns whether it was there. A warning in the log says so when it was
    /// the last one: no call is taken from then on.
    pub fn remove(&self, account: impl Into<Account>) -> bool {
        let account = account.into();
        let mut accounts = self.write();
        let Ok(place) = accounts.binary_search(&account) else { return false };
        accounts.remove(place);
        let left = accounts.len();
        // A subscriber of the log may be slow, or look at the accounts itself.
        drop(accounts);
        if left == 0 {
            tracing::warn!(%account, "the last account was removed: every call is refused");
        }
        true
    }

    /// Replaces all accounts at a time: a call sees those of before or those of after.
    ///
    /// # Errors
    /// There are no accounts, as when a list could not be read, or one has the number 0; the set is
    /// what it was.
    pub fn replace(
        &self,
        accounts: impl IntoIterator<Item = impl Into<Account>>,
    ) -> Result<(), AccountsError> {
        let accounts = sorted(accounts);
        check(&accounts)?;
        if accounts.is_empty() {
            return Err(AccountsError::Empty);
        }
        // The lock is given back at the end of the statement, the accounts of before are freed after it.
        let _before = mem::replace(&mut *self.write(), accounts);
        Ok(())
    }

    /// Returns whether calls of this account are taken.
    #[must_use]
    pub fn contains(&self, account: impl Into<Account>) -> bool {
        self.read().binary_search(&account.into()).is_ok()
    }

    /// Returns the accounts as they are now, in order.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Account> {
        self.read().clone()
    }

    // A call reads once: 6 ns of the 1.6 µs that its head costs (36 ns in 10,000 accounts, `benches/accounts.rs`).
    // A change has the lock for no longer than the list takes to be exchanged, or moved by one place. To read
    // without a lock needs `unsafe`, here or in a dependency.
    //
    // A poisoned lock guards a whole list all the same: each change is one operation of `Vec`.
    fn read(&self) -> RwLockReadGuard<'_, Vec<Account>> {
        self.sorted.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Vec<Account>> {
        self.sorted.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sorted(accounts: impl IntoIterator<Item = impl Into<Account>>) -> Vec<Account> {
    let mut accounts: Vec<Account> = accounts.into_iter().map(Into::into).collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}

fn check(accounts: &[Account]) -> Result<(), AccountsError> {
    if accounts.iter().any(|account| account.number() == 0) {
        return Err(AccountsError::Zero);
    }
    Ok(())
}

impl From<&Accounts> for Accounts {
    fn from(accounts: &Accounts) -> Self {
        accounts.clone()
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.read().iter()).finish()
    }
}

/// Why [`Accounts`] are not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccountsError {
    /// An account has the number 0, which no customer of Copernica has.
    Zero,
    /// All accounts were to be replaced by none.
    Empty,
}

impl fmt::Display for AccountsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zero => "no account has the number 0: name the number of a customer",
            Self::Empty => {
                "no account to replace the accounts with: remove them one by one to take no calls"
            }
        })
    }
}

impl Error for AccountsError {}
