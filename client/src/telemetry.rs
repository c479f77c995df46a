//! The client's log: one file for each run. The log never goes to the terminal.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use chrono::Utc;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::print;

/// How many lines may wait to be written.
const WAITING: usize = 16_384;

/// How long the process waits at its end until the last lines are written.
const LAST_LINES_TIMEOUT: Duration = Duration::from_secs(3);

/// The log of a process. Dropping it writes the waiting lines, for at most 3 s.
pub struct Log {
    path: PathBuf,
    lost: ErrorCounter,
    guard: Option<WorkerGuard>,
}

/// Starts a log file such as `client_20210727T160208Z.log` in a folder, and creates the folder. If this fails, it prints
/// a warning, and the command runs without a log. Logging never waits: lines that cannot be written in time are
/// lost, and a warning at the end says how many.
pub fn start(folder: &Path) -> Option<Log> {
    let path = folder.join(format!("client_{}.log", Utc::now().format("%Y%m%dT%H%M%SZ")));
    let created =
        std::fs::create_dir_all(folder).and_then(|()| File::options().append(true).create(true).open(&path));
    let file = match created {
        Ok(file) => file,
        Err(error) => {
            print::remark(&format!(
                "warning: there is no log, because {} cannot be written: {error}; see --log-dir",
                path.display()
            ));
            return None;
        }
    };
    let (writer, guard) =
        NonBlockingBuilder::default().lossy(true).buffered_lines_limit(WAITING).finish(file);
    let lost = writer.error_counter();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_target(false)
        .with_env_filter(filter)
        .with_writer(writer)
        .init();
    Some(Log { path, lost, guard: Some(guard) })
}

impl Drop for Log {
    fn drop(&mut self) {
        let lost = self.lost.dropped_lines();
        if lost > 0 {
            let path = self.path.display();
            print::remark(&format!(
                "warning: {lost} log lines are lost: they could not be written to {path} in time"
            ));
        }
        // Dropping the guard waits for a second and may then print to stdout, which can block. So a separate thread does it.
        let (sender, ended) = mpsc::channel::<()>();
        let guard = self.guard.take();
        std::thread::spawn(move || {
            drop(guard);
            drop(sender);
        });
        let _ends_when_it_is_dropped = ended.recv_timeout(LAST_LINES_TIMEOUT);
    }
}
