//! Decoded variables → an event.

use super::check::{check_type, invalid, is_no_id, missing, whole};
use super::known::Known;
use super::{CreateEvent, ProfileCreated, SubprofileCreated};
use crate::datetime;
use crate::interests::Interests;
use crate::map::Map;
use crate::rejection::{Refusal, RejectionKind};
use crate::tree::{NONE, Shared, Slot, Tree};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::de::DeserializeOwned;

/// The sealed half of [`Event`](super::Event).
pub trait FromTree: Sized {
    /// Reads the variables, each by its own rule.
    #[doc(hidden)]
    fn from_tree(tree: Loaded) -> Result<Self, Refusal>;
}

/// Decoded variables, not yet an event. Public only because a sealed trait's method names it.
#[derive(Debug)]
pub struct Loaded(pub(crate) Tree);

impl<F: DeserializeOwned + Send + 'static> FromTree for CreateEvent<F> {
    fn from_tree(tree: Loaded) -> Result<Self, Refusal> {
        let variables = Variables::read(tree.0)?;
        Ok(if variables.is_subprofile() {
            Self::Subprofile(variables.subprofile()?)
        } else {
            Self::Profile(variables.profile()?)
        })
    }
}

impl<F: DeserializeOwned + Send + 'static> FromTree for ProfileCreated<F> {
    fn from_tree(tree: Loaded) -> Result<Self, Refusal> {
        let variables = Variables::read(tree.0)?;
        if variables.is_subprofile() {
            return Err(Refusal::new(
                RejectionKind::UnexpectedEvent,
                "a subprofile was created, and this handler takes profiles only",
            ));
        }
        variables.profile()
    }
}

impl<F: DeserializeOwned + Send + 'static> FromTree for SubprofileCreated<F> {
    fn from_tree(tree: Loaded) -> Result<Self, Refusal> {
        let variables = Variables::read(tree.0)?;
        if !variables.is_subprofile() {
            return Err(Refusal::new(
                RejectionKind::UnexpectedEvent,
                "a profile was created, and this handler takes subprofiles only",
            ));
        }
        variables.subprofile()
    }
}

/// The documented variables by name, and the tree that they point into.
struct Variables {
    tree: Shared,
    known: Known,
}

impl Variables {
    #[inline]
    fn read(mut tree: Tree) -> Result<Self, Refusal> {
        let mut known = Known::NONE;
        let mut left = false;
        for (name, node) in tree.names(Tree::ROOT) {
            match known.place(name) {
                Some(place) => *place = node,
                None => left = true,
            }
        }
        // Older pages of the documentation call the same variable `action`.
        let said = if known.kind == NONE { known.action } else { known.kind };
        check_type(&tree, tree.slot(said))?;

        if known.subprofile != NONE && is_no_id(&tree, known.subprofile) {
            // As if it had not been sent.
            tree.retain(Tree::ROOT, |node| node != known.subprofile);
            known.subprofile = NONE;
        }
        // What is documented for other events only.
        let mut forget = |variable: &mut u32| left |= std::mem::replace(variable, NONE) != NONE;
        if said != known.action {
            forget(&mut known.action);
        }
        forget(if known.subprofile == NONE { &mut known.collection } else { &mut known.interests });
        if left {
            tree.retain(Tree::ROOT, |node| !known.has(node));
        } else {
            tree.clear(Tree::ROOT);
        }
        Ok(Self { tree: Shared::new(tree), known })
    }

    fn is_subprofile(&self) -> bool {
        self.known.subprofile != NONE
    }

