//! The client's log: one file for each start. Only the command's own output goes to the terminal.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use chrono::Utc;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::print;

/// Lines that may wait for the file.
const WAITING: usize = 16_384;

/// How long the process waits at its end for the file to take the last lines.
const LAST_LINES_TIMEOUT: Duration = Duration::from_secs(3);

/// The log of a process. Dropping it writes the lines that wait, as long as the file takes them in time.
pub struct Log {
    path: PathBuf,
    lost: ErrorCounter,
    guard: Option<WorkerGuard>,
}

/// Starts logging to `client_20210727T160208Z.log` in a folder, which is made if need be. Where that is
/// not possible it says so, and the command goes on without a log. Logging never waits: lines that the file does not
/// take are lost, which is said at the end.
pub fn start(folder: &Path) -> Option<Log> {
    let path = folder.join(format!("client_{}.log", Utc::now().format("%Y%m%dT%H%M%SZ")));
    let created =
        std::fs::create_dir_all(folder).and_then(|()| File::options().append(true).create(true).open(&path));
    let file = match created {
        Ok(file) => file,
        Err(error) => {
            print::remark(&format!("warning: no log, {} cannot be written: {error}", path.display()));
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
            print::remark(&format!("warning: {lost} log lines were lost: {path} did not take them"));
        }
        // A guard waits for a second, and may then print to stdout, which may block: so that is done elsewhere.
        let (sender, ended) = mpsc::channel::<()>();
        let guard = self.guard.take();
        std::thread::spawn(move || {
            drop(guard);
            drop(sender);
        });
        let _ends_when_it_is_dropped = ended.recv_timeout(LAST_LINES_TIMEOUT);
    }
}
