//! Text that PostgreSQL can hold.

use std::borrow::Cow;

/// Returns the text with U+FFFD for U+0000, which PostgreSQL's `text` and `jsonb` refuse: a field
/// may hold it (`%00`), and the statement that is given it fails each time it is tried. A `bytea`
/// holds the text as it is.
pub fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}
