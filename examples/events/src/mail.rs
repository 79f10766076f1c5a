//! What a mail that came back says of the mail that was sent, without a word of a person's.

use mail_parser::{MessageParser, MessagePart, MimeHeaders};
use std::{fmt, panic};

/// How much of a mail is parsed. A report has its status in front and the mail that it is about last
/// (RFC 6522 §3); what is attached to a reply does not matter.
///
/// It bounds time, and depth: anyone can write such a mail, mails may be nested in mails, and what the
/// parser returns is dropped by recursion. At 29 bytes a level, 32 KiB are some 1,100 levels; megabytes of
/// them overflow a thread's stack, which ends the process.
const MAX_PARSED: usize = 32 << 10;

/// What a report says that happened (RFC 3464 §2.3.3).
const ACTIONS: [&str; 5] = ["failed", "delayed", "delivered", "relayed", "expanded"];

/// A kind of mail that comes back to an envelope address.
#[derive(Debug, PartialEq)]
pub enum Returned {
    /// A report on the delivery (RFC 3464): what happened, and the enhanced status code (RFC 3463).
    Report { action: Option<&'static str>, status: Option<String> },
    /// An automatic reply (RFC 3834): out of office, say.
    Reply,
    /// Another mail: an automatic reply that does not say so, or a person's answer.
    Other,
    /// No mail.
    Unreadable,
}

/// Looks into the first 32 KiB of a mail, whatever is in it.
pub fn examine(mime: &[u8]) -> Returned {
    let start = mime.get(..MAX_PARSED).unwrap_or(mime);
    // A mail in a mail in a mail can fail a debug assertion of the parser. The call is to be answered all
    // the same: its event is printed already.
    panic::catch_unwind(|| parse(start)).unwrap_or(Returned::Unreadable)
}

fn parse(start: &[u8]) -> Returned {
    let parser = MessageParser::new().with_mime_headers().header_text("Auto-Submitted");
    let Some(mail) = parser.default_header_ignore().parse(start) else {
        return Returned::Unreadable;
    };
    if let Some(part) = mail.parts.iter().find(|part| is_status(part)) {
        return report(part.contents());
    }
    let Some(root) = mail.parts.first() else { return Returned::Unreadable };
    // Its status is missing, or does not stand in front.
    if root.is_content_type("multipart", "report") {
        return Returned::Report { action: None, status: None };
    }
    let auto = root.headers.iter().find(|header| header.name() == "Auto-Submitted");
    match auto.and_then(|header| header.value().as_text()) {
        Some(text) if !text.trim().eq_ignore_ascii_case("no") => Returned::Reply,
        _ => Returned::Other,
    }
}

/// Reports whether a part is the status of a delivery, which RFC 6533 lets be UTF-8, too.
fn is_status(part: &MessagePart<'_>) -> bool {
    ["delivery-status", "global-delivery-status"]
        .iter()
        .any(|subtype| part.is_content_type("message", subtype))
}

/// Reads the fields of a status. They come from outside: only what the RFCs define is taken over.
fn report(status: &[u8]) -> Returned {
    let text = String::from_utf8_lossy(status);
    let field = |wanted: &str| {
        text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            // A comment may follow: `5.1.1 (bad destination mailbox address)`.
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.split_whitespace().next())?
        })
    };
    let action = field("Action")
        .and_then(|sent| ACTIONS.into_iter().find(|known| sent.eq_ignore_ascii_case(known)));
    let status = field("Status").filter(|status| is_code(status)).map(str::to_owned);
    Returned::Report { action, status }
}

/// Reports whether a text is an enhanced status code: class, subject and detail (RFC 3463 §2).
fn is_code(text: &str) -> bool {
    let is_number =
        |part: &str| matches!(part.len(), 1..=3) && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = text.split('.');
    parts.next().is_some_and(|class| ["2", "4", "5"].contains(&class))
        && parts.clone().count() == 2
        && parts.all(is_number)
}

impl fmt::Display for Returned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Report { action, status } => {
                let action = action.unwrap_or("of no known action");
                write!(f, "a report, {action}, {}", status.as_deref().unwrap_or("no status"))
            }
            Self::Reply => f.write_str("an automatic reply"),
            Self::Other => f.write_str("neither a report nor a reply that says so"),
            Self::Unreadable => f.write_str("not readable as a mail"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Returned, examine};

    const REPORT: &str = "Auto-Submitted: auto-replied\r\n\
        Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
        --b\r\n\r\njohny@example.com is not known here.\r\n\
        --b\r\nContent-Type: message/delivery-status\r\n\r\n\
        Reporting-MTA: dns; mx.example.com\r\n\r\n\
        Final-Recipient: rfc822; johny@example.com\r\nAction: Failed\r\n\
        status: 5.1.1 (bad destination mailbox address)\r\n\
        --b\r\nContent-Type: message/rfc822\r\n\r\nSubject: Spring\r\n\r\nHello\r\n--b--\r\n";

    fn reported(action: Option<&'static str>, status: Option<&str>) -> Returned {
        Returned::Report { action, status: status.map(str::to_owned) }
    }

    #[test]
    fn a_report_gives_its_action_and_status() {
        assert_eq!(examine(REPORT.as_bytes()), reported(Some("failed"), Some("5.1.1")));
    }

    #[test]
    fn a_report_in_base64_is_read_too() {
        let mail = "Content-Type: multipart/report; boundary=b\n\n--b\n\
            Content-Type: Message/Delivery-Status\nContent-Transfer-Encoding: base64\n\n\
            QWN0aW9uOiBkZWxheWVkClN0YXR1czogNC4yLjIK\n--b--\n";
        assert_eq!(examine(mail.as_bytes()), reported(Some("delayed"), Some("4.2.2")));
    }

    #[test]
    fn words_and_codes_of_no_rfc_are_not_taken_over() {
        for code in
            ["johny@example.com", "5.1", "5.1.1.1", "3.1.1", "5.1.1000", "5.+1.1", "5..1", ""]
        {
            let mail = REPORT.replace("5.1.1 ", &format!("{code} ")).replace("Failed", "Johny");
            assert_eq!(examine(mail.as_bytes()), reported(None, None), "{code}");
        }
    }

    #[test]
    fn a_report_whose_status_is_far_from_its_start_is_a_report_still() {
        let mail = REPORT.replace("johny@", &"x".repeat(40 << 10));
        assert_eq!(examine(mail.as_bytes()), reported(None, None));
    }

    #[test]
    fn replies_say_that_they_are_automatic() {
        let reply = |value| format!("auto-submitted: {value}\r\n\r\nI am away.\r\n");
        assert_eq!(examine(reply("auto-replied (vacation)").as_bytes()), Returned::Reply);
        assert_eq!(examine(reply("No").as_bytes()), Returned::Other);
        assert_eq!(examine(b"Subject: Re: Spring\r\n\r\nThanks!\r\n"), Returned::Other);
        assert_eq!(examine(b""), Returned::Unreadable);
    }

    #[test]
    fn mails_nested_a_hundred_thousand_times_do_no_harm() {
        let mail = "Content-Type:message/rfc822\n\n".repeat(100_000);
        assert_eq!(examine(mail.as_bytes()), Returned::Other);
    }

    #[test]
    fn a_mail_that_fails_an_assertion_of_the_parser_does_no_harm() {
        let mail = "X:y\nContent-Type:multipart/mixed;boundary=b\n\n--b\nContent-Type:message/rfc822\n\n\
            Content-Type:message/rfc822\n\n\n--b--";
        assert!(matches!(examine(mail.as_bytes()), Returned::Unreadable | Returned::Other));
    }
}
