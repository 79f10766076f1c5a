//! What arrived, compared with what was sent.

use crate::wire::{Head, Whole};

/// One line of the output: whether it is all right, and what to say.
pub(crate) type Line = (bool, String);

/// Compares the request line and the host.
pub(crate) fn target(sent: &Whole, arrived: &Whole) -> Vec<Line> {
    let mut lines = Vec::new();
    let host = |call: &Whole| call.head.value("host").unwrap_or_default().to_owned();
    let (was, is) = (host(sent), host(arrived));
    lines.push(if was == is {
        (true, format!("host {was} unchanged"))
    } else {
        (
            false,
            format!(
                "host {was} arrives as {is}: pass it on (nginx: proxy_set_header Host $http_host), \
                 or set COPERNICA_PUBLIC_URL (public_url)"
            ),
        )
    });
    let (was, is) = (parts(&sent.head), parts(&arrived.head));
    lines.push(if was.0 == is.0 {
        (true, format!("method {} unchanged", was.0))
    } else {
        (false, format!("method {} arrives as {}: do not redirect calls", was.0, is.0))
    });
    lines.push(if was.1 == is.1 {
        (true, format!("path and query {} unchanged", was.1))
    } else {
        (
            false,
            format!(
                "path and query {} arrive as {}: pass them on (nginx: no path after proxy_pass), \
                 or set COPERNICA_PUBLIC_URL (public_url)",
                was.1, is.1
            ),
        )
    });
    lines
}

/// Returns the method and the target of a request line.
pub(crate) fn parts(head: &Head) -> (&str, &str) {
    let mut parts = head.start.split(' ');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// Compares the header lines that were sent; what a proxy adds is its own.
pub(crate) fn headers(sent: &Whole, arrived: &Whole) -> Vec<Line> {
    let mut lines = Vec::new();
    for line in &sent.head.lines {
        let name = &line.name;
        if ["connection", "host"].contains(&&*name.to_ascii_lowercase()) {
            continue;
        }
        let was: Vec<_> = sent.head.all(name).map(|line| &line.value).collect();
        let is: Vec<_> = arrived.head.all(name).map(|line| &line.value).collect();
        if was == is {
            continue;
        }
        let other = arrived.head.lines.iter().find(|other| other.value == line.value);
        let what = match (is.len(), other) {
            (0, Some(other)) => format!("renamed to {}", other.name),
            (0, None) if name.eq_ignore_ascii_case("content-length") => {
                "dropped (the body arrives in chunks: let the proxy buffer it)".to_owned()
            }
            (0, None) => "dropped".to_owned(),
            (now, _) if now < was.len() => "merged with its duplicate".to_owned(),
            (now, _) if now > was.len() => "duplicated".to_owned(),
            _ => "changed".to_owned(),
        };
        let text = format!("header {name} is {what}: pass it on unchanged");
        if !lines.contains(&(false, text.clone())) {
            lines.push((false, text));
        }
    }
    if lines.is_empty() {
        lines.push((true, "header lines unchanged".to_owned()));
    }
    lines
}

/// Compares the bodies.
pub(crate) fn body(sent: &Whole, arrived: &Whole) -> Line {
    let (was, is) = (sent.body.len(), arrived.body.len());
    match arrived.head.value("content-encoding") {
        Some(coding) => (false, format!("body arrives compressed ({coding}): turn that off")),
        None if sent.body == arrived.body => {
            (true, format!("body of {was} bytes unchanged, not compressed"))
        }
        None => (false, format!("body of {was} bytes arrives as other {is}: pass it on unchanged")),
    }
}
