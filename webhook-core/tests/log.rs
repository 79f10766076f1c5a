//! What the log has of refusals: each once, at the level of who can do something about it.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::format_push_string)]

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use webhook_core::adapter::misconfigured;
use webhook_core::{CreateEvent, Receiver};

/// Levels and texts of what was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(Level, String)>>>);

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        struct Text(String);
        impl Visit for Text {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                self.0 += &format!("{}={value:?} ", field.name());
            }
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push((*event.metadata().level(), text.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn logged(work: impl FnOnce()) -> Vec<(Level, String)> {
    let log = Log::default();
    tracing::subscriber::with_default(log.clone(), work);
    let log = log.0.lock().unwrap();
    log.clone()
}

#[test]
fn our_own_fault_is_an_error() {
    let log = logged(|| drop(misconfigured("put it there").to_response()));
    let [(level, text)] = &log[..] else { panic!("not once: {log:?}") };
    assert_eq!(*level, Level::ERROR);
    for part in ["webhook refused", "misconfigured", "status=500", "put it there"] {
        assert!(text.contains(part), "{text}");
    }
    // Every call causes it, so it is limited as any refusal.
    let log = logged(|| (0..1_000).for_each(|_| drop(misconfigured("put it there"))));
    assert!(log.len() < 20, "{}", log.len());
}

#[test]
fn a_refused_call_is_a_warning() {
    let receiver = Receiver::unverified();
    for (method, body) in [("PUT", ""), ("POST", ""), ("POST", "x")] {
        let call = http::Request::builder().method(method).body(body.into()).unwrap();
        let log = logged(|| {
            let outcome = futures_executor::block_on(receiver.receive::<CreateEvent>(call));
            drop(outcome.unwrap_err().to_response());
        });
        let mut above_debug = log.iter().filter(|(level, _)| *level < Level::DEBUG);
        let (Some((level, text)), None) = (above_debug.next(), above_debug.next()) else {
            panic!("not once: {log:?}")
        };
        assert!(*level == Level::WARN && text.contains("webhook refused"), "{log:?}");
    }
}

/// Returns the number after `left_out=`, or none.
fn left_out(text: &str) -> usize {
    let number = text.split("left_out=").nth(1).map(|rest| rest.split(' ').next().unwrap());
    number.map_or(0, |number| number.parse().unwrap())
}

#[test]
fn a_flood_of_refusals_is_five_lines_a_second_a_code_that_count_the_others() {
    let receiver = Receiver::builder().account(1234).keys(webhook_core::key::StaticKeys::new());
    let receiver = receiver.build().unwrap();
    let forged = || {
        let headers = [
            ("host", "hooks.example.com"),
            ("date", "Sun, 05 Jan 2014 21:31:40 GMT"),
            ("digest", "SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="),
            ("x-copernica-id", "account_1234"),
        ];
        let mut call = http::Request::builder().method("POST").uri("/");
        for (name, value) in headers {
            call = call.header(name, value);
        }
        let call = call.body("".into()).unwrap();
        let outcome = futures_executor::block_on(receiver.receive::<CreateEvent>(call));
        drop(outcome.unwrap_err().to_response());
    };
    let start = Instant::now();
    let mut calls = 5_700;
    let log = logged(|| {
        (0..calls).for_each(|_| forged());
        // A second later.
        std::thread::sleep(Duration::from_millis(1_100));
        forged();
        calls += 1;
    });
    let lines: Vec<_> =
        log.iter().filter(|(level, text)| *level == Level::WARN && text.contains("401")).collect();
    let seconds = usize::try_from(start.elapsed().as_secs()).unwrap() + 2;
    assert!((6..=5 * seconds).contains(&lines.len()), "{} in {seconds} s", lines.len());
    let last = &lines.last().unwrap().1;
    assert!(left_out(last) > 0, "{last}");
    let counted: usize = lines.iter().map(|(_, text)| 1 + left_out(text)).sum();
    assert_eq!(counted, calls, "every one is counted");
}
