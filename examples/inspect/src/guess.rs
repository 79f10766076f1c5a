//! What types the fields of a database or collection have, guessed from the values seen so far.
//!
//! No value is kept: of each field there are a few flags. Databases, fields and names are bounded.

use chrono::{NaiveDate, NaiveDateTime};
use std::collections::BTreeMap;
use webhook_axum::{CreateEvent, Event, Fields, UpdateEvent, Value};

/// Databases and collections that are known at a time.
const MAX_ENTITIES: usize = 32;
/// Fields of one that are known.
const MAX_FIELDS: usize = 512;
/// Bytes of a field's name.
const MAX_NAME: usize = 256;

/// What fields are of: a database's profiles or a collection's subprofiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entity {
    Database(u64),
    Collection(u64),
}

impl Entity {
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Create(CreateEvent::Profile(it)) => Some(Self::Database(it.database.get())),
            Event::Create(CreateEvent::Subprofile(it)) => {
                Some(Self::Collection(it.collection.get()))
            }
            Event::Update(UpdateEvent::Profile(it)) => {
                it.database.map(|id| Self::Database(id.get()))
            }
            Event::Update(UpdateEvent::Subprofile(it)) => {
                it.collection.map(|id| Self::Collection(id.get()))
            }
            _ => None,
        }
    }
}

/// What is known of all of them.
#[derive(Default)]
pub struct Guesses(BTreeMap<Entity, Seen>);

/// The fields of one, in the order in which they were first seen.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub calls: u64,
    pub fields: Vec<(String, Guess)>,
    /// Whether there were more fields than are known here.
    pub is_cut: bool,
}

/// What a field's values have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
// Each flag is a type that one more value may rule out.
#[allow(clippy::struct_excessive_bools)]
pub struct Guess {
    /// In how many calls it was.
    pub calls: u64,
    /// Whether it was empty, or a date that is not set.
    pub was_empty: bool,
    /// Whether it had a value at all.
    had_value: bool,
    is_bool: bool,
    is_number: bool,
    is_day: bool,
    is_moment: bool,
    was_list: bool,
    was_map: bool,
}

/// The type that all values fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Number,
    Day,
    Moment,
    List,
    Map,
    Text,
}

impl Guesses {
    pub fn learn(&mut self, entity: Entity, fields: &Fields) {
        if !self.0.contains_key(&entity) && self.0.len() >= MAX_ENTITIES {
            return;
        }
        let seen = self.0.entry(entity).or_default();
        seen.calls += 1;
        for (name, value) in fields {
            let at = seen.fields.iter().position(|(known, _)| known == name);
            let at = at.unwrap_or(seen.fields.len());
            if at == seen.fields.len() {
                if at >= MAX_FIELDS || name.len() > MAX_NAME {
                    seen.is_cut = true;
                    continue;
                }
                seen.fields.push((name.to_owned(), Guess::default()));
            }
            if let Some((_, guess)) = seen.fields.get_mut(at) {
                guess.learn(value);
            }
        }
    }

    pub fn of(&self, entity: Entity) -> Option<&Seen> {
        self.0.get(&entity)
    }
}

impl Default for Guess {
    fn default() -> Self {
        Self {
            calls: 0,
            was_empty: false,
            had_value: false,
            is_bool: true,
            is_number: true,
            is_day: true,
            is_moment: true,
            was_list: false,
            was_map: false,
        }
    }
}

impl Guess {
    fn learn(&mut self, value: Value<'_>) {
        self.calls += 1;
        match value {
            Value::Text("" | "0000-00-00" | "0000-00-00 00:00:00") => self.was_empty = true,
            Value::Text(text) => {
                self.had_value = true;
                self.is_bool &= matches!(text, "0" | "1");
                // As it would be written: `0612345678` is a telephone number and `+1` a rating.
                self.is_number &= text.parse::<i64>().is_ok_and(|it| it.to_string() == text);
                let day = NaiveDate::parse_from_str(text, "%Y-%m-%d");
                self.is_day &= text.len() == 10 && day.is_ok();
                let moment = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S");
                self.is_moment &= text.len() == 19 && moment.is_ok();
            }
            Value::List(_) => self.was_list = true,
            Value::Map(_) => self.was_map = true,
            _ => self.none(),
        }
    }

    /// Rules all types out but text.
    fn none(&mut self) {
        self.had_value = true;
        (self.is_bool, self.is_number, self.is_day, self.is_moment) = (false, false, false, false);
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self { was_map: true, .. } => Kind::Map,
            Self { was_list: true, .. } => Kind::List,
            Self { had_value: false, .. } => Kind::Text,
            Self { is_bool: true, .. } => Kind::Bool,
            Self { is_number: true, .. } => Kind::Number,
            Self { is_day: true, .. } => Kind::Day,
            Self { is_moment: true, .. } => Kind::Moment,
            _ => Kind::Text,
        }
    }
}
