//! What leaves a bounded map.

use crate::key::KeyName;
use std::collections::HashMap;

/// Removes the entry of the lowest rank if the map has `capacity` entries, to make room for a new
/// one.
///
/// The search is linear: the maps are small, and each insertion follows a query to a name server.
pub(super) fn make_room<V, R: Ord>(
    map: &mut HashMap<KeyName, V>,
    capacity: usize,
    rank: impl Fn(&V) -> R,
) {
    if map.len() < capacity {
        return;
    }
    let lowest = map.iter().min_by_key(|(_, value)| rank(value));
    if let Some(name) = lowest.map(|(name, _)| name.clone()) {
        map.remove(&name);
    }
}
