//! Status codes of SMTP, which are kept as text.

/// Reads a status code (RFC 5321 §4.2).
pub(super) fn code(text: &str) -> Option<u16> {
    text.trim().parse().ok()
}

/// Reads an enhanced status code (RFC 3463 §2): class, subject and detail.
pub(super) fn enhanced(text: &str) -> Option<[u16; 3]> {
    let mut numbers = text.trim().split('.').map(|number| number.parse().ok());
    let code = [numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(code)
}
