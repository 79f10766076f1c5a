//! What the log is told of refusals: once each, at the level of who can do something about it.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::format_push_string)]

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use webhook_core::{CreateEvent, Receiver, Rejection};

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
    let log = logged(|| drop(Rejection::misconfigured("put it there").to_response()));
    let [(level, text)] = &log[..] else { panic!("not once: {log:?}") };
    assert_eq!(*level, Level::ERROR);
    for part in ["webhook refused", "misconfigured", "status=500", "put it there"] {
        assert!(text.contains(part), "{text}");
    }
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
        let [(level, text)] = &log[..] else { panic!("not once: {log:?}") };
        assert!(*level == Level::WARN && text.contains("webhook refused"), "{log:?}");
    }
}
