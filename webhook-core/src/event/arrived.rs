//! A body that arrived, with what decides how it is read.

use super::kind::EventKind;
use super::variables::{FromVariables, Variables};
use crate::decode::{self, Format, Reading};
use crate::rejection::Refusal;
use crate::request::MediaType;
use bytes::Bytes;
use std::cell::Cell;

/// A body that arrived, with what decides how it is read.
///
/// Public only because a sealed trait's method names it.
#[derive(Debug)]
pub struct Arrived<'a> {
    body: &'a [u8],
    /// The bytes of `body`, where they are shared.
    shared: Option<&'a Bytes>,
    pub(crate) media_type: &'a MediaType,
    pub(crate) reading: Reading,
    /// The trigger that decoding found.
    trigger: Cell<Option<EventKind>>,
}

impl<'a> Arrived<'a> {
    pub(crate) fn new(body: &'a Bytes, media_type: &'a MediaType, reading: Reading) -> Self {
        Self { body, shared: Some(body), media_type, reading, trigger: Cell::new(None) }
    }

    /// Takes a body of which no header says anything.
    pub(crate) fn unsaid(body: &'a [u8], reading: Reading) -> Self {
        let trigger = Cell::new(None);
        Self { body, shared: None, media_type: &MediaType::Uncovered, reading, trigger }
    }

    /// Returns the body; a copy only where the bytes are not shared.
    pub(crate) fn body(&self) -> Bytes {
        self.shared.cloned().unwrap_or_else(|| Bytes::copy_from_slice(self.body))
    }

    /// Returns the name of the trigger that decoding found, if it is known.
    pub(crate) fn trigger(&self) -> Option<&'static str> {
        self.trigger.get().map(EventKind::name)
    }

    /// Decodes the body.
    #[inline(always)]
    #[allow(clippy::inline_always)] // what it returns is large, and would be moved once more
    pub(super) fn decode<T: FromVariables>(&self) -> Result<T, Refusal> {
        let body = self.body;
        self.media_type.check(body.len())?;
        let format = Format::of(body);
        let mut variables = Variables::decode(self.reading, format, body)?;
        let event = T::from_variables(&mut variables);
        self.trigger.set(variables.trigger);
        match event {
            Ok(event) => {
                variables.log_unread();
                Ok(event)
            }
            Err(refused) if format == Format::Form => Err(with_offset(refused, body)),
            Err(refused) => Err(refused),
        }
    }
}

/// Says where the refused variable stands in a form.
#[cold]
fn with_offset(refused: Refusal, body: &[u8]) -> Refusal {
    match refused.sought().filter(|_| refused.offset().is_none()) {
        Some(name) => match decode::offset_of(body, name) {
            Some(offset) => refused.at_offset(offset),
            None => refused,
        },
        None => refused,
    }
}
