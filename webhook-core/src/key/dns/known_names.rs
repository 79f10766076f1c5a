//! Names whose look-ups a flood of unknown names cannot delay.

use super::eviction::make_room;
use crate::key::KeyName;
use std::collections::HashMap;

/// Names that had keys in this process.
const MAX_KNOWN_NAMES: usize = 256;

/// Names that had keys in this process, and those whose selector the operator configured.
///
/// An attacker cannot add to them: only what is published under a trusted zone has keys. Bounded
/// all the same: the name that had keys longest ago makes room.
#[derive(Debug, Default)]
pub(super) struct KnownNames {
    /// The selectors in lower case, as in names of keys.
    selectors: Vec<String>,
    /// Values that grow with each insertion.
    had_keys: HashMap<KeyName, u64>,
    insertions: u64,
}

impl KnownNames {
    pub(super) fn with_selectors(selectors: &[String]) -> Self {
        let selectors = selectors.iter().map(|selector| selector.to_ascii_lowercase()).collect();
        Self { selectors, ..Self::default() }
    }

    pub(super) fn contains(&self, name: &KeyName) -> bool {
        self.had_keys.contains_key(name)
            || self.selectors.iter().any(|selector| selector == name.selector())
    }

    /// Notes that a name has keys.
    pub(super) fn insert(&mut self, name: &KeyName) {
        self.insertions += 1;
        if !self.had_keys.contains_key(name) {
            make_room(&mut self.had_keys, MAX_KNOWN_NAMES, |insertion| *insertion);
        }
        self.had_keys.insert(name.clone(), self.insertions);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.had_keys.len()
    }
}
