//! What several targets compare: refusals, and whether a form can say what an event does.

use serde_json::Value;
use webhook_core::Rejection;

pub(crate) fn same_refusal(refused: &Rejection, other: &Rejection, later: usize) {
    assert_eq!(refused.kind(), other.kind());
    assert_eq!(refused.variable(), other.variable());
    assert_eq!(refused.offset().map(|offset| offset + later), other.offset());
}

/// Returns whether a form can say it all: no names with a second reading, no empty lists or maps.
pub(crate) fn carried(event: &Value) -> bool {
    let Value::Object(variables) = event else { return false };
    let is = |name: &str, kinds: &[&str]| {
        variables.get(name).and_then(Value::as_str).is_some_and(|kind| kinds.contains(&kind))
    };
    // Of these the maps are always there: empty ones are not sent, and come back empty.
    let is_whole = is("type", &["create", "update"]);
    let is_profile = variables.get("subprofile").is_none_or(|id| !id.is_number());
    variables.iter().all(|(name, value)| match (name.as_str(), value) {
        ("parameters" | "fields", Value::Object(map)) if map.is_empty() => is_whole,
        ("interests", Value::Object(map)) if map.is_empty() => is_whole && is_profile,
        ("interests", Value::Object(map)) if map.values().all(Value::is_number) => {
            // Called exactly 0…n-1, a form can't distinguish them from a list.
            let listed = |name: &String| name.parse().is_ok_and(|at: usize| at < map.len());
            map.keys().all(|name| segment(name)) && !map.keys().all(listed)
        }
        _ => !name.contains('[') && !name.is_empty() && nested(value),
    })
}

fn nested(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty() && items.iter().all(nested),
        Value::Object(map) => {
            !map.is_empty() && map.iter().all(|(name, value)| segment(name) && nested(value))
        }
        _ => true,
    }
}

fn segment(name: &str) -> bool {
    !name.is_empty() && !name.contains("][")
}
