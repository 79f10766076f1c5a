//! What happened, and to what.

use super::variables::Variables;
use crate::rejection::{Refusal, RejectionKind};
use crate::tree::Taken;

/// A trigger that is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventKind {
    /// A profile or a subprofile was created.
    Create,
    /// A profile or a subprofile was changed.
    Update,
    /// A profile or a subprofile was deleted.
    Delete,
    /// A link in a mail was clicked.
    Click,
    /// A mail was opened.
    Open,
    /// A mail was delivered.
    Delivery,
    /// A mail came back.
    Bounce,
    /// A mail could not be delivered.
    Failure,
    /// A profile was unsubscribed.
    Unsubscribe,
    /// A mail was reported as abuse.
    Abuse,
}

/// The triggers by the `type` that names them, a row each.
const KINDS: &[(&str, EventKind)] = &[
    ("create", EventKind::Create),
    ("update", EventKind::Update),
    ("delete", EventKind::Delete),
    ("click", EventKind::Click),
    ("open", EventKind::Open),
    ("delivery", EventKind::Delivery),
    ("bounce", EventKind::Bounce),
    ("failure", EventKind::Failure),
    ("unsubscribe", EventKind::Unsubscribe),
    ("abuse", EventKind::Abuse),
];

/// The other word that a failure's own variable `action` has, next to `failure`.
const FAILED: &[u8] = b"failed";

/// Rows stand in the order of the variants, so that a variant is the place of its row.
#[allow(clippy::indexing_slicing)] // when it is compiled
const _: () = {
    let mut at = 0;
    while at < KINDS.len() {
        assert!(KINDS[at].1 as usize == at);
        at += 1;
    }
};

impl EventKind {
    /// Returns the `type` that names the trigger.
    #[inline(always)]
    #[allow(clippy::inline_always)] // of a trigger that the compiler knows, it knows the name
    pub(super) fn name(self) -> &'static str {
        KINDS.get(self as usize).map_or("", |(name, _)| name)
    }

    /// Returns the `type` of every trigger, in the order of the table.
    #[cfg(feature = "schema")]
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        KINDS.iter().map(|(name, _)| *name)
    }

    fn named(name: &[u8]) -> Option<Self> {
        KINDS.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, kind)| *kind)
    }

    /// Finds out which trigger the variables are of, and takes the variable that names it out.
    ///
    /// That is `type`, or, where there is no `type`, an `action` that names a trigger: older pages of
    /// the documentation call it so. A failure has an `action` of its own next to its `type`, which
    /// stays.
    ///
    /// # Errors
    /// The trigger is known, and text that has to be UTF-8 is not: `malformed_body`.
    pub(super) fn of(variables: &mut Variables) -> Result<Option<Self>, Refusal> {
        let kind = match variables.take_if("type", Self::named) {
            Taken::Read(kind) => kind,
            Taken::Unread => return Ok(None),
            Taken::Absent => match Self::of_action(variables) {
                Some(kind) => kind,
                None => return Ok(None),
            },
        };
        variables.trigger = Some(kind);
        variables.require_utf8()?;
        Ok(Some(kind))
    }

    /// Finds out which trigger `action` names.
    #[cold]
    fn of_action(variables: &mut Variables) -> Option<Self> {
        let kind = match variables.text_of("action")? {
            FAILED => Self::Failure,
            action => Self::named(action)?,
        };
        if kind != Self::Failure {
            variables.take("action");
        }
        variables.named_by_action = true;
        Some(kind)
    }

    /// Checks that the variables are of this trigger, nearly always by the one name that it can have.
    ///
    /// # Errors
    /// They are of another one: `unexpected_event`. Text is not UTF-8: `malformed_body`.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the name is to be known to the compiler
    pub(super) fn expect(self, variables: &mut Variables) -> Result<(), Refusal> {
        let is_it = |text: &[u8]| (text == self.name().as_bytes()).then_some(());
        match variables.take_if("type", is_it) {
            Taken::Read(()) => {
                variables.trigger = Some(self);
                variables.require_utf8()
            }
            _ => self.expect_otherwise(variables),
        }
    }

    #[cold]
    fn expect_otherwise(self, variables: &mut Variables) -> Result<(), Refusal> {
        match Self::of(variables)? {
            Some(found) if found == self => Ok(()),
            found => Err(self.unexpected(found, variables)),
        }
    }

    #[cold]
    fn unexpected(self, found: Option<Self>, variables: &Variables) -> Refusal {
        let expected = self.name();
        let detail = match found {
            Some(found) => format!("the type is `{}`, not `{expected}`", found.name()),
            None if !variables.has("type") => {
                format!("there is no variable `type`, which must be `{expected}`")
            }
            None => match variables.text_of("type") {
                None => format!("`type` is a list or a map, not `{expected}`"),
                // The sender's triggers are short words; anything else is not repeated.
                Some(found) => match str::from_utf8(found) {
                    Ok(word) if is_word(word) => format!("the type is `{word}`, not `{expected}`"),
                    _ => format!("the type is not `{expected}`"),
                },
            },
        };
        Refusal::new(RejectionKind::UnexpectedEvent, detail).found_at("type")
    }
}

/// Checks that the variables are of no trigger that is known.
///
/// # Errors
/// They are of one: `unexpected_event`.
pub(super) fn expect_unknown(variables: &mut Variables) -> Result<(), Refusal> {
    let Some(kind) = EventKind::of(variables)? else { return Ok(()) };
    let detail = format!("the type is `{}`, which is not another event", kind.name());
    Err(Refusal::new(RejectionKind::UnexpectedEvent, detail).found_at("type"))
}

/// Characters of a trigger's name that a text shows.
const MAX_SHOWN_TYPE: usize = 32;

fn is_word(text: &str) -> bool {
    text.len() <= MAX_SHOWN_TYPE && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// What it happened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entity {
    /// A row in a database.
    Profile,
    /// A row in a collection, which belongs to a profile.
    Subprofile,
}

impl Entity {
    /// Returns what the variables are about: a subprofile exactly where `subprofile` is present, and
    /// neither empty nor 0. One that is counts as absent.
    #[inline]
    pub(super) fn of(variables: &mut Variables) -> Self {
        if variables.has_id("subprofile") { Self::Subprofile } else { Self::Profile }
    }

    /// Checks that the variables are about this.
    ///
    /// # Errors
    /// They are about the other: `unexpected_event`.
    pub(super) fn expect(self, variables: &mut Variables) -> Result<(), Refusal> {
        let detail = match (self, Self::of(variables)) {
            (Self::Profile, Self::Subprofile) => {
                "the event is about a subprofile, and this handler takes profiles only"
            }
            (Self::Subprofile, Self::Profile) => {
                "the event is about a profile, and this handler takes subprofiles only"
            }
            _ => return Ok(()),
        };
        Err(Refusal::new(RejectionKind::UnexpectedEvent, detail))
    }
}
