//! What is remembered of names: a pure machine. Time comes in, decisions come out.

use super::absent::{Absent, AbsentNames};
use super::known_names::KnownNames;
use super::rate_limit::RateLimit;
use super::span::{Span, after};
use crate::key::{KeyName, Keys};
use crate::limits::{
    KNOWN_NAMES_BURST, KNOWN_NAMES_INTERVAL, MAX_KEY_NAMES, MAX_KEY_TTL, MIN_KEY_TTL,
    REFRESH_PERCENT, RENEW_AGE, RENEW_PAUSE, STALE_LEASE, TROUBLE_PAUSE, UNKNOWN_NAMES_BURST,
    UNKNOWN_NAMES_INTERVAL,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::time::Duration;

/// What DNS said about a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// These are its keys, for this time.
    Keys(Keys, Duration),
    /// It has none: for this time, if a time was told.
    Absent(Option<Duration>),
    /// Nothing: DNS failed.
    Failed,
}

/// What became of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Landed {
    /// The name's keys.
    Found(Keys),
    /// It has none.
    Absent,
    /// DNS failed. Whether keys from before that may be used depends on when they are asked for.
    Failed,
}

/// What to do for a call that needs a key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Find {
    /// Use these; and ask in the background when they get old.
    Keys { keys: Keys, refresh: bool },
    /// There is none.
    Absent,
    /// DNS failed just now; worth asking again after this time.
    Trouble(Duration),
    /// Ask.
    Ask,
}

/// What to do for a call whose signature failed under keys.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Renew {
    /// Nothing: the failure stands.
    Stands,
    /// There are other keys already.
    Newer(Keys),
    /// DNS failed just now; worth asking again after this time.
    Trouble(Duration),
    /// Ask.
    Ask,
}

/// A name that had keys when it was last asked for with success.
#[derive(Debug)]
struct Known {
    keys: Keys,
    /// When DNS last told them.
    told: DateTime<Utc>,
    /// They are used without asking.
    fresh: Span,
    /// From here on they are asked for in the background.
    refresh: DateTime<Utc>,
    /// The end of all leases while DNS fails.
    stale_until: DateTime<Utc>,
    /// When failed signatures last made the name be asked for.
    renewed: Option<DateTime<Utc>>,
    /// DNS failed: not asked again in this time.
    trouble: Option<Span>,
    /// Larger is more recently used.
    used: u64,
}

/// Names and what DNS said about them.
///
/// Known names are never forgotten, and their look-ups never delayed, because of unknown ones: each
/// kind has a negative cache and a rate limit of its own.
#[derive(Debug)]
pub(super) struct Cache {
    known: HashMap<KeyName, Known>,
    known_names: KnownNames,
    known_absent: AbsentNames,
    known_limit: RateLimit,
    unknown_absent: AbsentNames,
    unknown_limit: RateLimit,
    stale: TimeDelta,
    uses: u64,
}

impl Cache {
    /// An empty one; keys stay good for `stale` while DNS fails.
    pub(super) fn new(stale: TimeDelta, known_names: KnownNames) -> Self {
        Self {
            known: HashMap::new(),
            known_names,
            known_absent: AbsentNames::default(),
            known_limit: RateLimit::new(KNOWN_NAMES_INTERVAL, KNOWN_NAMES_BURST),
            unknown_absent: AbsentNames::default(),
            unknown_limit: RateLimit::new(UNKNOWN_NAMES_INTERVAL, UNKNOWN_NAMES_BURST),
            stale,
            uses: 0,
        }
    }

    /// Returns whether a name had keys in this process, or was named by the operator.
    pub(super) fn is_known(&self, name: &KeyName) -> bool {
        self.known.contains_key(name) || self.known_names.contains(name)
    }

    fn absent(&self, name: &KeyName, now: DateTime<Utc>) -> Option<Absent> {
        self.known_absent.get(name, now).or_else(|| self.unknown_absent.get(name, now))
    }

    fn absent_of_its_kind(&mut self, name: &KeyName) -> &mut AbsentNames {
        if self.is_known(name) { &mut self.known_absent } else { &mut self.unknown_absent }
    }

    /// What to do for a call that is signed with this key.
    pub(super) fn find(&mut self, name: &KeyName, now: DateTime<Utc>) -> Find {
        let Some(known) = self.known.get_mut(name) else {
            return match self.absent(name, now) {
                None => Find::Ask,
                Some(Absent::Told) => Find::Absent,
                Some(Absent::Trouble(rest)) => Find::Trouble(rest),
            };
        };
        self.uses += 1;
        known.used = self.uses;
        if known.fresh.holds(now) {
            return Find::Keys { keys: known.keys.clone(), refresh: now >= known.refresh };
        }
        match known.trouble.and_then(|trouble| trouble.rest(now)) {
            Some(rest) => Find::Trouble(rest),
            None => Find::Ask,
        }
    }

