//! A list of the API, page by page.
//!
//! `start` is an offset, which shifts when something is removed meanwhile. A page therefore begins after the
//! last id of the one before it.

use crate::api::Api;
use crate::args::Source;
use crate::entity::{self, Entity};
use serde_json::Value;

/// The most that the API gives in one page.
const PAGE: usize = 1000;

/// A page of a list.
pub(crate) struct Page {
    /// With their ids, in ascending order.
    pub(crate) entities: Vec<(u64, Entity)>,
    /// Nothing comes after it.
    pub(crate) is_last: bool,
}

/// Returns the entities after this id, the first page of them.
///
/// # Errors
///
/// The API fails, or does not filter or order as the query says.
pub(crate) async fn page(api: &mut Api, source: Source, after: u64) -> Result<Page, String> {
    let query = [
        ("fields[]", format!("id>{after}")),
        ("orderby", "id".to_owned()),
        ("order", "asc".to_owned()),
        ("limit", PAGE.to_string()),
        ("total", "false".to_owned()),
    ];
    let (items, limit) = items(api.get(&source.path(), &query).await?, source)?;
    let found = items.len();
    let mut entities: Vec<(u64, Entity)> = Vec::with_capacity(found);
    let mut last = after;
    for item in items {
        let entity = Entity::new(item).map_err(|error| format!("{source}: {error}"))?;
        let id = entity.id().map_err(|error| format!("{source}: {error}"))?;
        if id <= after {
            // It was in a page before this, or was not queried.
            continue;
        }
        if id < last {
            return Err(format!("{source}: the list is not in the order of ids"));
        }
        if id > last {
            last = id;
            entities.push((id, entity));
        }
    }
    if found > 0 && entities.is_empty() {
        return Err(format!("{source}: the list has only ids that were not queried"));
    }
    // Without the limit that was applied, which may be lower than ours, only an empty page is the last.
    Ok(Page { is_last: found == 0 || limit.is_some_and(|limit| found < limit.min(PAGE)), entities })
}

/// Returns the highest id of the list, 0 where it is empty.
///
/// # Errors
///
/// When the API fails.
pub(crate) async fn latest(api: &mut Api, source: Source) -> Result<u64, String> {
    let query = [
        ("orderby", "id".to_owned()),
        ("order", "desc".to_owned()),
        ("limit", "1".to_owned()),
        ("total", "false".to_owned()),
    ];
    let (items, _) = items(api.get(&source.path(), &query).await?, source)?;
    // Of more than one, the order was not applied, and the highest may not be among them.
    match <[Value; 1]>::try_from(items) {
        Ok([item]) => Entity::new(item)
            .and_then(|entity| entity.id())
            .map_err(|error| format!("{source}: {error}")),
        Err(items) if items.is_empty() => Ok(0),
        Err(_) => Err(format!("{source}: the list has more than the one that was queried")),
    }
}

/// Takes an answer apart: its items, and the limit that was applied.
fn items(answer: Value, source: Source) -> Result<(Vec<Value>, Option<usize>), String> {
    let wrong = || format!("{source}: the answer has no list");
    let Value::Object(mut envelope) = answer else { return Err(wrong()) };
    let limit = envelope.get("limit").and_then(entity::number);
    match envelope.remove("data") {
        Some(Value::Array(items)) => Ok((items, limit.and_then(|limit| limit.try_into().ok()))),
        // PHP's array with gaps, or an empty one that was made an object.
        Some(Value::Object(items)) => {
            let mut items: Vec<_> =
                items.into_iter().map(|(at, item)| (at.parse::<u64>().ok(), item)).collect();
            items.sort_by_key(|(at, _)| *at);
            Ok((items.into_iter().map(|(_, item)| item).collect(), None))
        }
        _ => Err(wrong()),
    }
}
