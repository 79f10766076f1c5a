//! Whether the clock is right.

use chrono::DateTime;

use super::{findings::Findings, probe::Sent};

/// Seconds between two clocks that are right: a receiver takes a date that is 60 s ahead.
const FAR: i64 = 30;
const SUBJECT: &str = "clock";

/// Compares this machine's clock with the `Date` of the answer.
pub(super) fn check(sent: &Sent, findings: &mut Findings) {
    let date = sent.answer.as_ref().ok().and_then(|answer| answer.head.value("date"));
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let Some(date) = date else {
        return findings.ok(SUBJECT, "not checked: no answer with a Date came");
    };
    let ahead = (sent.clock - date.to_utc()).num_seconds();
    let who = sent.who();
    if ahead.abs() > FAR {
        let side = if ahead > 0 { "ahead of" } else { "after" };
        let what = format!("this machine is {} s {side} the Date of {who}", ahead.abs());
        let change = "run NTP on both: a receiver takes dates 300 s old and 60 s ahead";
        return findings.wrong(SUBJECT, what, change);
    }
    if sent.same_machine {
        let text =
            format!("not checked: {who} is on this machine, so its Date is of the same clock");
        return findings.ok(SUBJECT, text);
    }
    findings.ok(SUBJECT, format!("within {} s of the Date of {who}", ahead.abs().max(1)));
}
