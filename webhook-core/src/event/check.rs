//! What one variable must be, and the refusal when it is not.

use crate::limits::EXACT_DIGITS;
use crate::rejection::{Refusal, RejectionKind};
use crate::tree::{Slot, Tree};

pub(super) fn missing(name: &str) -> Refusal {
    invalid(name, "missing")
}

pub(super) fn invalid(name: &str, problem: &'static str) -> Refusal {
    Refusal::new(RejectionKind::InvalidVariable, problem).at_variable(name)
}

/// A whole number: digits only, one at least.
pub(super) fn whole(digits: &[u8]) -> Option<u64> {
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

/// Returns whether a variable says that there is no such thing: it is empty, or 0.
pub(super) fn is_no_id(tree: &Tree, node: u32) -> bool {
    match tree.slot(node) {
        Some(Slot::Text(span)) => span.is_empty() || whole(tree.bytes(span)) == Some(0),
        _ => false,
    }
}

pub(super) fn check_type(tree: &Tree, said: Option<Slot>) -> Result<(), Refusal> {
    let refuse =
        |detail: String| Err(Refusal::new(RejectionKind::UnexpectedEvent, detail).found_at("type"));
    match said {
        None => refuse("there is no variable `type`".to_owned()),
        Some(Slot::Level(_)) => refuse("`type` is a list or a map".to_owned()),
        Some(Slot::Text(span)) => match tree.text(span) {
            "create" => Ok(()),
            // The sender's triggers are short words; anything else is not repeated.
            other if other.len() <= 32 && other.bytes().all(|byte| byte.is_ascii_lowercase()) => {
                refuse(format!("the type is `{other}`, not `create`"))
            }
            _ => refuse("the type is not `create`".to_owned()),
        },
    }
}
