//! What happened, and to what.

use super::variables::Variables;
use crate::rejection::{Refusal, RejectionKind};

/// A trigger that is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventKind {
    /// A profile or a subprofile was created.
    Create,
}

/// The triggers by the `type` that names them, a row each.
const KINDS: &[(&str, EventKind)] = &[("create", EventKind::Create)];

impl EventKind {
    /// Returns the `type` that names the trigger.
    fn name(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Takes the variable that names the trigger out of the variables.
    ///
    /// That is `type`, or `action` where there is no `type`: older pages of the documentation call it
    /// so.
    ///
    /// # Errors
    /// It names another one: `unexpected_event`.
    pub(super) fn expect(self, variables: &mut Variables) -> Result<(), Refusal> {
        let name = variables.take("type").or_else(|| variables.take("action"));
        let Some(name) = name else { return unexpected("there is no variable `type`") };
        let Some(found) = variables.text(name) else {
            return unexpected("`type` is a list or a map");
        };
        let expected = self.name();
        if found == expected.as_bytes() {
            return Ok(());
        }
        // The sender's triggers are short words; anything else is not repeated.
        let is_word = found.len() <= 32 && found.iter().all(u8::is_ascii_lowercase);
        match str::from_utf8(found) {
            Ok(found) if is_word => unexpected(&format!("the type is `{found}`, not `{expected}`")),
            _ => unexpected(&format!("the type is not `{expected}`")),
        }
    }
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

fn unexpected(detail: &str) -> Result<(), Refusal> {
    let refusal = Refusal::new(RejectionKind::UnexpectedEvent, detail.to_owned());
    Err(refusal.found_at("type"))
}
