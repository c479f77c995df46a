//! How long a database may take. A server that hangs, or a network that loses packets, gives neither an answer nor an
//! error: without a timeout its caller would wait for ever.

use std::time::Duration;

use super::error::{Error, Result};

/// The wait for a connection, a lock, or the one writer of SQLite. After it the sender gets 503.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// One statement, which may wait for locks meanwhile.
pub(super) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(15);

/// A query that reads every row of a table: there may be hundreds of millions.
pub(super) const SCAN_TIMEOUT: Duration = Duration::from_secs(120);

/// One statement that compares, copies or deletes the rows of a whole table.
pub(super) const WHOLE_TABLE_TIMEOUT: Duration = Duration::from_secs(900);

/// A health check, and the end of a connection.
pub(super) const PING_TIMEOUT: Duration = Duration::from_secs(3);

/// Waits for a step, but no longer than a timeout.
///
/// # Errors
/// Those of the step, and [`Error::Away`] when it takes longer.
pub(super) async fn within<T, E: Into<Error>>(
    timeout: Duration,
    step: impl Future<Output = Result<T, E>>,
) -> Result<T> {
    match tokio::time::timeout(timeout, step).await {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(Error::Away(format!("it has not answered for {} s", timeout.as_secs()))),
    }
}
