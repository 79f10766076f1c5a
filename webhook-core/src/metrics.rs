//! What a recorder of the `metrics` facade is given: numbers, and words of ours as labels, never what
//! was sent. Without the feature `metrics` all of it is empty.

#[cfg(feature = "dns")]
pub(crate) use on::dns_lookup;
pub(crate) use on::{
    BegunCall, OpenCall, Timer, announce, call, detached, is_on, replay_entries, unproven_bytes,
};

/// How a handler answered a call.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "metrics"), allow(dead_code))] // its names are for a recorder
pub(crate) enum CallAnswer {
    /// By a status of 2xx under `once`, or by a commit.
    Handled,
    /// By another status, by the refusal itself, or not at all.
    Failed,
    /// Nothing reported it.
    Unknown,
}

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
    use crate::metrics::{CallAnswer, Stage};
    use ::metrics::{
        Gauge, Histogram, IntoF64, counter, describe_counter, describe_gauge, describe_histogram,
        gauge, histogram,
    };
    use std::cell::Cell;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::time::Instant;

    /// Describes to the recorder what it is given, and begins the gauges of a receiver: at nothing, so that
    /// they are there before there is something.
    pub(crate) fn announce() {
        describe_counter!("copernica_webhook_calls_total", "calls, by what became of them");
        describe_histogram!("copernica_webhook_seconds", "times of a call's parts");
        describe_counter!("copernica_dns_lookups_total", "look-ups of keys");
        describe_gauge!("copernica_replay_entries", "deliveries in replay memories");
        describe_gauge!("copernica_unproven_bytes", "bodies before their proof");
        describe_gauge!("copernica_detached_handlers", "handlers without their connection");
        replay_entries(0, 0);
        unproven_bytes(0, 0);
        detached(0, 0);
    }

    /// Counts a call.
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

    /// A call whose head was accepted: counted as dropped, unless something else becomes of it.
    #[derive(Debug, Default)]
    pub(crate) struct BegunCall(AtomicBool);

    impl BegunCall {
        /// Counts the call from here on.
        pub(crate) fn begin(&self) {
            self.0.store(true, Ordering::Relaxed);
        }

        /// Leaves the call to another count. Reports whether it was not counted so far.
        pub(crate) fn end(&self) -> bool {
            self.0.swap(false, Ordering::Relaxed)
        }

        /// Counts a refusal, once.
        pub(crate) fn refuse(&self, code: &'static str, check: &'static str) {
            if self.end() {
                let is_copy = code == "already_handled";
                call(if is_copy { "copy" } else { "refused" }, code, check, None);
            }
        }
    }

    impl Drop for BegunCall {
        fn drop(&mut self) {
            if self.end() {
                call("dropped", "", "", None);
            }
        }
    }

    /// A call that is proven, or that nothing is to prove, until it is known how it was answered. Several
    /// extractors may look at one call: what the last one made of it counts, once.
    #[derive(Debug, Default)]
    pub(crate) struct OpenCall(Mutex<Option<UncountedCall>>);

    #[derive(Debug, Clone, Copy)]
    struct UncountedCall {
        /// Of its refusal, or empty.
        code: &'static str,
        event: Option<&'static str>,
    }

    impl OpenCall {
        /// Notes what the call is counted as when its answer is known; `code` is empty unless it is
        /// refused.
        pub(crate) fn open(&self, code: &'static str, event: Option<&'static str>) {
            if is_on() {
                *self.lock() = Some(UncountedCall { code, event });
            }
        }

        /// Counts the call, if it was not.
        pub(crate) fn close(&self, answer: CallAnswer) {
            let open = self.lock().take();
            // Outside the lock: a recorder is code of the application's.
            let Some(UncountedCall { code, event }) = open else { return };
            let outcome = match (answer, code) {
                (_, "ignored") => "ignored",
                (CallAnswer::Handled, _) => "handled",
                (CallAnswer::Failed, "") => "failed",
                (CallAnswer::Failed, _) => "refused",
                (CallAnswer::Unknown, _) => "unknown",
            };
            call(outcome, code, "", event);
        }

        fn lock(&self) -> MutexGuard<'_, Option<UncountedCall>> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }

    /// Counts a look-up of a key in DNS.
    #[cfg(feature = "dns")]
    pub(crate) fn dns_lookup(result: &'static str) {
        counter!("copernica_dns_lookups_total", "result" => result).increment(1);
    }

    /// Changes how many deliveries the replay memories of this process hold.
    pub(crate) fn replay_entries(before: usize, after: usize) {
        change(&gauge!("copernica_replay_entries"), before, after);
    }

    /// Changes how many bytes of unproven bodies are held.
    pub(crate) fn unproven_bytes(before: usize, after: usize) {
        change(&gauge!("copernica_unproven_bytes"), before, after);
    }

    /// Changes how many handlers go on without their connection.
    pub(crate) fn detached(before: usize, after: usize) {
        change(&gauge!("copernica_detached_handlers"), before, after);
    }

    /// Adds to a gauge, or subtracts from it: it is the sum of all receivers of a process, and threads that
    /// change it at once leave no old value behind.
    #[allow(clippy::cast_precision_loss)] // fewer than 2^52, or memory would be full
    fn change(gauge: &Gauge, before: usize, after: usize) {
        if after >= before {
            gauge.increment((after - before) as f64);
        } else {
            gauge.decrement((before - after) as f64);
        }
    }

    /// The time since a stage began; no clock is read where nothing records it.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct Timer(Option<Instant>);

    impl Timer {
        #[inline]
        pub(crate) fn start() -> Self {
            Self(is_on().then(Instant::now))
        }

        /// Reports whether a clock was read.
        #[inline]
        pub(crate) fn is_running(self) -> bool {
            self.0.is_some()
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

    /// Whether a recorder was seen. One that is installed for the process stays.
    static IS_ON: AtomicBool = AtomicBool::new(false);

    /// Reports whether there is a recorder: without one no clock is read and no label is put together.
    #[inline]
    pub(crate) fn is_on() -> bool {
        // A number of its own, on which nothing else depends.
        IS_ON.load(Ordering::Relaxed) || look_for_recorder()
    }

    /// Looks for a recorder. The facade has no query for it, and hides which recorder there is; but a
    /// handle reads the number of a value only where a recorder made the handle. Recorded no times, the
    /// number changes nothing.
    fn look_for_recorder() -> bool {
        let is_on = Cell::new(false);
        of_stage(Stage::Decode).record_many(Probe(&is_on), 0);
        if is_on.get() {
            IS_ON.store(true, Ordering::Relaxed);
        }
        is_on.get()
    }
}

#[cfg(not(feature = "metrics"))]
mod on {
    use crate::metrics::{CallAnswer, Stage};

    #[inline]
    pub(crate) const fn is_on() -> bool {
        false
    }

    #[inline]
    pub(crate) fn announce() {}

    #[inline]
    pub(crate) fn call(_: &str, _: &str, _: &str, _: Option<&str>) {}

    #[derive(Debug, Default)]
    pub(crate) struct NoBegunCall(());

    pub(crate) use self::NoBegunCall as BegunCall;

    #[allow(clippy::unused_self)] // as the one that counts
    impl NoBegunCall {
        #[inline]
        pub(crate) fn begin(&self) {}

        #[inline]
        pub(crate) fn end(&self) {}

        #[inline]
        pub(crate) fn refuse(&self, _: &str, _: &str) {}
    }

    #[derive(Debug, Default)]
    pub(crate) struct NoOpenCall(());

    pub(crate) use self::NoOpenCall as OpenCall;

    #[allow(clippy::unused_self)] // as the one that counts
    impl NoOpenCall {
        #[inline]
        pub(crate) fn open(&self, _: &str, _: Option<&str>) {}

        #[inline]
        pub(crate) fn close(&self, _: CallAnswer) {}
    }

    #[inline]
    #[cfg(feature = "dns")]
    pub(crate) fn dns_lookup(_: &str) {}

    #[inline]
    pub(crate) fn replay_entries(_: usize, _: usize) {}

    #[inline]
    pub(crate) fn unproven_bytes(_: usize, _: usize) {}

    #[inline]
    pub(crate) fn detached(_: usize, _: usize) {}

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
        pub(crate) fn is_running(self) -> bool {
            false
        }

        #[inline]
        #[allow(clippy::unused_self)] // as the one that records
        pub(crate) fn stop(self, _: Stage) {}
    }
}
