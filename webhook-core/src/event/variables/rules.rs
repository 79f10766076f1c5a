//! One rule for each type of variable.
//!
//! The rules are inlined where they are called, so that each compares a name that the compiler knows:
//! as a number or two, and not by a call. That is a twentieth of a small event.

#![allow(clippy::inline_always)]

use super::{Variables, text};
use crate::datetime;
use crate::interests::Interests;
use crate::limits::EXACT_DIGITS;
use crate::map::{Map, fields_as_sent, fields_of, is_unread};
use crate::rejection::{Refusal, RejectionKind};
use crate::tags::Tags;
use crate::text::{ByteText, Text};
use crate::tree::{NONE, Slot, Span, Taken, Tree};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use std::sync::Arc;

impl Variables {
    /// Returns whether there is an id of this name. One that is empty or 0 says that there is no such
    /// thing: it is taken out, as if it had not been sent.
    #[inline(always)]
    pub(in crate::event) fn has_id(&mut self, name: &str) -> bool {
        let unset = |tree: &Tree, slot| is_unset_id(tree, slot).then_some(());
        matches!(self.tree.take_if(Tree::ROOT, name, unset), Taken::Unread)
    }

    /// Reads a required id: a whole number.
    #[inline(always)]
    pub(in crate::event) fn id<T: From<u64>>(&mut self, name: &str) -> Result<T, Refusal> {
        match self.take_required(name)? {
            Some(text) => match whole(self.tree.bytes(text)) {
                Some(number) => Ok(number.into()),
                None => Err(invalid(name, "must be a whole number")),
            },
            None => Err(self.missing(name)),
        }
    }

    /// Reads a required id that is text, and not empty.
    #[inline(always)]
    pub(in crate::event) fn text_id<T: for<'a> From<&'a str>>(
        &mut self,
        name: &str,
    ) -> Result<T, Refusal> {
        match self.take_required(name)?.filter(|text| !text.is_empty()) {
            Some(text) => Ok(self.tree.text(text).into()),
            None => Err(self.missing(name)),
        }
    }

    /// Reads an id that is text, and may be absent or empty.
    pub(in crate::event) fn optional_text_id<T: for<'a> From<&'a str>>(
        &mut self,
        name: &'static str,
    ) -> Option<T> {
        self.read(name, "one text", |tree, slot| match span(slot)? {
            text if text.is_empty() => Some(None),
            text => Some(Some(tree.text(text).into())),
        })
    }

    /// Reads a required date.
    #[inline(always)]
    pub(in crate::event) fn date(&mut self, name: &str) -> Result<NaiveDateTime, Refusal> {
        match self.take_required(name)? {
            Some(text) => datetime::parse(self.tree.bytes(text))
                .ok_or_else(|| invalid(name, "must be YYYY-MM-DD HH:MM:SS")),
            None => Err(self.missing(name)),
        }
    }

    /// Reads an id that may be absent; one that is empty or 0 is.
    #[inline(always)]
    pub(in crate::event) fn optional_id<T: From<u64>>(&mut self, name: &'static str) -> Option<T> {
        self.read(name, "a whole number", |tree, slot| {
            if is_unset_id(tree, slot) {
                return Some(None);
            }
            whole(text(tree, slot)?).map(|number| Some(number.into()))
        })
    }

