//! Logs: to the terminal, and to one file a start.

use std::io::IsTerminal;
use std::path::Path;

use anyhow::Context;
use chrono::Utc;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// What is logged by default. The HTTP library logs an error for every request that it cannot read; anybody can send
/// many of these. Answers that break off are logged by `http`.
const DEFAULT_FILTER: &str = "info,actix_http::h1::dispatcher=off";

/// Starts logging to stdout and to `{name}_20210727T160208Z.log` in a folder, which is made if need be.
/// `RUST_LOG` filters; by default INFO, WARN and ERROR pass. Dropping the guard flushes the file.
///
/// # Errors
/// When the file cannot be created.
pub fn start(name: &str, folder: &Path) -> anyhow::Result<WorkerGuard> {
    let file = format!("{name}_{}.log", Utc::now().format("%Y%m%dT%H%M%SZ"));
    let path = folder.join(&file);
    std::fs::create_dir_all(folder)
        // Two starts within a second share a file.
        .and_then(|()| std::fs::File::options().append(true).create(true).open(&path).map(drop))
        .with_context(|| format!("the log file {} cannot be created; see LOG_DIR", path.display()))?;
    let appender = tracing_appender::rolling::never(folder, file);
    // Non-lossy: a line that was logged is written, even if that slows the process down.
    let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(appender);
    let filter = || EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    tracing_subscriber::registry()
        .with(
            fmt::layer().with_ansi(std::io::stdout().is_terminal()).with_target(false).with_filter(filter()),
        )
        .with(fmt::layer().with_ansi(false).with_target(false).with_writer(writer).with_filter(filter()))
        .init();
    // A panic's message may quote a cell, so only its place is told.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a fault of this program: it panicked");
    }));
    Ok(guard)
}
