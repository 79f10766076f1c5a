//! A profile or subprofile of the API, and the create event that it becomes.

use crate::args::Source;
use chrono::NaiveDateTime;
use serde_json::{Map, Value};
use webhook_core::map::Fields;
use webhook_core::{CreateEvent, ProfileCreated, SubprofileCreated};

/// An entity as the API wrote it. The documentation contradicts itself in spelling and types, so that what
/// has one meaning is read in each of its forms.
#[derive(Debug)]
pub(crate) struct Entity(Map<String, Value>);

impl Entity {
    /// Takes an item of a list.
    ///
    /// # Errors
    ///
    /// When it is no object.
    pub(crate) fn new(item: Value) -> Result<Self, String> {
        match item {
            Value::Object(entity) => Ok(Self(entity)),
            _ => Err("the list has something that is no object".to_owned()),
        }
    }

    /// Returns its id: `ID` or `id`, a text or a number.
    ///
    /// # Errors
    ///
    /// When it has none.
    pub(crate) fn id(&self) -> Result<u64, String> {
        id(&self.0).ok_or_else(|| "the list has something without an id".to_owned())
    }

    /// Reports whether it was removed: `false`, or when.
    pub(crate) fn is_removed(&self) -> bool {
        let removed = self.0.get("removed").unwrap_or(&Value::Null);
        !matches!(removed, Value::Null | Value::Bool(false))
            && !removed.as_str().is_some_and(|text| matches!(text, "" | "0" | "false"))
            && removed.as_u64() != Some(0)
    }

    /// Returns the create event as a line of JSON, without its end.
    ///
    /// # Errors
    ///
    /// When something has a form that was never documented; its place, and no value.
    pub(crate) fn line(&self, source: Source) -> Result<String, String> {
        let id = self.id()?;
        let of = |what: String| format!("{source}, id {id}: {what}");
        let event = self.event(source, id).map_err(of)?;
        let mut event = serde_json::to_value(event).map_err(|error| of(error.to_string()))?;
        // What the creating action was called with is not known, which is not the same as nothing.
        if let Some(event) = event.as_object_mut() {
            event.remove("parameters");
        }
        Ok(event.to_string())
    }

    fn event(&self, source: Source, id: u64) -> Result<CreateEvent, String> {
        let (created, modified) = (self.date("created")?, self.date("modified")?);
        let timestamp = created.or(modified).ok_or("no `created`")?;
        let fields = self.fields()?;
        Ok(match source {
            Source::Database(database) => {
                self.matches("database", database)?;
                let mut event = ProfileCreated::new(database.into(), id.into(), timestamp, fields);
                (event.created, event.modified) = (created, modified);
                let interests = self.interests()?;
                event.interests = interests.into_iter().map(|name| (name, true)).collect();
                CreateEvent::Profile(event)
            }
            Source::Collection { id: collection, database } => {
                self.matches("collection", collection)?;
                self.matches("database", database)?;
                let profile = self.0.get("profile").and_then(number).ok_or("no `profile`")?;
                let (profile, database) = (profile.into(), database.into());
                let mut event = SubprofileCreated::new(
                    database,
                    profile,
                    collection.into(),
                    id.into(),
                    timestamp,
                    fields,
                );
                (event.created, event.modified) = (created, modified);
                CreateEvent::Subprofile(event)
            }
        })
    }

    /// Fails where the entity says that it is in another place than was queried.
    fn matches(&self, name: &str, expected: u64) -> Result<(), String> {
        match self.0.get(name).map(number) {
            None => Ok(()),
            Some(Some(found)) if found == expected => Ok(()),
            Some(_) => Err(format!("its `{name}` is not {expected}")),
        }
    }

    /// Reads a date; `None` where it is missing, empty or of zeros.
    fn date(&self, name: &str) -> Result<Option<NaiveDateTime>, String> {
        match self.0.get(name) {
            None | Some(Value::Null | Value::Bool(false)) => Ok(None),
            Some(Value::String(text)) if text.is_empty() || text.starts_with("0000-00-00") => {
                Ok(None)
            }
            Some(Value::String(text)) => NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S")
                .map(Some)
                .map_err(|_| format!("its `{name}` is not YYYY-MM-DD hh:mm:ss")),
            Some(_) => Err(format!("its `{name}` is no text")),
        }
    }

    /// Reads the fields: an object, or PHP's empty array.
    fn fields(&self) -> Result<Fields, String> {
        match self.0.get("fields") {
            None | Some(Value::Null) => Ok(Fields::new()),
            Some(Value::Array(list)) if list.is_empty() => Ok(Fields::new()),
            Some(Value::Object(fields)) => Ok(fields.iter().map(|(k, v)| (k, text(v))).collect()),
            Some(_) => Err("its `fields` are no object".to_owned()),
        }
    }

    /// Reads the names of active interests: a list, or an object of names to `1` and `0`.
    fn interests(&self) -> Result<Vec<String>, String> {
        let wrong = || "its `interests` are no list of names".to_owned();
        match self.0.get("interests") {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(list)) => {
                list.iter().map(|name| name.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
            }
            Some(Value::Object(names)) => {
                let active = names.iter().filter(|(_, on)| !matches!(&*text(on), "" | "0"));
                Ok(active.map(|(name, _)| name.clone()).collect())
            }
            Some(_) => Err(wrong()),
        }
    }
}

/// Returns the id of an object: `ID` in the documentation's tables, `id` in some of its examples.
pub(crate) fn id(object: &Map<String, Value>) -> Option<u64> {
    object.get("ID").or_else(|| object.get("id")).and_then(number)
}

/// Reads a number that may be written as a text.
pub(crate) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Returns a field's value as a text, as PHP writes it.
fn text(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(false) => String::new(),
        Value::Bool(true) => "1".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
