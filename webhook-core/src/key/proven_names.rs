//! The names of keys that calls were proven by.

use super::KeyName;
use std::sync::OnceLock;

/// The names of the keys that calls were proven by, as far as there is room: nearly all calls name one of
/// them, which is then neither read anew nor held in memory once more.
///
/// Such a name is one under a receiver's zones, because the zones do not change; it says nothing
/// about a call. Only a name whose key verified a signature gets in, so a forgery can't take the room.
#[derive(Debug, Default)]
pub(crate) struct ProvenNames([OnceLock<KeyName>; NAMES]);

/// A sender signs with one key, and with another when it has changed that: some more than a process lives
/// to see.
const NAMES: usize = 4;

impl ProvenNames {
    /// Returns the name that is spelled like this, without a lock.
    pub(crate) fn get(&self, key_id: &str) -> Option<KeyName> {
        self.names().find(|name| name.as_str() == key_id).cloned()
    }

    /// Takes up the name of a key that verified a signature.
    pub(crate) fn add(&self, name: &KeyName) {
        if self.names().any(|known| known == name) {
            return;
        }
        let free = self.0.iter().find(|place| place.get().is_none());
        if let Some(free) = free {
            // When another call is first, the next one of this name comes here again.
            let _ = free.set(name.clone());
        }
    }

    fn names(&self) -> impl Iterator<Item = &KeyName> {
        self.0.iter().map_while(OnceLock::get)
    }
}

/// A copy of settings may get other zones: it knows no name yet.
impl Clone for ProvenNames {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sender::COPERNICA_ZONE;

    fn name(number: usize) -> KeyName {
        let name = format!("k{number}._domainkey.{COPERNICA_ZONE}");
        KeyName::under(&[COPERNICA_ZONE.to_owned()], &name).unwrap()
    }

    #[test]
    fn a_name_is_kept_once_and_only_while_there_is_room() {
        let (names, known) = (ProvenNames::default(), |names: &ProvenNames| {
            (0..NAMES + 2).filter(|at| names.get(name(*at).as_str()).is_some()).count()
        });
        assert_eq!(known(&names), 0);
        for added in 0..NAMES + 2 {
            names.add(&name(added));
            names.add(&name(added));
            assert_eq!(known(&names), (added + 1).min(NAMES));
        }
        assert_eq!(names.get(&name(0).as_str().to_ascii_uppercase()), None);
        assert_eq!(known(&names.clone()), 0, "a copy may have other zones");
    }
}
