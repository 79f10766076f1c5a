//! The variables of an event, and one rule for each type of variable.
//!
//! The rules are inlined where they are called, so that each compares a name that the compiler knows:
//! as a number or two, and not by a call. That is a twentieth of a small event.

#![allow(clippy::inline_always)]

use crate::datetime;
use crate::interests::Interests;
use crate::limits::EXACT_DIGITS;
use crate::map::{Map, fields_of};
use crate::rejection::{Refusal, RejectionKind};
use crate::tree::{NONE, Shared, Slot, Span, Tree};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::de::DeserializeOwned;
use std::mem::take;

/// What can be read from variables: the sealed half of [`FromDelivery`](super::FromDelivery).
pub trait FromVariables: Sized {
    /// Reads the variables, each by its own rule.
    #[doc(hidden)]
    fn from_variables(variables: &mut Variables) -> Result<Self, Refusal>;
}

/// The variables of an event. What is read is taken out, and what is left is undocumented.
///
/// The maps that are handed out on the way share the tree, which is put into its place when the last
/// variable is read. Public only because a sealed trait's method names it.
#[derive(Debug)]
pub struct Variables {
    tree: Tree,
    shared: Shared,
}

impl Variables {
    pub(crate) fn of(tree: Tree) -> Self {
        Self { tree, shared: Shared::vacant() }
    }

    /// Takes a variable out.
    #[inline(always)]
    pub(super) fn take(&mut self, name: &str) -> Option<Slot> {
        self.tree.take(Tree::ROOT, name)
    }

    /// Returns the text of a variable that was taken; `None` where it is nested.
    pub(super) fn text(&self, slot: Slot) -> Option<&[u8]> {
        match slot {
            Slot::Text(span) => Some(self.tree.bytes(span)),
            Slot::Level(_) => None,
        }
    }

    /// Returns whether there is an id of this name. One that is empty or 0 says that there is no such
    /// thing: it is taken out, as if it had not been sent.
    #[inline(always)]
    pub(super) fn has_id(&mut self, name: &str) -> bool {
        let Some(slot) = self.tree.find(Tree::ROOT, name) else { return false };
        let is_unset = |text: &[u8]| text.is_empty() || whole(text) == Some(0);
        if self.text(slot).is_some_and(is_unset) {
            self.take(name);
            return false;
        }
        true
    }

    /// Reads an id: a whole number that must be there.
    #[inline(always)]
    pub(super) fn id<T: From<u64>>(&mut self, name: &str) -> Result<T, Refusal> {
        let text = self.take_text(name)?.ok_or_else(|| missing(name))?;
        match whole(self.tree.bytes(text)) {
            Some(number) => Ok(number.into()),
            None => Err(invalid(name, "must be a whole number")),
        }
    }

    /// Reads a whole number that may be absent or empty.
    #[inline(always)]
    pub(super) fn optional_number(&mut self, name: &str) -> Result<Option<u64>, Refusal> {
        match self.take_set_text(name)? {
            None => Ok(None),
            Some(text) => match whole(self.tree.bytes(text)) {
                Some(number) => Ok(Some(number)),
                None => Err(invalid(name, "must be a whole number")),
            },
        }
    }

    /// Reads a date that must be there.
    #[inline(always)]
    pub(super) fn date(&mut self, name: &str) -> Result<NaiveDateTime, Refusal> {
        let text = self.take_text(name)?.ok_or_else(|| missing(name))?;
        datetime::parse(self.tree.bytes(text))
            .ok_or_else(|| invalid(name, "must be YYYY-MM-DD HH:MM:SS"))
    }

    /// Reads a date that may be absent or unset.
    #[inline(always)]
    pub(super) fn optional_date(&mut self, name: &str) -> Result<Option<NaiveDateTime>, Refusal> {
        let Some(text) = self.take_text(name)? else { return Ok(None) };
        let text = self.tree.bytes(text);
        match datetime::parse(text) {
            Some(date) => Ok(Some(date)),
            None if datetime::is_no_date(text) => Ok(None),
            None => Err(invalid(name, "must be YYYY-MM-DD HH:MM:SS, or empty when not set")),
        }
    }

