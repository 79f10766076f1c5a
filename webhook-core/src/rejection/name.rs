//! Which names from the network a text may show.
//!
//! What arrives as a name is not one for certain: a body that is cut at the wrong places, or was
//! written in another format, has its text there. So a name is shown where it is documented, where
//! it is one of the program's own, and where it looks like one; and otherwise not at all.

use std::fmt;

/// The documented variables that have names inside.
const MAPS: [&str; 3] = ["parameters", "fields", "interests"];

/// Returns what may be shown of a name: all of it, the documented variable that it is in, or
/// nothing.
pub(crate) fn shown(name: &str) -> Option<&str> {
    if looks_like_one(name) {
        return Some(name);
    }
    let (root, _) = name.split_once('[')?;
    MAPS.contains(&root).then_some(root)
}

/// Characters of a name that a text shows: names come from the network, and longer ones are not
/// shown at all.
const MAX_NAME_CHARS: usize = 64;

/// Returns whether a text looks like a name: Unicode letters and digits, `_ . - [ ]` and space, up
/// to 64 characters.
pub(crate) fn looks_like_one(text: &str) -> bool {
    let fits = |char: char| char.is_alphanumeric() || "_.-[] ".contains(char);
    !text.is_empty() && text.chars().all(fits) && text.chars().count() <= MAX_NAME_CHARS
}

/// A name for looking up where it stands. No text shows it.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Hidden(pub(super) Option<Box<str>>);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_and_text_is_not() {
        let long = "a".repeat(64);
        for name in ["fields[First name]", "fields[a.b-c_1][]", "café", "fields[名前]", &long] {
            assert_eq!(shown(name), Some(name));
        }
        let cases = [
            ("", None),
            ("johny@example.com", None),
            ("{\"type\":\"create\"", None),
            ("fields[a,b]", Some("fields")),
            ("interests[\u{fffd}]", Some("interests")),
            ("other[a,b]", None),
            ("a\nb", None),
            ("fields{", None),
        ];
        for (name, expected) in cases {
            assert_eq!(shown(name), expected, "{name}");
        }
        assert_eq!(shown(&(long + "a")), None);
    }
}
