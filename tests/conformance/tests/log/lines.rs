//! The log of this library, as lines with their levels.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) level: Level,
    /// `name=value …`
    pub(crate) fields: String,
    pub(crate) message: String,
}

impl Line {
    pub(crate) fn has(&self, part: &str) -> bool {
        self.fields.contains(&format!(" {part}"))
    }

    /// Returns the value of a field that has no spaces in it; empty without one.
    pub(crate) fn value(&self, name: &str) -> &str {
        let after = self.fields.split_once(&format!(" {name}=")).map_or("", |(_, after)| after);
        after.split(' ').next().unwrap_or_default()
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            write!(self.fields, " {}={value:?}", field.name()).unwrap();
        }
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Line>>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("webhook_")
    }

    fn event(&self, event: &Event<'_>) {
        let level = *event.metadata().level();
        let mut line = Line { level, fields: String::new(), message: String::new() };
        event.record(&mut line);
        self.0.lock().unwrap().push(line);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// Returns what `act` returns, and what it has this library log on this thread.
pub(crate) fn logged<T>(act: impl FnOnce() -> T) -> (T, Vec<Line>) {
    let log = Log::default();
    let done = tracing::subscriber::with_default(log.clone(), act);
    let lines = log.0.lock().unwrap().clone();
    (done, lines)
}
