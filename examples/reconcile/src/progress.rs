//! What a long run shows on a terminal.

use crate::args::Source;
use indicatif::{HumanFloatCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::time::Duration;

/// Shorter runs end before it can be read.
const LONG_RUN: Duration = Duration::from_secs(2);
/// How often it moves, also while the API is waited for.
const TICK: Duration = Duration::from_millis(250);
const TEMPLATE: &str = "{spinner} {prefix}: {human_pos} entities, {msg}, {rate}, {elapsed}";

/// The progress of one list; clones are handles of it. How long the list is, is not known: counting takes the
/// API longer than the list.
#[derive(Clone)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(source: Source) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style.with_key("rate", rate));
        }
        bar.set_prefix(source.to_string());
        Self(bar)
    }

    /// Shows how many were written, and up to where.
    pub(crate) fn set(&self, written: u64, id: u64) {
        if self.0.is_hidden() && self.0.elapsed() >= LONG_RUN {
            // Which draws on terminals only.
            self.0.set_draw_target(ProgressDrawTarget::stderr());
            self.0.enable_steady_tick(TICK);
        }
        self.0.set_position(written);
        self.0.set_message(format!("up to id {id}"));
    }

    /// Writes a line that stays, above the progress.
    pub(crate) fn note(&self, text: &str) {
        self.0.suspend(|| eprintln!("{text}"));
    }

    pub(crate) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// Writes the rate without decimals; indicatif's own has four.
fn rate(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    // It shows less where it can't be written.
    let _ = write!(out, "{}/s", HumanFloatCount(state.per_sec().round()));
}
