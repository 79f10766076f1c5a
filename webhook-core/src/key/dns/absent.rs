//! Names without keys.

use super::span::Span;
use crate::key::KeyName;
use crate::limits::{MAX_ABSENT_NAMES, MAX_ABSENT_TTL, MIN_ABSENT_TTL, TROUBLE_PAUSE};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::time::Duration;

/// Why a name has no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// DNS said so.
    Told,
    /// DNS failed; not asked again for this time.
    Trouble(Duration),
}

/// Names that have no key, for now. Bounded: the one that would be forgotten first makes room.
#[derive(Debug, Default)]
pub(super) struct AbsentNames(HashMap<KeyName, (Span, bool)>);

impl AbsentNames {
    pub(super) fn get(&self, name: &KeyName, now: DateTime<Utc>) -> Option<Absent> {
        let (span, told) = self.0.get(name)?;
        let rest = span.rest(now)?;
        Some(if *told { Absent::Told } else { Absent::Trouble(rest) })
    }

    /// DNS says that the name has no key, for this time (RFC 2308 §5).
    pub(super) fn told(&mut self, name: &KeyName, ttl: Option<Duration>, now: DateTime<Utc>) {
        let ttl = ttl.and_then(|ttl| TimeDelta::from_std(ttl).ok()).unwrap_or(MIN_ABSENT_TTL);
        self.put(name, Span::of(now, ttl.clamp(MIN_ABSENT_TTL, MAX_ABSENT_TTL)), true, now);
    }

    /// DNS failed, and nothing is known of the name.
    pub(super) fn trouble(&mut self, name: &KeyName, now: DateTime<Utc>) {
        self.put(name, Span::of(now, TROUBLE_PAUSE), false, now);
    }

    pub(super) fn forget(&mut self, name: &KeyName) {
        self.0.remove(name);
    }

    fn put(&mut self, name: &KeyName, span: Span, told: bool, now: DateTime<Utc>) {
        if self.0.len() >= MAX_ABSENT_NAMES {
            self.0.retain(|_, (span, _)| span.holds(now));
        }
        if self.0.len() >= MAX_ABSENT_NAMES {
            let first = self.0.iter().min_by_key(|(_, (span, _))| span.until);
            if let Some(name) = first.map(|(name, _)| name.clone()) {
                self.0.remove(&name);
            }
        }
        self.0.insert(name.clone(), (span, told));
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
