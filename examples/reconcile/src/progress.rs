//! What a long run shows on a terminal.

use crate::args::Source;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Shorter runs end before it can be read.
const LONG_RUN: Duration = Duration::from_secs(2);

/// The progress of one list. How long it is, is not known: counting takes the API longer than the list.
pub(crate) struct Progress {
    bar: ProgressBar,
    began: Instant,
    is_shown: Cell<bool>,
}

impl Progress {
    pub(crate) fn new(source: Source) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) =
            ProgressStyle::with_template("{spinner} {prefix}: {pos} ({per_sec}), {msg}")
        {
            bar.set_style(style);
        }
        bar.set_prefix(source.to_string());
        Self { bar, began: Instant::now(), is_shown: Cell::new(false) }
    }

    /// Shows how many were written, and up to where.
    pub(crate) fn set(&self, written: u64, id: u64) {
        if !self.is_shown.get() && self.began.elapsed() >= LONG_RUN {
            // Which draws on terminals only.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.is_shown.set(true);
        }
        self.bar.set_message(format!("up to id {id}"));
        self.bar.set_position(written);
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