    fn profile<F: DeserializeOwned + 'static>(&self) -> Result<ProfileCreated<F>, Refusal> {
        let known = &self.known;
        Ok(ProfileCreated {
            profile: self.number("profile", known.profile)?.into(),
            database: self.number("database", known.database)?.into(),
            id: self.optional_number("id", known.id)?,
            timestamp: self.timestamp()?,
            time: self.time()?,
            created: self.optional_date("created", known.created)?,
            modified: self.optional_date("modified", known.modified)?,
            parameters: self.map("parameters", known.parameters)?,
            fields: self.fields()?,
            interests: self.interests()?,
            undocumented: self.undocumented(),
        })
    }

    fn subprofile<F: DeserializeOwned + 'static>(&self) -> Result<SubprofileCreated<F>, Refusal> {
        let known = &self.known;
        Ok(SubprofileCreated {
            profile: self.number("profile", known.profile)?.into(),
            subprofile: self.number("subprofile", known.subprofile)?.into(),
            database: self.number("database", known.database)?.into(),
            collection: self.number("collection", known.collection)?.into(),
            id: self.optional_number("id", known.id)?,
            timestamp: self.timestamp()?,
            time: self.time()?,
            created: self.optional_date("created", known.created)?,
            modified: self.optional_date("modified", known.modified)?,
            parameters: self.map("parameters", known.parameters)?,
            fields: self.fields()?,
            undocumented: self.undocumented(),
        })
    }

    #[inline]
    fn text(&self, name: &str, node: u32) -> Result<Option<&[u8]>, Refusal> {
        match self.tree.slot(node) {
            None => Ok(None),
            Some(Slot::Text(span)) => Ok(Some(self.tree.bytes(span))),
            Some(Slot::Level(_)) => Err(invalid(name, "must be one value, not a list or a map")),
        }
    }

    fn number(&self, name: &str, node: u32) -> Result<u64, Refusal> {
        let text = self.text(name, node)?.ok_or_else(|| missing(name))?;
        whole(text).ok_or_else(|| invalid(name, "must be a whole number"))
    }

    fn optional_number(&self, name: &str, node: u32) -> Result<Option<u64>, Refusal> {
        match self.text(name, node)? {
            None | Some(b"") => Ok(None),
            Some(text) => match whole(text) {
                Some(number) => Ok(Some(number)),
                None => Err(invalid(name, "must be a whole number")),
            },
        }
    }

    fn timestamp(&self) -> Result<NaiveDateTime, Refusal> {
        let name = "timestamp";
        let text = self.text(name, self.known.timestamp)?.ok_or_else(|| missing(name))?;
        datetime::parse(text).ok_or_else(|| invalid(name, "must be YYYY-MM-DD HH:MM:SS"))
    }

    fn time(&self) -> Result<Option<DateTime<Utc>>, Refusal> {
        let text = match self.text("time", self.known.time)? {
            None | Some(b"") => return Ok(None),
            Some(text) => text,
        };
        let seconds = match text.strip_prefix(b"-") {
            None => whole(text).and_then(|seconds| i64::try_from(seconds).ok()),
            Some(digits) => whole(digits).and_then(|seconds| 0i64.checked_sub_unsigned(seconds)),
        };
        match seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)) {
            Some(time) => Ok(Some(time)),
            None => Err(invalid("time", "must be Unix seconds, a whole number")),
        }
    }

    fn optional_date(&self, name: &str, node: u32) -> Result<Option<NaiveDateTime>, Refusal> {
        match self.text(name, node)? {
            None => Ok(None),
            Some(text) => match datetime::parse(text) {
                Some(date) => Ok(Some(date)),
                None if datetime::is_no_date(text) => Ok(None),
                None => Err(invalid(name, "must be YYYY-MM-DD HH:MM:SS, or empty when not set")),
            },
        }
    }

    fn map(&self, name: &str, node: u32) -> Result<Map, Refusal> {
        match self.tree.slot(node) {
            Some(Slot::Level(level)) => Ok(Map::of(self.tree.clone(), level)),
            _ => match self.text(name, node)? {
                None | Some(b"") => Ok(Map::new()),
                Some(_) => Err(invalid(name, "must be a map, name[key]=value")),
            },
        }
    }

    fn fields<F: DeserializeOwned + 'static>(&self) -> Result<F, Refusal> {
        self.map("fields", self.known.fields)?.parse_or_same().map_err(|error| {
            Refusal::new(RejectionKind::InvalidFields, error.problem().to_owned())
                .at_variable_shown_as(&error.variable("fields"), error.shown_variable("fields"))
        })
    }

    fn interests(&self) -> Result<Interests, Refusal> {
        let name = "interests";
        match self.tree.slot(self.known.interests) {
            Some(Slot::Level(level)) => Interests::read(&self.tree, level).map_err(|entry| {
                invalid(&format!("{name}[{entry}]"), "must be 1 or 0, or interests[]=name")
            }),
            _ => match self.text(name, self.known.interests)? {
                None | Some(b"") => Ok(Interests::default()),
                Some(_) => Err(invalid(name, "must be interests[]=name or interests[name]=1")),
            },
        }
    }

    fn undocumented(&self) -> Map {
        if self.tree.len(Tree::ROOT) == 0 {
            return Map::new();
        }
        Map::of(self.tree.clone(), Tree::ROOT)
    }
}
