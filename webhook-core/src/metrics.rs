//! What a recorder of the `metrics` facade is given: numbers, and words of ours as labels, never what
//! was sent. Without the feature `metrics` all of it is empty.

#[cfg(feature = "dns")]
pub(crate) use on::dns_lookup;
pub(crate) use on::{Timer, call, detached, replay_entries, unproven_bytes};

/// A part of a call's time.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "metrics"), allow(dead_code))] // its names are for a recorder
pub(crate) enum Stage {
    /// The checks of the head, without the signature.
    Head,
    /// Waiting for a key that was not cached.
    Key,
    /// The signature.
    Verify,
    /// From the body to the event.
    Decode,
    /// The handler, under `once`.
    Handler,
}

#[cfg(feature = "metrics")]
mod on {
    use crate::metrics::Stage;
    use ::metrics::{Histogram, IntoF64, counter, gauge, histogram};
    use std::cell::Cell;
    use std::time::Instant;

    /// Counts a call that came to its end here, or to its handler.
    pub(crate) fn call(
        outcome: &'static str,
        code: &'static str,
        check: &'static str,
        event: Option<&'static str>,
    ) {
        if is_on() {
            counter!(
                "copernica_webhook_calls_total",
                "outcome" => outcome, "code" => code, "check" => check,
                "event" => event.unwrap_or("other")
            )
            .increment(1);
        }
    }

    /// Counts a look-up of a key in DNS.
    #[cfg(feature = "dns")]
    pub(crate) fn dns_lookup(result: &'static str) {
        counter!("copernica_dns_lookups_total", "result" => result).increment(1);
    }

    /// Sets how many deliveries the replay memory of this process holds.
    #[allow(clippy::cast_precision_loss)] // fewer than 2^52, or memory would be full
    pub(crate) fn replay_entries(entries: usize) {
        gauge!("copernica_replay_entries").set(entries as f64);
    }

    /// Sets how many bytes of unproven bodies are held.
    #[allow(clippy::cast_precision_loss)] // fewer than 2^52, or memory would be full
    pub(crate) fn unproven_bytes(bytes: usize) {
        gauge!("copernica_unproven_bytes").set(bytes as f64);
    }

    /// Sets how many handlers go on without their connection.
    #[allow(clippy::cast_precision_loss)] // fewer than 2^52, or memory would be full
    pub(crate) fn detached(handlers: usize) {
        gauge!("copernica_detached_handlers").set(handlers as f64);
    }

    /// The time since a stage began; no clock is read where nothing records it.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Timer(Option<Instant>);

    impl Timer {
        #[inline]
        pub(crate) fn start() -> Self {
            Self(is_on().then(Instant::now))
        }

        /// Records how long the stage took.
        #[inline]
        pub(crate) fn stop(self, stage: Stage) {
            if let Some(began) = self.0 {
                of_stage(stage).record(began.elapsed());
            }
        }
    }

    /// Returns the histogram of a stage. Labels are literals, so that no call allocates.
    fn of_stage(stage: Stage) -> Histogram {
        match stage {
            Stage::Head => histogram!("copernica_webhook_seconds", "stage" => "head"),
            Stage::Key => histogram!("copernica_webhook_seconds", "stage" => "key"),
            Stage::Verify => histogram!("copernica_webhook_seconds", "stage" => "verify"),
            Stage::Decode => histogram!("copernica_webhook_seconds", "stage" => "decode"),
            Stage::Handler => histogram!("copernica_webhook_seconds", "stage" => "handler"),
        }
    }

    /// A number that notes that it was read.
    struct Probe<'a>(&'a Cell<bool>);

    impl IntoF64 for Probe<'_> {
        fn into_f64(self) -> f64 {
            self.0.set(true);
            0.0
        }
    }

    /// Reports whether there is a recorder. The facade has no query for it, but it reads the number of a
    /// value only where there is one; recorded no times, it changes nothing.
    fn is_on() -> bool {
        let is_on = Cell::new(false);
        of_stage(Stage::Head).record_many(Probe(&is_on), 0);
        is_on.get()
    }
}

#[cfg(not(feature = "metrics"))]
mod on {
    use crate::metrics::Stage;

    #[inline]
    pub(crate) fn call(_: &str, _: &str, _: &str, _: Option<&str>) {}

    #[inline]
    #[cfg(feature = "dns")]
    pub(crate) fn dns_lookup(_: &str) {}

    #[inline]
    pub(crate) fn replay_entries(_: usize) {}

    #[inline]
    pub(crate) fn unproven_bytes(_: usize) {}

    #[inline]
    pub(crate) fn detached(_: usize) {}

    #[derive(Debug, Clone, Copy)]
    pub(crate) struct NoTimer;

    pub(crate) use self::NoTimer as Timer;

    impl NoTimer {
        #[inline]
        pub(crate) fn start() -> Self {
            Self
        }

        #[inline]
        #[allow(clippy::unused_self)] // as the one that records
        pub(crate) fn stop(self, _: Stage) {}
    }
}