    /// Reads Unix seconds that may be absent or empty.
    #[inline(always)]
    pub(super) fn time(&mut self, name: &str) -> Result<Option<DateTime<Utc>>, Refusal> {
        let Some(text) = self.take_set_text(name)? else { return Ok(None) };
        let text = self.tree.bytes(text);
        let seconds = match text.strip_prefix(b"-") {
            None => whole(text).and_then(|seconds| i64::try_from(seconds).ok()),
            Some(digits) => whole(digits).and_then(|seconds| 0i64.checked_sub_unsigned(seconds)),
        };
        match seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)) {
            Some(time) => Ok(Some(time)),
            None => Err(invalid(name, "must be Unix seconds, a whole number")),
        }
    }

    /// Reads a map that may be absent or empty.
    #[inline(always)]
    pub(super) fn map(&mut self, name: &str) -> Result<Map, Refusal> {
        Ok(match self.take_level(name, "must be a map, name[key]=value")? {
            Some(level) => Map::of(self.shared.clone(), level),
            None => Map::new(),
        })
    }

    /// Reads fields as what the handler takes: a map, or a struct of the user's.
    #[inline(always)]
    pub(super) fn fields<F: DeserializeOwned + 'static>(
        &mut self,
        name: &str,
    ) -> Result<F, Refusal> {
        let level = self.take_level(name, "must be a map, name[key]=value")?.unwrap_or(NONE);
        let map = Map::of(self.shared.clone(), level);
        fields_of(map, &self.tree, level).map_err(|error| {
            Refusal::new(RejectionKind::InvalidFields, error.problem().to_owned())
                .at_variable_shown_as(&error.variable(name), error.shown_variable(name))
        })
    }

    /// Reads interests that may be absent or empty.
    #[inline(always)]
    pub(super) fn interests(&mut self, name: &str) -> Result<Interests, Refusal> {
        match self.take_level(name, "must be interests[]=name or interests[name]=1")? {
            None => Ok(Interests::default()),
            Some(level) => {
                Interests::read(&self.tree, self.shared.clone(), level).map_err(|entry| {
                    invalid(&format!("{name}[{entry}]"), "must be 1 or 0, or interests[]=name")
                })
            }
        }
    }

    /// Returns what was not read, and puts the tree into its place.
    pub(super) fn undocumented(&mut self) -> Map {
        let is_empty = self.tree.len(Tree::ROOT) == 0;
        self.shared.fill(take(&mut self.tree));
        if is_empty { Map::new() } else { Map::of(self.shared.clone(), Tree::ROOT) }
    }

    #[inline(always)]
    fn take_text(&mut self, name: &str) -> Result<Option<Span>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Slot::Text(text)) => Ok(Some(text)),
            Some(Slot::Level(_)) => Err(invalid(name, "must be one value, not a list or a map")),
        }
    }

    /// Takes a text that is not empty.
    #[inline(always)]
    fn take_set_text(&mut self, name: &str) -> Result<Option<Span>, Refusal> {
        Ok(self.take_text(name)?.filter(|text| !text.is_empty()))
    }

    /// Takes a nested level; an empty text counts as absent.
    #[inline(always)]
    fn take_level(&mut self, name: &str, expected: &'static str) -> Result<Option<u32>, Refusal> {
        match self.take(name) {
            None => Ok(None),
            Some(Slot::Level(level)) => Ok(Some(level)),
            Some(Slot::Text(text)) if text.is_empty() => Ok(None),
            Some(Slot::Text(_)) => Err(invalid(name, expected)),
        }
    }
}

fn missing(name: &str) -> Refusal {
    invalid(name, "missing")
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