    /// Reads an id that has had two names.
    #[inline(always)]
    pub(in crate::event) fn optional_id_of<T: From<u64>>(
        &mut self,
        [name, other]: [&'static str; 2],
    ) -> Option<T> {
        let id = self.optional_id(name);
        // One that is unset counts as absent, or the other would be read when the event is read back.
        if id.is_some() || self.has(name) { id } else { self.optional_id(other) }
    }

    /// Reads a required id that has had two names.
    pub(in crate::event) fn id_of<T: From<u64>>(
        &mut self,
        [name, other]: [&'static str; 2],
    ) -> Result<T, Refusal> {
        let is_other = self.has(other) && !self.has_id(name);
        self.id(if is_other { other } else { name })
    }

    /// Reads a whole number that may be absent or empty.
    #[inline(always)]
    pub(in crate::event) fn optional_number(&mut self, name: &'static str) -> Option<u64> {
        self.read(name, "a whole number", |tree, slot| match text(tree, slot)? {
            [] => Some(None),
            digits => whole(digits).map(Some),
        })
    }

    /// Reads a date that may be absent or unset.
    #[inline(always)]
    pub(in crate::event) fn optional_date(&mut self, name: &'static str) -> Option<NaiveDateTime> {
        self.read(name, "YYYY-MM-DD HH:MM:SS, or empty when not set", |tree, slot| {
            let text = text(tree, slot)?;
            match datetime::parse(text) {
                Some(date) => Some(Some(date)),
                None => datetime::is_no_date(text).then_some(None),
            }
        })
    }

    /// Reads Unix seconds that may be absent or empty.
    #[inline(always)]
    pub(in crate::event) fn time(&mut self, name: &'static str) -> Option<DateTime<Utc>> {
        self.read(name, "Unix seconds, a whole number", |tree, slot| {
            let text = text(tree, slot)?;
            let seconds = match text.strip_prefix(b"-") {
                _ if text.is_empty() => return Some(None),
                None => whole(text).and_then(|seconds| i64::try_from(seconds).ok()),
                Some(digits) => whole(digits).and_then(|ago| 0i64.checked_sub_unsigned(ago)),
            };
            DateTime::from_timestamp(seconds?, 0).map(Some)
        })
    }

    /// Reads a text that may be absent; an empty one is text too.
    #[inline(always)]
    pub(in crate::event) fn optional_text(&mut self, name: &'static str) -> Option<Text> {
        let text = self.read(name, "one text", |_, slot| span(slot).map(Some))?;
        Some(Text::of(self.shared(), text))
    }

    /// Reads a text that may be absent, and may be any bytes.
    #[inline(always)]
    pub(in crate::event) fn optional_bytes(&mut self, name: &'static str) -> Option<ByteText> {
        let text = self.read(name, "one text", |_, slot| span(slot).map(Some))?;
        Some(ByteText::of(self.shared(), text))
    }

    /// Reads a text that may be any bytes, and has had two names.
    pub(in crate::event) fn optional_bytes_of(
        &mut self,
        names: [&'static str; 2],
    ) -> Option<ByteText> {
        self.optional_bytes(self.first_of(names))
    }

    /// Reads an IP address that may be absent or empty.
    pub(in crate::event) fn ip(&mut self, name: &'static str) -> Option<IpAddr> {
        self.read(name, "an IP address", |tree, slot| match text(tree, slot)? {
            [] => Some(None),
            address => str::from_utf8(address).ok()?.trim().parse().ok().map(Some),
        })
    }

    /// Reads tags that may be absent or empty.
    pub(in crate::event) fn tags(&mut self, name: &'static str) -> Tags {
        self.read(name, "a list of tags, or one text of them", |tree, slot| match slot {
            Slot::Text(text) if text.is_empty() => Some(None),
            slot => Tags::read(tree, slot).map(Some),
        })
        .unwrap_or_default()
    }

    /// Reads a map that may be absent or empty.
    #[inline(always)]
    pub(in crate::event) fn map(&mut self, name: &'static str) -> Map {
        match self.level(name, "a map, name[key]=value") {
            Taken::Absent | Taken::Read(None) => Map::new(),
            Taken::Read(Some(level)) => Map::of(self.shared(), level),
            Taken::Unread => Map::unread(),
        }
    }

    /// Reads fields as what the handler takes: a map, or a struct of the user's. They may be absent or
    /// empty.
    #[inline(always)]
    pub(in crate::event) fn fields<F: DeserializeOwned + 'static>(
        &mut self,
        name: &'static str,
    ) -> Result<F, Refusal> {
        let (map, level) = match self.level(name, "a map, name[key]=value") {
            Taken::Absent | Taken::Read(None) => (Map::of(self.shared(), NONE), NONE),
            Taken::Read(Some(level)) => (Map::of(self.shared(), level), level),
            Taken::Unread => {
                let problem = "must be a map, name[key]=value";
                // No struct of the user's has this for its fields.
                return fields_as_sent(Map::unread()).ok_or_else(|| {
                    Refusal::new(RejectionKind::InvalidFields, problem).at_variable(name)
                });
            }
        };
        fields_of(map, &self.tree, level).map_err(|error| {
            Refusal::new(RejectionKind::InvalidFields, error.problem().to_owned())
                .at_variable_shown_as(&error.variable(name), error.shown_variable(name))
        })
    }

    /// Reads fields that may be absent, which is not the same as empty.
    pub(in crate::event) fn optional_fields<F: DeserializeOwned + 'static>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<F>, Refusal> {
        if !self.has(name) {
            return Ok(None);
        }
        // What stands elsewhere is not written here.
        self.fields(name).map(|fields| Some(fields).filter(|fields| !is_unread(fields)))
    }

    /// Reads interests that may be absent or empty.
    #[inline(always)]
    pub(in crate::event) fn interests(&mut self, name: &'static str) -> Interests {
        let tree = &self.tree;
        let read = tree.take_if(Tree::ROOT, name, |_, slot| match slot {
            Slot::Text(text) => text.is_empty().then(Interests::default),
            Slot::Level(level) => Interests::read(tree, level),
        });
        match read {
            Taken::Absent => Interests::default(),
            Taken::Read(interests) => interests,
            Taken::Unread => {
                self.keep(name, "interests[]=name, interests[name]=1, or with their groups");
                Interests::unread()
            }
        }
    }

    /// Reads interests that may be absent, which is not the same as empty.
    pub(in crate::event) fn optional_interests(&mut self, name: &'static str) -> Option<Interests> {
        let interests = if self.has(name) { self.interests(name) } else { return None };
        // What stands elsewhere is not written here.
        (!interests.is_unread()).then_some(interests)
    }

    /// Reads a variable that may be absent. What can't be read stays.
    #[inline(always)]
    fn read<T>(
        &mut self,
        name: &'static str,
        expected: &'static str,
        read: impl FnOnce(&Arc<Tree>, Slot) -> Option<Option<T>>,
    ) -> Option<T> {
        let tree = &self.tree;
        match tree.take_if(Tree::ROOT, name, |_, slot| read(tree, slot)) {
            Taken::Absent => None,
            Taken::Read(value) => value,
            Taken::Unread => {
                self.keep(name, expected);
                None
            }
        }
    }

    /// Returns the name of the two that is present, or the first.
    #[inline(always)]
    fn first_of(&self, [name, other]: [&'static str; 2]) -> &'static str {
        if !self.has(name) && self.has(other) { other } else { name }
    }

    #[inline(always)]
    fn take_required(&mut self, name: &str) -> Result<Option<Span>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Slot::Text(text)) => Ok(Some(text)),
            Some(Slot::Level(_)) => Err(invalid(name, "must be one value, not a list or a map")),
        }
    }

