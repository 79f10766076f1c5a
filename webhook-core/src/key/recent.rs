//! The name that calls gave last.

use super::KeyName;
use std::sync::Mutex;

/// The name that was last found under a receiver's zones: nearly all calls name the same one, which is
/// then neither read anew nor held in memory once more.
///
/// It is known to be such a name, because the zones do not change; it says nothing about a call.
#[derive(Debug, Default)]
pub(crate) struct RecentName(Mutex<Option<KeyName>>);

impl RecentName {
    /// Returns the name if it is spelled like this. Nothing waits for the lock: who does not get it
    /// reads the name.
    pub(crate) fn get(&self, key_id: &str) -> Option<KeyName> {
        let recent = self.0.try_lock().ok()?;
        recent.as_ref().filter(|name| name.as_str() == key_id).cloned()
    }

    pub(crate) fn set(&self, name: &KeyName) {
        if let Ok(mut recent) = self.0.try_lock() {
            *recent = Some(name.clone());
        }
    }
}

/// A copy of settings may get other zones: it knows no name yet.
impl Clone for RecentName {
    fn clone(&self) -> Self {
        Self::default()
    }
}
