//! All of an account's webhooks at the program as it is built.

mod support;

use serde_json::Value;
use support::Service;
use webhook_axum::testing::{Encoder, fixtures};
use webhook_axum::{Bounce, ByteText, Event};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Returns the body of a bounce with this mail.
fn bounce(mime: &[u8]) -> String {
    let mut bounce = Bounce::new("b4icbaqjswyrb7tc".into());
    bounce.recipient = Some(ByteText::from("johny@example.com"));
    bounce.mime = Some(ByteText::from(mime));
    Encoder::new().encode(&bounce).unwrap()
}

#[test]
fn every_event_is_answered_204_and_printed_as_its_json() {
    let service = Service::start();
    for fixture in fixtures::ALL {
        assert_eq!(service.post(fixture.form), 204, "{}", fixture.kind);
        let line = service.event();
        assert_eq!(json(&line), json(fixture.json), "{}", fixture.kind);
        // A queue's other end reads it back.
        let event: Event = serde_json::from_str(&line).unwrap();
        assert!(!matches!(event, Event::Other(_)), "{}", fixture.kind);
    }
    let (more, log) = service.stop();
    assert!(more.is_empty(), "{more:?}");
    assert_eq!(log.matches("received key=").count(), fixtures::ALL.len(), "{log}");
    for personal in ["@", "Johny", "https:", "Afwezig"] {
        assert!(!log.contains(personal), "{personal}: {log}");
    }
}

#[test]
fn unknown_triggers_and_empty_calls_are_answered_204_and_printed_whole() {
    let service = Service::start();
    let cases = [
        ("type=tomorrow&id=7&new[a]=b", r#"{"type":"tomorrow","id":"7","new":{"a":"b"}}"#),
        ("id=7", r#"{"id":"7"}"#),
        ("", "{}"),
    ];
    for (body, printed) in cases {
        assert_eq!(service.post(body), 204, "{body}");
        assert_eq!(json(&service.event()), json(printed), "{body}");
    }
}

#[test]
fn an_exact_copy_is_answered_200_and_not_printed_again() {
    let service = Service::start();
    let call = service.sign(fixtures::CLICK.form);
    assert_eq!([service.call(&call), service.call(&call)], [204, 200]);
    service.event();
    let (more, _) = service.stop();
    assert!(more.is_empty(), "{more:?}");
}

#[test]
fn an_unsigned_call_is_refused_and_not_printed() {
    let service = Service::start();
    let mut call = service.sign(fixtures::UNSUBSCRIBE.form);
    *call.last_mut().unwrap() ^= 1;
    assert_eq!(service.call(&call), 401);
    let (printed, _) = service.stop();
    assert!(printed.is_empty(), "{printed:?}");
}

#[test]
fn a_bounce_of_3_mib_is_printed_whole() {
    let service = Service::start();
    let mut mime = b"Subject: Afwezig\r\n\r\n".to_vec();
    // Latin-1, so that the mail is not UTF-8.
    mime.extend(b"Ik ben op caf\xe9.\r\n".iter().cycle().take(3 << 20));
    assert_eq!(service.post(bounce(&mime)), 204);
    let line = service.event();
    assert_eq!(json(&line)["mime"]["bytes"], mime.len());
    let Event::Bounce(printed): Event = serde_json::from_str(&line).unwrap() else {
        panic!("no bounce")
    };
    assert_eq!(printed.mime(), Some(&*mime));
}

#[test]
fn the_log_says_what_a_report_reports_and_not_of_whom() {
    let service = Service::start();
    let mime = "Content-Type: multipart/report; boundary=b\r\n\r\n\
        --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n\
        Final-Recipient: rfc822; johny@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n";
    assert_eq!(service.post(bounce(mime.as_bytes())), 204);
    service.event();
    let (_, log) = service.stop();
    assert!(log.contains("a mail came back: a report, failed, 5.1.1"), "{log}");
    assert!(!log.contains("johny") && !log.contains("mx.example.com"), "{log}");
}

#[test]
fn mails_nested_deeply_do_not_end_the_service() {
    let service = Service::start();
    let mime = "Content-Type:message/rfc822\n\n".repeat(100_000);
    assert_eq!(service.post(bounce(mime.as_bytes())), 204);
    assert_eq!(service.post(fixtures::OPEN.form), 204);
    service.event();
    assert_eq!(json(&service.event()), json(fixtures::OPEN.json));
}