    /// Takes a nested level; an empty text counts as absent.
    #[inline(always)]
    fn level(&mut self, name: &'static str, expected: &'static str) -> Taken<Option<u32>> {
        let taken = self.tree.take_if(Tree::ROOT, name, |_, slot| match slot {
            Slot::Level(level) => Some(Some(level)),
            Slot::Text(text) => text.is_empty().then_some(None),
        });
        if matches!(taken, Taken::Unread) {
            self.keep(name, expected);
        }
        taken
    }

    #[cold]
    fn missing(&self, name: &str) -> Refusal {
        // Its JSON has `id` and `action`, and no variable says whether that is a subprofile's.
        if self.named_by_action && name == "profile" {
            return invalid(
                name,
                "missing: this looks like a Publisher callback; use a Marketing Suite webhook",
            );
        }
        invalid(name, "missing")
    }
}

#[inline(always)]
fn span(slot: Slot) -> Option<Span> {
    match slot {
        Slot::Text(span) => Some(span),
        Slot::Level(_) => None,
    }
}

/// Returns whether an id says that there is no such thing: it is empty or 0.
#[inline(always)]
fn is_unset_id(tree: &Tree, slot: Slot) -> bool {
    text(tree, slot).is_some_and(|text| text.is_empty() || whole(text) == Some(0))
}

fn invalid(name: &str, problem: &'static str) -> Refusal {
    Refusal::new(RejectionKind::InvalidVariable, problem).at_variable(name)
}

/// Reads a whole number: digits only, one at least.
fn whole(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    let mut number = 0u64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        // Most numbers are too short to overflow.
        number = if digits.len() <= EXACT_DIGITS {
            number * 10 + u64::from(digit)
        } else {
            number.checked_mul(10)?.checked_add(digit.into())?
        };
    }
    Some(number)
}
