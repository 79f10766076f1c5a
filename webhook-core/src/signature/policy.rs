//! What a receiver asks of a proof.

use super::account::Account;
use super::host;
use super::public_url::PublicUrl;
use crate::key::COPERNICA_ZONE;
use crate::limits::{DEFAULT_AHEAD, DEFAULT_OLDEST};
use std::time::Duration;

/// A receiver's settings, as far as proofs go.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    /// Whose calls are taken. Empty: nobody's.
    pub(crate) accounts: Vec<Account>,
    /// What this receiver is called, [normalised](Self::host). Empty: not checked.
    pub(crate) hosts: Vec<String>,
    /// Where keys are trusted to be: `<selector>._domainkey.<zone>`.
    pub(crate) zones: Vec<String>,
    /// What the sender calls, where it is not what arrives.
    pub(crate) public_url: Option<PublicUrl>,
    /// How old a call may be.
    pub(crate) oldest: Duration,
    /// How far ahead of the clock a call may be dated.
    pub(crate) ahead: Duration,
}

impl Policy {
    /// Copernica's keys, any host, the default window.
    pub(crate) fn new(accounts: Vec<Account>) -> Self {
        Self {
            accounts,
            hosts: Vec::new(),
            zones: vec![COPERNICA_ZONE.to_owned()],
            public_url: None,
            oldest: DEFAULT_OLDEST,
            ahead: DEFAULT_AHEAD,
        }
    }

    /// Whether calls to this host are taken.
    pub(crate) fn knows_host(&self, name: &str) -> bool {
        self.hosts.is_empty() || self.hosts.iter().any(|known| host::is_same(name, known))
    }

    /// Adds a host that calls may be for.
    pub(crate) fn host(&mut self, name: &str) {
        self.hosts.push(host::normalise(name));
    }
}
