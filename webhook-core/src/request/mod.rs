//! A request as adapters lend it: its head, and the field lines that decide something.

mod field_lines;
mod head;
mod media_type;

pub(crate) use field_lines::{FieldLine, FieldLines, trim};
pub use head::{Head, Headers};
pub(crate) use media_type::MediaType;
