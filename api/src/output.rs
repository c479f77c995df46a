//! An output of log lines that nothing waits for.
//!
//! A separate thread writes the lines. Lines that it does not take in time, or cannot write, are lost. They are
//! counted, and the output reports the count as soon as it takes lines again.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use chrono::Utc;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// Lines that may wait for an output: a few megabytes.
const WAITING: usize = 16_384;

/// Starts an output; returns what takes the lines, what ends the output, and what counts the lines that are lost.
/// Dropping the guard writes the lines that wait, for about a second at the most.
pub fn start(output: impl Write + Send + 'static) -> (NonBlocking, WorkerGuard, Lost) {
    let lost = Lost::default();
    let writer = Reporting { output, lost: lost.clone(), reported: 0, since_report: 0 };
    let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(WAITING);
    let (lines, guard) = builder.finish(writer);
    lost.0.not_taken.get_or_init(|| lines.error_counter());
    (lines, guard, lost)
}

/// How many lines an output has lost.
#[derive(Clone, Default)]
pub struct Lost(Arc<Counts>);

#[derive(Default)]
struct Counts {
    /// Lines that found too many others waiting.
    not_taken: OnceLock<ErrorCounter>,
    /// Lines that could not be written.
    not_written: AtomicUsize,
}

impl Lost {
    pub fn count(&self) -> usize {
        let not_taken = self.0.not_taken.get().map_or(0, ErrorCounter::dropped_lines);
        not_taken + self.0.not_written.load(Ordering::Relaxed)
    }
}

/// Writes lines, and reports how many were lost.
struct Reporting<W> {
    output: W,
    lost: Lost,
    /// How many lost lines it has reported.
    reported: usize,
    /// How many lines it has written since it looked for lost ones.
    since_report: usize,
}

impl<W: Write> Reporting<W> {
    fn report(&mut self) {
        self.since_report = 0;
        let lost = self.lost.count();
        if lost == self.reported {
            return;
        }
        let (time, more) = (Utc::now().format("%Y-%m-%dT%H:%M:%S%.6fZ"), lost - self.reported);
        let line = format!("{time}  WARN {more} log lines were lost: this output did not take them\n");
        if self.output.write_all(line.as_bytes()).is_ok() {
            self.reported = lost;
        }
    }
}

impl<W: Write> Write for Reporting<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.write_all(line).map(|()| line.len())
    }

    fn write_all(&mut self, line: &[u8]) -> io::Result<()> {
        let written = self.output.write_all(line);
        if written.is_err() {
            self.lost.0.not_written.fetch_add(1, Ordering::Relaxed);
        }
        self.since_report += 1;
        // Lines that were lost came after all those that waited then.
        if self.since_report == WAITING {
            self.report();
        }
        written
    }

    /// Called whenever no line waits.
    fn flush(&mut self) -> io::Result<()> {
        self.report();
        self.output.flush()
    }
}
