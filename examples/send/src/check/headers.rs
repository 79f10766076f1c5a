//! Whether header lines are what was sent.

use super::{
    findings::Findings,
    listener::Arrival,
    probe::{Prober, Sent, Shape, TWICE},
};

/// Lines that a proxy writes for itself (RFC 9110 §7.6.1), or that are looked at elsewhere.
const NOT_ADDED: [&str; 3] = ["host", "connection", "x-check"];

/// Compares the header lines of a call.
pub(super) fn check(sent: &Sent, findings: &mut Findings) {
    let Some(arrival) = sent.arrival() else { return };
    let mut whole = true;
    for (name, value) in &sent.lines {
        if let Err(what) = line(name, value, sent, arrival) {
            whole = false;
            let change = if *name == "Content-Length" {
                "have the proxy send bodies with their length (in nginx: proxy_request_buffering on;)"
                    .to_owned()
            } else {
                format!("have the proxy pass {name} on as it is")
            };
            findings.wrong("headers", what, change);
        }
    }
    if whole {
        let added = added(sent, arrival);
        let added = if added.is_empty() { String::new() } else { format!("; added: {added}") };
        let twice = twice(arrival);
        let count = sent.lines.len();
        findings.ok("headers", format!("{count} lines arrive as sent, {twice}{added}"));
    }
}

/// Compares one line; a value is not printed, for it may be a proof.
fn line(name: &str, value: &[u8], sent: &Sent, arrival: &Arrival) -> Result<(), String> {
    let lines: Vec<_> = arrival.head.all(name).collect();
    let [line] = *lines else {
        if !lines.is_empty() {
            return Err(format!("{name} was sent once and arrived {} times", lines.len()));
        }
        let known =
            |name: &str| sent.lines.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        let other =
            arrival.head.lines.iter().find(|line| line.value == value && !known(&line.name));
        return Err(match other {
            Some(line) => format!("{name} arrived as {}", line.name),
            None => format!("{name} did not arrive"),
        });
    };
    if line.folded {
        return Err(format!("{name} arrived folded, over two lines"));
    }
    if line.value == value {
        return Ok(());
    }
    let merged = line.value.windows(value.len()).any(|part| part == value);
    let what = if merged { "merged with another text" } else { "with another value" };
    Err(format!("{name} arrived {what}"))
}

fn added(sent: &Sent, arrival: &Arrival) -> String {
    let known = |name: &str| {
        let name = name.to_ascii_lowercase();
        let sent = sent.lines.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name));
        sent || NOT_ADDED.contains(&name.as_str())
    };
    let names = arrival.head.lines.iter().map(|line| &*line.name).filter(|name| !known(name));
    names.collect::<Vec<_>>().join(", ")
}

/// Returns what became of two lines of one name.
fn twice(arrival: &Arrival) -> &'static str {
    match arrival.head.all(TWICE.0).count() {
        0 => "two of one unknown name are dropped",
        1 if arrival.head.value(TWICE.0).is_some_and(|value| value.contains(',')) => {
            "two of one name as one, merged"
        }
        1 => "of two of one name one is dropped",
        2 => "two of one name as two",
        _ => "two of one name as more",
    }
}

/// Sends a folded `Signature` and reports what came of it.
pub(super) async fn check_folded(prober: &Prober, findings: &mut Findings) {
    let sent = prober.call(Shape { folded: true, ..Shape::default() }).await;
    let subject = "folded Signature";
    let line = sent.arrival().map(|arrival| arrival.head.all("signature").next());
    match line {
        // No real call is known to have one: it is a line break of the documentation.
        None if sent.answer.as_ref().is_ok_and(|answer| answer.status == 400) => findings.ok(
            subject,
            format!(
                "{}, as hyper and actix would answer; only the documentation prints one",
                sent.seen()
            ),
        ),
        None => findings.ok(subject, format!("does not arrive: {}", sent.seen())),
        Some(None) => findings.wrong(
            subject,
            "the call arrived without it",
            "have the proxy unfold or refuse such lines, not drop them",
        ),
        Some(Some(line)) if line.folded => findings.ok(
            subject,
            "arrives folded, and hyper and actix answer 400; only the documentation prints one",
        ),
        Some(Some(_)) => findings.ok(subject, "arrives as one line"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check::probe::Failure, head::Head};
    use bytes::Bytes;
    use std::time::Duration;

    fn compared(lines: &str) -> Result<(), String> {
        let (head, _) =
            Head::parse(format!("POST / HTTP/1.1\r\n{lines}\r\n").as_bytes()).unwrap().unwrap();
        let arrival =
            Arrival { method: "POST".into(), target: "/".into(), head, body: Bytes::new() };
        let sent = Sent {
            target: "/".into(),
            lines: vec![("Digest", b"abc".to_vec())],
            host: "a".into(),
            body: Bytes::new(),
            arrived: Vec::new(),
            answer: Err(Failure::TimedOut),
            peer: None,
            same_machine: false,
            took: Duration::ZERO,
            clock: chrono::Utc::now(),
        };
        line("Digest", b"abc", &sent, &arrival)
    }

    #[test]
    fn what_became_of_a_line_is_named() {
        assert_eq!(compared("digest: abc\r\n"), Ok(()));
        for (lines, expected) in [
            ("", "did not arrive"),
            ("X-Digest: abc\r\n", "arrived as X-Digest"),
            ("Digest: abc\r\nDigest: abc\r\n", "arrived 2 times"),
            ("Digest: abc, d\r\n", "merged"),
            ("Digest: abd\r\n", "another value"),
            ("Digest:\r\n abc\r\n", "folded"),
        ] {
            let what = compared(lines).unwrap_err();
            assert!(what.contains(expected), "{lines:?}: {what}");
        }
    }
}