    /// What to do for a call whose signature failed under these keys.
    pub(super) fn renew(&self, name: &KeyName, failed: &Keys, now: DateTime<Utc>) -> Renew {
        let Some(known) = self.known.get(name) else {
            // The keys that failed are not from here, or are forgotten.
            return match self.absent(name, now) {
                None => Renew::Ask,
                Some(Absent::Told) => Renew::Stands,
                Some(Absent::Trouble(rest)) => Renew::Trouble(rest),
            };
        };
        if known.fresh.holds(now) && known.keys != *failed {
            return Renew::Newer(known.keys.clone());
        }
        if let Some(rest) = known.trouble.and_then(|trouble| trouble.rest(now)) {
            return Renew::Trouble(rest);
        }
        let young = Span::of(known.told, RENEW_AGE).holds(now);
        let asked = known.renewed.is_some_and(|at| Span::of(at, RENEW_PAUSE).holds(now));
        if young || asked { Renew::Stands } else { Renew::Ask }
    }

    /// Takes what a look-up of this name costs, or returns when it may be looked up.
    pub(super) fn admit(&mut self, name: &KeyName, now: DateTime<Utc>) -> Result<(), Duration> {
        if self.is_known(name) {
            self.known_limit.admit(now)
        } else {
            self.unknown_limit.admit(now)
        }
    }

    /// Notes that failed signatures make the name be asked for.
    pub(super) fn renewing(&mut self, name: &KeyName, now: DateTime<Utc>) {
        if let Some(known) = self.known.get_mut(name) {
            known.renewed = Some(now);
        }
    }

    /// Takes an answer to a question that was asked at `now`: times to live count from there.
    pub(super) fn store(&mut self, name: &KeyName, answer: Answer, now: DateTime<Utc>) -> Landed {
        match answer {
            Answer::Keys(keys, ttl) => {
                self.learn(name, &keys, ttl, now);
                Landed::Found(keys)
            }
            Answer::Absent(ttl) => {
                self.absent_of_its_kind(name).told(name, ttl, now);
                self.known.remove(name);
                Landed::Absent
            }
            Answer::Failed => {
                self.fail(name, now);
                Landed::Failed
            }
        }
    }

    fn learn(&mut self, name: &KeyName, keys: &Keys, ttl: Duration, now: DateTime<Utc>) {
        self.known_absent.forget(name);
        self.unknown_absent.forget(name);
        self.known_names.has_keys(name);
        let ttl = TimeDelta::from_std(ttl).unwrap_or(MAX_KEY_TTL).clamp(MIN_KEY_TTL, MAX_KEY_TTL);
        let fresh = Span::of(now, ttl);
        let renewed = self.known.get(name).and_then(|known| known.renewed);
        if !self.known.contains_key(name) {
            self.make_room();
        }
        self.uses += 1;
        let known = Known {
            keys: keys.clone(),
            told: now,
            fresh,
            refresh: after(now, ttl * REFRESH_PERCENT / 100),
            stale_until: after(fresh.until, self.stale),
            renewed,
            trouble: None,
            used: self.uses,
        };
        self.known.insert(name.clone(), known);
    }

    /// Forgets the name that was not used for longest.
    fn make_room(&mut self) {
        if self.known.len() < MAX_KEY_NAMES {
            return;
        }
        let oldest = self.known.iter().min_by_key(|(_, known)| known.used);
        if let Some(name) = oldest.map(|(name, _)| name.clone()) {
            self.known.remove(&name);
        }
    }

    /// DNS failed. Keys that were good get another lease, as long as that is allowed.
    fn fail(&mut self, name: &KeyName, now: DateTime<Utc>) {
        let Some(known) = self.known.get_mut(name) else {
            return self.absent_of_its_kind(name).trouble(name, now);
        };
        known.trouble = Some(Span::of(now, TROUBLE_PAUSE));
        known.renewed = None;
        let until = after(now, STALE_LEASE).min(known.stale_until);
        known.refresh = after(now, STALE_LEASE * REFRESH_PERCENT / 100);
        if until > now && until > known.fresh.until {
            known.fresh = Span { since: now, until };
        }
    }

    /// How many names are remembered: with keys, and without.
    #[cfg(test)]
    fn len(&self) -> (usize, usize) {
        (self.known.len(), self.known_absent.len() + self.unknown_absent.len())
    }
}

#[cfg(test)]
mod tests;
