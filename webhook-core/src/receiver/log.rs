//! What the log says of calls that are proven, or that nothing is to prove: ids and keys, never a
//! value, and the target at debug level only, because it may hold a secret.

use crate::decode::Reading;
use crate::delivery::Delivery;
use crate::event::{EventLabel, event_of};
use crate::rejection::{Refusal, RefusalOutcome, RejectionKind, Shown, line_of_proven};
use crate::replay::{Description, SPAN_TARGET};
use std::error::Error;
use tracing::field::{Value, display};
use tracing::{Level, Metadata, Span};

/// Writes a line with what names the call, at a level and in words that are constant.
macro_rules! line {
    ($level:ident, $refused:expr, $status:expr, $left_out:expr, $text:literal) => {{
        let RefusedDelivery { kind, detail, source, delivery, reading, .. } = $refused;
        let label = EventLabel::of(delivery.body(), *reading);
        tracing::event!(
            Level::$level,
            code = kind.code(),
            status = $status,
            detail,
            source,
            kind = label.kind,
            profile = label.profile,
            subprofile = label.subprofile,
            database = label.database,
            collection = label.collection,
            id = label.id.as_ref().map(display),
            key = %key(delivery, *reading),
            delivery = delivery.proven().map(|proven| display(proven.id)),
            length = delivery.body().len(),
            left_out = $left_out.field(),
            $text
        );
    }};
}

/// Logs an accepted call: one line at debug level, and nothing is read or written where that is off.
#[inline]
pub(super) fn accepted(delivery: &Delivery, reading: Reading) {
    if tracing::enabled!(Level::DEBUG) {
        log_accepted(delivery, reading);
    }
}

#[cold]
fn log_accepted(delivery: &Delivery, reading: Reading) {
    let label = EventLabel::of(delivery.body(), reading);
    tracing::debug!(
        kind = label.kind,
        profile = label.profile,
        subprofile = label.subprofile,
        database = label.database,
        collection = label.collection,
        id = label.id.as_ref().map(display),
        delivery = delivery.proven().map(|proven| display(proven.id)),
        length = delivery.body().len(),
        "webhook accepted"
    );
}

/// Reports whether a subscriber takes the span that a handler runs in.
#[inline]
pub(super) fn has_span() -> bool {
    tracing::span_enabled!(target: SPAN_TARGET, Level::INFO)
}

/// Returns what fills the fields of the span of a call: kind, ids and the key's name, and the code
/// where it is refused.
#[cold]
pub(super) fn description(
    delivery: &Delivery,
    reading: Reading,
    code: Option<&'static str>,
) -> Description {
    let delivery = delivery.without_settlement();
    Box::new(move |span| {
        if span.is_disabled() {
            return;
        }
        let label = EventLabel::of(delivery.body(), reading);
        // What is absent is not recorded: a subscriber would write the space for it.
        let record = |field: &str, value: Option<&dyn Value>| {
            if let Some(value) = value {
                span.record(field, value);
            }
        };
        let id = label.id.as_ref().map(display);
        let key_name = delivery.proven().map(|proven| display(&proven.key));
        record("kind", label.kind.as_ref().map(|kind| kind as _));
        record("profile", label.profile.as_ref().map(|id| id as _));
        record("subprofile", label.subprofile.as_ref().map(|id| id as _));
        record("database", label.database.as_ref().map(|id| id as _));
        record("collection", label.collection.as_ref().map(|id| id as _));
        record("id", id.as_ref().map(|id| id as _));
        record("key_name", key_name.as_ref().map(|name| name as _));
        record("code", code.as_ref().map(|code| code as _));
    })
}

/// Writes the code of a call that is refused before its proof into its span, if it has one.
pub(super) fn describe_unproven(code: &'static str) {
    let span = Span::current();
    let is_ours = |of: &Metadata<'_>| of.name() == "webhook" && of.target() == SPAN_TARGET;
    if span.metadata().is_some_and(is_ours) {
        span.record("code", code);
    }
}

/// A refusal after the proof, kept for the log until it is known what became of the call.
pub(super) struct RefusedDelivery {
    kind: RejectionKind,
    detail: String,
    source: Option<String>,
    /// The delivery without its claim, which the log must not hold.
    delivery: Delivery,
    reading: Reading,
}

impl RefusedDelivery {
    pub(super) fn new(refusal: &Refusal, delivery: &Delivery, reading: Reading) -> Self {
        Self {
            kind: refusal.kind(),
            detail: refusal.detail(),
            source: refusal.source().map(ToString::to_string),
            delivery: delivery.without_settlement(),
            reading,
        }
    }

    /// Logs it, at most five times a second a code; the next line says how many were left out. At
    /// debug level it also says where the call was sent to, every time.
    pub(super) fn log(&self, outcome: RefusalOutcome) {
        let is_news = matches!(outcome, RefusalOutcome::Refused | RefusalOutcome::Unknown)
            && !matches!(self.kind, RejectionKind::AlreadyHandled | RejectionKind::Ignored);
        let is_on =
            if is_news { tracing::enabled!(Level::WARN) } else { tracing::enabled!(Level::INFO) };
        if is_on && let Some(left_out) = line_of_proven(self.kind) {
            let status = Some(self.kind.status().as_u16());
            match (self.kind, outcome) {
                (RejectionKind::AlreadyHandled, _) => {
                    line!(INFO, self, status, left_out, "webhook answered: it was handled before");
                }
                (RejectionKind::Ignored, _) => {
                    line!(INFO, self, status, left_out, "webhook ignored");
                }
                (_, RefusalOutcome::Refused) => {
                    line!(WARN, self, status, left_out, "webhook refused");
                }
                (_, RefusalOutcome::Taken) => {
                    line!(INFO, self, None::<u16>, left_out, "webhook taken by its handler");
                }
                (_, RefusalOutcome::Unknown) => line!(
                    WARN,
                    self,
                    None::<u16>,
                    left_out,
                    "webhook left to the application, which answered in its own words and did not \
                     commit it: where that answer is 2xx, wrap the handler in `once`, or call \
                     `Delivery::commit`"
                ),
            }
        }
        tracing::debug!(
            delivery = self.delivery.proven().map(|proven| display(proven.id)),
            called = %Shown(self.delivery.target()),
            host = self.delivery.host().map(|host| display(Shown(host))),
            "webhook was sent to"
        );
    }
}

/// Returns the idempotency key: the event's own where the body is one that is known, and the call's
/// otherwise.
fn key(delivery: &Delivery, reading: Reading) -> String {
    match event_of(delivery.body(), reading) {
        Some(event) => delivery.idempotency_key(&event),
        None => delivery.call_key(),
    }
}
