//! The progress bar. It is only shown on a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::print;

/// A progress bar, hidden until it starts. Remarks are printed through it, so that they do not damage the bar.
#[derive(Clone)]
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar that is not started.
    pub fn hidden() -> Progress {
        Progress(ProgressBar::hidden())
    }

    /// Shows the bar, for a number of bytes.
    pub fn start(&self, length: u64) {
        if std::io::stderr().is_terminal() {
            self.0.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.0.set_length(length);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent}% {msg}") {
            self.0.set_style(style);
        }
    }

    /// Shows a spinner and the elapsed time, for work of unknown length.
    pub fn wait(&self, what: &str) {
        if std::io::stderr().is_terminal() {
            self.0.set_draw_target(ProgressDrawTarget::stderr());
        }
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            self.0.set_style(style);
        }
        self.0.reset();
        self.0.set_message(what.to_owned());
        self.0.enable_steady_tick(Duration::from_millis(100));
    }

    /// Adds bytes that are done, and shows the rows so far.
    pub fn advance(&self, bytes: u64, rows: u64, rejected: u64, elapsed: Duration) {
        self.0.inc(bytes);
        let [rows_shown, rejected, speed] =
            [rows, rejected, per_second(rows, elapsed)].map(|n| HumanCount(n).to_string());
        self.0.set_message(format!("{rows_shown} rows, {rejected} rejected, {speed} rows/s"));
    }

    /// Removes the bar.
    pub fn end(&self) {
        self.0.finish_and_clear();
    }

    /// Prints a remark to standard error.
    pub fn remark(&self, text: &str) {
        self.0.suspend(|| print::remark(text));
    }
}

/// Whole rows per second.
pub fn per_second(rows: u64, elapsed: Duration) -> u64 {
    (rows as f64 / elapsed.as_secs_f64().max(0.001)) as u64
}
