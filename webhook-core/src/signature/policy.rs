//! What a receiver requires of a proof.

use super::host;
use super::public_url::PublicUrl;
use crate::account::{Account, Accounts};
use crate::key::{NameError, ProvenNames, check_zone};
use crate::limits::{DEFAULT_MAX_AGE, DEFAULT_MAX_AHEAD};
use crate::sender::COPERNICA_ZONE;
use std::time::Duration;

/// A receiver's settings, as far as proofs go.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    /// Whose calls are taken, as long as it runs.
    pub(crate) accounts: Vec<Account>,
    /// Whose calls are taken too, as these sets are when a call arrives.
    pub(crate) changing: Vec<Accounts>,
    /// What this receiver is called, [normalised](Self::host). Empty: not checked.
    pub(crate) hosts: Vec<String>,
    /// Where keys are trusted to be: `<selector>._domainkey.<zone>`.
    pub(crate) zones: Vec<String>,
    /// The names of keys that calls were proven by.
    pub(crate) proven_keys: ProvenNames,
    /// What the sender calls, where it is not what arrives.
    pub(crate) public_url: Option<PublicUrl>,
    /// How old a call may be.
    pub(crate) oldest: Duration,
    /// How far ahead of the clock a call may be dated.
    pub(crate) ahead: Duration,
}

impl Policy {
    /// Makes a policy of Copernica's keys, any host and the default freshness.
    pub(crate) fn new(accounts: Vec<Account>) -> Self {
        Self {
            accounts,
            changing: Vec::new(),
            hosts: Vec::new(),
            zones: vec![COPERNICA_ZONE.to_owned()],
            proven_keys: ProvenNames::default(),
            public_url: None,
            oldest: DEFAULT_MAX_AGE,
            ahead: DEFAULT_MAX_AHEAD,
        }
    }

    /// Reports whether calls of this account are taken now.
    pub(crate) fn knows_account(&self, account: Account) -> bool {
        self.accounts.contains(&account)
            || self.changing.iter().any(|accounts| accounts.contains(account))
    }

    /// Reports whether no account is named, or a set that is empty.
    pub(crate) fn lacks_accounts(&self) -> bool {
        let named = !self.accounts.is_empty() || !self.changing.is_empty();
        !named || self.changing.iter().any(|accounts| accounts.to_vec().is_empty())
    }

    /// Reports whether an account has the number 0.
    pub(crate) fn has_account_zero(&self) -> bool {
        let zero = |account: &Account| account.number() == 0;
        self.accounts.iter().any(zero)
            || self.changing.iter().any(|accounts| accounts.to_vec().iter().any(zero))
    }

    /// Reports whether calls to this host are taken.
    pub(crate) fn knows_host(&self, name: &str) -> bool {
        self.hosts.is_empty() || self.hosts.iter().any(|known| host::is_same(name, known))
    }

    /// Adds a host that calls may be for.
    pub(crate) fn host(&mut self, name: &str) {
        self.hosts.push(host::normalise(name));
    }

    /// Adds a zone that keys may be under, with or without the final dot that DNS has.
    pub(crate) fn zone(&mut self, name: &str) {
        let name = name.trim_matches([' ', '\t']);
        self.zones.push(name.strip_suffix('.').unwrap_or(name).to_owned());
    }

    /// Returns the first host that no call can be for, and why.
    pub(crate) fn impossible_host(&self) -> Option<(&str, NameError)> {
        first_fault(&self.hosts, host::check)
    }

    /// Returns the first zone that no key can be under, and why.
    pub(crate) fn impossible_zone(&self) -> Option<(&str, NameError)> {
        first_fault(&self.zones, check_zone)
    }
}

fn first_fault(
    names: &[String],
    check: impl Fn(&str) -> Result<(), NameError>,
) -> Option<(&str, NameError)> {
    names.iter().find_map(|name| check(name).err().map(|fault| (name.as_str(), fault)))
}
