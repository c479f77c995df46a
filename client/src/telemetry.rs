//! The client's log: one file a start. The terminal belongs to the command's own output.

use std::path::Path;

use chrono::Utc;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

use crate::print;

/// Starts logging to `client_20210727T160208Z.log` in a folder, which is made if need be. Where that is
/// not possible it says so, and the command goes on without a log. Dropping the guard flushes the file.
pub fn start(folder: &Path) -> Option<WorkerGuard> {
    let file = format!("client_{}.log", Utc::now().format("%Y%m%dT%H%M%SZ"));
    let path = folder.join(&file);
    let created = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::File::options().append(true).create(true).open(&path));
    if let Err(error) = created {
        print::remark(&format!("warning: no log, {} cannot be written: {error}", path.display()));
        return None;
    }
    let appender = tracing_appender::rolling::never(folder, file);
    let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(appender);
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_target(false)
        .with_env_filter(filter)
        .with_writer(writer)
        .init();
    Some(guard)
}
