//! The variables of an event: what is read is taken out, and what is left stays as it was sent.

#![allow(clippy::inline_always)] // as `rules`, which says why

mod rules;

use super::kind::EventKind;
use crate::decode::{Format, NOT_UTF8, Reading};
use crate::log_limit::LogLimit;
use crate::map::Map;
use crate::rejection::{Refusal, RejectionKind};
use crate::sender::BYTE_VARIABLES;
use crate::tree::{Shared, Slot, Taken, Tree};
use std::sync::Arc;
use tracing::Level;

/// What can be read from variables: the sealed half of [`FromDelivery`](super::FromDelivery).
pub trait FromVariables: Sized {
    /// Reads the variables, each by its own rule.
    #[doc(hidden)]
    fn from_variables(variables: &mut Variables) -> Result<Self, Refusal>;
}

/// The variables of an event. What is read is taken out; what is left is undocumented, or can't be read
/// as what it should be, and stands as it was sent.
///
/// The maps that are handed out on the way share the tree. Public only because a sealed trait's method names it.
#[derive(Debug)]
pub struct Variables {
    tree: Arc<Tree>,
    /// Refuses text that is not UTF-8, unless all of the event's may be any bytes.
    not_utf8: Option<Refusal>,
    /// The trigger was named by `action`.
    pub(super) named_by_action: bool,
    /// The trigger that was found.
    pub(super) trigger: Option<EventKind>,
    /// The variables that are left as they were sent, and what they should be.
    unread: Vec<(&'static str, &'static str)>,
}

impl Variables {
    #[inline(always)]
    fn new(tree: Tree, not_utf8: Option<Refusal>) -> Self {
        Self {
            tree: Arc::new(tree),
            not_utf8,
            named_by_action: false,
            trigger: None,
            unread: Vec::new(),
        }
    }

    /// Decodes the variables of a body.
    ///
    /// # Errors
    /// The body can't be decoded.
    #[inline(always)]
    pub(super) fn decode(reading: Reading, format: Format, body: &[u8]) -> Result<Self, Refusal> {
        let mut tree = Tree::default();
        let not_utf8 = reading.decode(format, body, &mut tree)?;
        Ok(Self::new(tree, not_utf8))
    }

    /// Makes the variables of an event that is read back.
    pub(super) fn of_queued(tree: Tree) -> Self {
        let not_utf8 = (!tree.is_utf8()).then(|| not_utf8(&tree)).flatten();
        Self::new(tree, not_utf8)
    }

    /// Refuses text that is not UTF-8, but for what may be any bytes.
    ///
    /// # Errors
    /// There is some: `malformed_body`.
    pub(super) fn require_utf8(&mut self) -> Result<(), Refusal> {
        self.not_utf8.take().map_or(Ok(()), Err)
    }

    /// Takes a variable out.
    #[inline(always)]
    pub(super) fn take(&mut self, name: &str) -> Option<Slot> {
        self.tree.take(Tree::ROOT, name)
    }

    /// Takes a variable out whose text `read` makes something of.
    #[inline(always)]
    pub(super) fn take_if<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Taken<T> {
        self.tree.take_if(Tree::ROOT, name, |tree, slot| read(text(tree, slot)?))
    }

    /// Returns the text of a variable; `None` where it is absent or nested.
    pub(super) fn text_of(&self, name: &str) -> Option<&[u8]> {
        match self.tree.find(Tree::ROOT, name)? {
            Slot::Text(span) => Some(self.tree.bytes(span)),
            Slot::Level(_) => None,
        }
    }

    /// Returns whether there is a variable of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.tree.find(Tree::ROOT, name).is_some()
    }

    /// Returns what was not read.
    #[inline]
    pub(super) fn undocumented(&self) -> Map {
        let is_empty = self.tree.len(Tree::ROOT) == 0;
        if is_empty { Map::new() } else { Map::of(self.shared(), Tree::ROOT) }
    }

    /// Returns the tree, for what is read from it.
    #[inline(always)]
    fn shared(&self) -> Shared {
        Shared::of(&self.tree)
    }

    /// Warns of the variables that stand as they were sent because they can't be read, at most five
    /// times a second.
    #[inline]
    pub(super) fn log_unread(&self) {
        if !self.unread.is_empty() {
            log_unread(&self.unread);
        }
    }

    /// Notes that a variable stays as it was sent.
    #[cold]
    fn keep(&mut self, name: &'static str, expected: &'static str) {
        self.unread.push((name, expected));
    }
}

/// Refuses the first variable whose text is not UTF-8 and has to be.
#[cold]
fn not_utf8(tree: &Tree) -> Option<Refusal> {
    let mut bad = tree
        .entries(Tree::ROOT)
        .filter(|(name, slot)| !BYTE_VARIABLES.contains(name) && !tree.is_utf8_under(*slot));
    let (name, _) = bad.next()?;
    Some(Refusal::new(RejectionKind::MalformedBody, NOT_UTF8).at_variable(name))
}

#[cold]
fn log_unread(unread: &[(&'static str, &'static str)]) {
    static LIMIT: LogLimit = LogLimit::new();
    if tracing::enabled!(Level::WARN)
        && let Some(left_out) = LIMIT.line()
    {
        let should_be = unread.iter().map(|(name, expected)| format!("{name}: not {expected}"));
        tracing::warn!(
            variables = should_be.collect::<Vec<_>>().join("; "),
            left_out = left_out.field(),
            "webhook variables that can't be read are kept as they were sent"
        );
    }
}

/// Returns the text of an entry; `None` where it is nested.
#[inline(always)]
fn text(tree: &Tree, slot: Slot) -> Option<&[u8]> {
    match slot {
        Slot::Text(span) => Some(tree.bytes(span)),
        Slot::Level(_) => None,
    }
}
