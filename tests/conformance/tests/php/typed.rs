//! What the typed event says of interests and tags, next to their JSON.

use serde_json::Value;
use std::collections::BTreeSet;
use webhook_core::map::Map;
use webhook_core::{CreateEvent, DeleteEvent, Event, Interests, Tags, UpdateEvent};

/// Name, group, whether it is on.
type Interest = (String, Option<String>, bool);

/// Compares them with what the generator meant; returns how many of either were read.
pub(crate) fn verify(event: &Event, meant: &Value, at: &str) -> usize {
    let mut read = 0;
    if let Some((interests, undocumented)) = interests(event) {
        let sent = meant.get("interests").unwrap_or(&Value::Null);
        let found: BTreeSet<Interest> = interests
            .iter()
            .map(|one| (one.name.to_owned(), one.group.map(str::to_owned), one.is_active))
            .collect();
        let is_kept = undocumented.value("interests").is_some();
        let meant = meant_interests(sent);
        assert_eq!(is_kept, meant.is_none(), "{at}: read and kept, or neither");
        assert_eq!(found, meant.unwrap_or_default(), "{at}");
        read += interests.len();
    }
    if let Some((tags, undocumented)) = tags(event) {
        let sent = meant.get("tags").unwrap_or(&Value::Null);
        let found: Vec<&str> = tags.iter().collect();
        let is_kept = undocumented.value("tags").is_some();
        let meant = meant_tags(sent);
        assert_eq!(is_kept, meant.is_none(), "{at}: read and kept, or neither");
        let [mut found, mut meant] = [found, meant.unwrap_or_default()];
        found.sort_unstable();
        meant.sort_unstable();
        assert_eq!(found, meant, "{at}");
        read += found.len();
    }
    read
}

/// Returns a profile's interests, and what it has next to them.
fn interests(event: &Event) -> Option<(&Interests, &Map)> {
    match event {
        Event::Create(CreateEvent::Profile(it)) => Some((&it.interests, &it.undocumented)),
        Event::Update(UpdateEvent::Profile(it)) => Some((&it.interests, &it.undocumented)),
        Event::Delete(DeleteEvent::Profile(it)) => Some((it.interests.as_ref()?, &it.undocumented)),
        _ => None,
    }
}

/// Returns a mail's tags, and what it has next to them.
fn tags(event: &Event) -> Option<(&Tags, &Map)> {
    Some(match event {
        Event::Click(it) => (&it.tags, &it.undocumented),
        Event::Open(it) => (&it.tags, &it.undocumented),
        Event::Delivered(it) => (&it.tags, &it.undocumented),
        Event::Bounce(it) => (&it.tags, &it.undocumented),
        Event::Failure(it) => (&it.tags, &it.undocumented),
        Event::Abuse(it) => (&it.tags, &it.undocumented),
        _ => return None,
    })
}

/// Reads the shapes that the generator writes; `None` for undocumented ones.
fn meant_interests(sent: &Value) -> Option<BTreeSet<Interest>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut meant = BTreeSet::new();
    match sent {
        Value::Null => {}
        Value::Array(described) => {
            for one in described {
                meant.insert((text(&one["name"])?, text(&one["group"]), true));
            }
        }
        Value::Object(map) => {
            for (name, value) in map {
                match value {
                    Value::String(on) if on == "1" || on == "0" => {
                        meant.insert((name.clone(), None, on == "1"));
                    }
                    Value::String(group) => {
                        meant.insert((name.clone(), Some(group.clone()), true));
                    }
                    Value::Array(names) => {
                        for one in names {
                            meant.insert((text(one)?, Some(name.clone()), true));
                        }
                    }
                    Value::Object(switched) => {
                        for (one, on) in switched {
                            meant.insert((one.clone(), Some(name.clone()), text(on)? == "1"));
                        }
                    }
                    _ => return None,
                }
            }
        }
        _ => return None,
    }
    Some(meant)
}

fn meant_tags(sent: &Value) -> Option<Vec<&str>> {
    let mut meant = Vec::new();
    match sent {
        Value::Null => {}
        Value::String(text) => meant.extend(text.split(';').map(str::trim)),
        Value::Array(list) => {
            for one in list {
                meant.push(one.as_str()?);
            }
        }
        Value::Object(map) => {
            for (name, value) in map {
                match (name.bytes().all(|byte| byte.is_ascii_digit()), value.as_str()?) {
                    (false, "1") => meant.push(name),
                    (false, "0") => {}
                    (_, value) => meant.push(value),
                }
            }
        }
        _ => return None,
    }
    meant.retain(|tag| !tag.is_empty());
    Some(meant)
}
