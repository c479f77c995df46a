//! Logs: to the terminal, and to one file a start.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context;
use chrono::Utc;
use tracing_appender::non_blocking::{NonBlocking, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::output::{self, Lost};

/// What is logged by default. The HTTP library logs an error for every request that it cannot read; any client can send
/// many of these. Responses that end too early are logged by `http`.
const DEFAULT_FILTER: &str = "info,actix_http::h1::dispatcher=off";

/// How long the process waits at its end for outputs to take the last lines.
const LAST_LINES_TIMEOUT: Duration = Duration::from_secs(3);

/// The logs of a process. Dropping them writes the lines that wait, as long as the outputs take them in time.
pub struct Logs {
    outputs: Vec<Output>,
}

struct Output {
    name: &'static str,
    guard: WorkerGuard,
    lost: Lost,
}

/// Starts logging to stdout and to `{name}_20210727T160208Z.log` in a folder, which is made if need be.
/// `RUST_LOG` filters; by default INFO, WARN and ERROR pass. Logging never waits: lines that stdout or the file does not
/// take are lost and counted.
///
/// # Errors
/// When the file cannot be created.
pub fn start(name: &str, folder: &Path) -> anyhow::Result<Logs> {
    let path = folder.join(format!("{name}_{}.log", Utc::now().format("%Y%m%dT%H%M%SZ")));
    let file = std::fs::create_dir_all(folder)
        // Two starts within a second share a file.
        .and_then(|()| File::options().append(true).create(true).open(&path))
        .with_context(|| format!("the log file {} cannot be created; see LOG_DIR", path.display()))?;
    let is_terminal = io::stdout().is_terminal();
    let (to_stdout, stdout) = open("stdout", stdout().context("stdout cannot be opened")?);
    let (to_file, file) = open("the log file", file);
    let filter = || EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let (to_stdout, to_file) = (fmt::layer().with_writer(to_stdout), fmt::layer().with_writer(to_file));
    tracing_subscriber::registry()
        .with(to_stdout.with_ansi(is_terminal).with_target(false).with_filter(filter()))
        .with(to_file.with_ansi(false).with_target(false).with_filter(filter()))
        .init();
    // A panic's message may quote a cell, so only its place is logged.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a fault of this program: it panicked");
    }));
    Ok(Logs { outputs: vec![stdout, file] })
}

fn open(name: &'static str, output: File) -> (NonBlocking, Output) {
    let (lines, guard, lost) = output::start(output);
    (lines, Output { name, guard, lost })
}

/// Stdout without the lock and the buffer of the standard library, for which others would wait while a line is written.
fn stdout() -> io::Result<File> {
    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

impl Drop for Logs {
    fn drop(&mut self) {
        for Output { name, lost, .. } in &self.outputs {
            let lost = lost.count();
            if lost > 0 {
                tracing::warn!("{lost} log lines were lost: {name} did not take them");
            }
        }
        // A guard waits for a second, and may then print to stdout, which may block: so that is done elsewhere.
        let (sender, ended) = mpsc::channel();
        for Output { guard, .. } in self.outputs.drain(..) {
            let sender = sender.clone();
            std::thread::spawn(move || {
                drop(guard);
                drop(sender);
            });
        }
        drop(sender);
        let _ends_when_all_are_dropped: Result<(), _> = ended.recv_timeout(LAST_LINES_TIMEOUT);
    }
}
