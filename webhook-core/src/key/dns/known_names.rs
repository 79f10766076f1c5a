//! Names that are looked up whatever flood of made-up ones there is.

use crate::key::KeyName;
use crate::limits::MAX_KNOWN_NAMES;
use std::collections::HashMap;

/// Names that had keys in this process, and those whose selector the operator named.
///
/// An attacker can't add to them: only what is published under a trusted zone has keys. Bounded all
/// the same, the name that had keys longest ago makes room.
#[derive(Debug, Default)]
pub(super) struct KnownNames {
    /// In lower case, as in names of keys.
    selectors: Vec<String>,
    /// Larger is more recent.
    had_keys: HashMap<KeyName, u64>,
    notes: u64,
}

impl KnownNames {
    pub(super) fn named(selectors: &[String]) -> Self {
        let selectors = selectors.iter().map(|selector| selector.to_ascii_lowercase()).collect();
        Self { selectors, ..Self::default() }
    }

    pub(super) fn contains(&self, name: &KeyName) -> bool {
        self.had_keys.contains_key(name)
            || self.selectors.iter().any(|selector| selector == name.selector())
    }

    /// Notes that a name has keys.
    pub(super) fn has_keys(&mut self, name: &KeyName) {
        self.notes += 1;
        if self.had_keys.len() >= MAX_KNOWN_NAMES && !self.had_keys.contains_key(name) {
            let first = self.had_keys.iter().min_by_key(|(_, noted)| **noted);
            if let Some(first) = first.map(|(name, _)| name.clone()) {
                self.had_keys.remove(&first);
            }
        }
        self.had_keys.insert(name.clone(), self.notes);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.had_keys.len()
    }
}
