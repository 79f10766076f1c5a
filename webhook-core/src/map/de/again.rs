//! A second look at fields that do not fit: only there it shows what a `#[serde(default)]` is good for,
//! and only there it is worth finding out which entry was at fault.

use super::{FieldsError, Source};
use crate::datetime;
use crate::map::{Nested, Value};
use crate::tree::{NONE, Slot, Span, Tree};
use serde::de::DeserializeOwned;
use std::mem::replace;

/// Empty fields that are left out of a user's struct, so that they take their defaults: each costs
/// another reading of the fields.
const MAX_LEFT_OUT: usize = 1_000;

/// Readings of fields to find out which of them does not fit, where a type does not say so itself.
const MAX_TRIALS: usize = 250;

/// Reads a map once more after `error`: without the fields whose text is empty or a date that is not
/// set, so that those which have a default take it. What fails still, names its entry.
///
/// Only fields of a struct are left out, never entries of a map: those would be lost.
#[cold]
pub(super) fn parse<T: DeserializeOwned>(
    tree: &Tree,
    level: u32,
    error: FieldsError,
) -> Result<T, FieldsError> {
    let mut fields = Trials { tree: tree.clone(), level, left: MAX_TRIALS };
    let (mut error, mut left_out) = (error, Vec::new());
    while left_out.len() < MAX_LEFT_OUT {
        let Some((level, node)) = fields.unset(&error) else { break };
        fields.tree.retain(level, |id| id != node);
        match fields.read() {
            Ok(read) => return Ok(read),
            Err(next) => left_out.push(replace(&mut error, next)),
        }
    }
    if let Some(unfit) = left_out.into_iter().find(|unfit| error.misses(unfit)) {
        // It has no default.
        return Err(unfit);
    }
    if error.is_about_all()
        && let Some(name) = fields.culprit::<T>(&error)
    {
        error = error.buffered(&name);
    }
    Err(error)
}

/// A map of its own, to be changed and read again.
struct Trials {
    tree: Tree,
    level: u32,
    /// How many more times it may be read.
    left: usize,
}

impl Trials {
    fn read<T: DeserializeOwned>(&self) -> Result<T, FieldsError> {
        T::deserialize(Source(Value::Map(Nested::of(&self.tree, self.level))))
    }

    /// Finds the field that an error is about, where its text says that it is not set.
    fn unset(&self, error: &FieldsError) -> Option<(u32, u32)> {
        let is_unset = if error.is_no_date() { datetime::is_no_date } else { datetime::is_unset };
        let mut found = None;
        let mut level = Some(self.level);
        for name in error.path_to_field()? {
            let here = level?;
            let (_, node) = self.tree.names(here).find(|(key, _)| *key == name.as_bytes())?;
            found = Some((here, node));
            level = match self.tree.slot(node)? {
                Slot::Level(inner) => Some(inner),
                Slot::Text(_) => None,
            };
        }
        let (level, node) = found?;
        match self.tree.slot(node)? {
            Slot::Text(text) if is_unset(self.tree.bytes(text)) => Some((level, node)),
            _ => None,
        }
    }

    /// Finds the entry without which the map fits. Types that serde buffers (`flatten`, tagged,
    /// untagged) fail without naming it. `None` also when it takes too long.
    fn culprit<T: DeserializeOwned>(&mut self, error: &FieldsError) -> Option<String> {
        let all: Vec<u32> = self.tree.names(self.level).map(|(_, node)| node).collect();
        let node = match *self.needed::<T>(all.clone(), error)? {
            // It fails without any, too.
            [] => self.left_out::<T>(&all)?,
            [node] => node,
            // The others lead to it: tags, and what a struct around it needs.
            ref few => self.buffered::<T>(few, error)?,
        };
        self.tree.keep(self.level, &all);
        let (name, _) = self.tree.names(self.level).find(|(_, id)| *id == node)?;
        str::from_utf8(name).ok().map(str::to_owned)
    }

    /// Finds entries that fail alike, none of which may go without a change to that.
    ///
    /// Delta debugging: what may go goes, half of all at first, then ever fewer at a time.
    fn needed<T: DeserializeOwned>(
        &mut self,
        mut left: Vec<u32>,
        error: &FieldsError,
    ) -> Option<Vec<u32>> {
        let mut size = left.len();
        while size > 0 {
            let mut at = 0;
            while let Some((before, rest)) =
                left.split_at_checked(at).filter(|(_, r)| !r.is_empty())
            {
                let fewer = [before, rest.get(size..).unwrap_or_default()].concat();
                if self.fails_alike::<T>(&fewer, error)? {
                    left = fewer;
                } else {
                    at += size;
                }
            }
            size /= 2;
        }
        Some(left)
    }

    /// Finds the one entry without which all others fit.
    fn left_out<T: DeserializeOwned>(&mut self, all: &[u32]) -> Option<u32> {
        for node in all {
            let others: Vec<u32> = all.iter().copied().filter(|id| id != node).collect();
            if self.trial::<T>(&others)?.is_ok() {
                return Some(*node);
            }
        }
        None
    }

    /// Finds the first of `few` entries that makes no difference when it is empty, as a tag would, and
    /// is not named when it is nested, as a field outside of the buffer would be.
    fn buffered<T: DeserializeOwned>(&mut self, few: &[u32], error: &FieldsError) -> Option<u32> {
        for node in few {
            let sent = self.tree.slot(*node)?;
            self.tree.set(*node, Slot::Text(Span::new(0, 0)));
            let is_no_tag = self.fails_alike::<T>(few, error)?;
            self.tree.set(*node, Slot::Level(NONE));
            let is_inside = self.trial::<T>(few)?.is_err_and(|other| other.is_about_all());
            self.tree.set(*node, sent);
            if is_no_tag && is_inside {
                return Some(*node);
            }
        }
        None
    }

    /// Returns whether these entries alone fail in the same way.
    fn fails_alike<T: DeserializeOwned>(
        &mut self,
        ids: &[u32],
        error: &FieldsError,
    ) -> Option<bool> {
        Some(self.trial::<T>(ids)?.is_err_and(|other| other == *error))
    }

    /// Reads these entries alone; `None` when that was done too often.
    fn trial<T: DeserializeOwned>(&mut self, ids: &[u32]) -> Option<Result<T, FieldsError>> {
        self.left = self.left.checked_sub(1)?;
        self.tree.keep(self.level, ids);
        Some(self.read())
    }
}
