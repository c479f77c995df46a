//! How long a database may take. One that is frozen, or whose network drops what is sent, answers
//! nothing and refuses nothing: without a limit, whoever asks it waits for ever.

use std::time::Duration;

use super::{Error, Result};

/// The wait for a connection, or for the one writer. After it the sender gets 503.
pub(super) const TURN: Duration = Duration::from_secs(5);

/// For one statement, which may wait for locks of others meanwhile.
pub(super) const STATEMENT: Duration = Duration::from_secs(15);

/// For a question that looks at every row: hundreds of millions of them.
pub(super) const SCAN: Duration = Duration::from_secs(120);

/// For one statement over a whole table, which may have hundreds of millions of rows.
pub(super) const WHOLE_TABLE: Duration = Duration::from_secs(900);

/// For a sign of life, and for a farewell.
pub(super) const SIGN: Duration = Duration::from_secs(3);

/// What comes of a step within a time.
///
/// # Errors
/// Those of the step, and [`Error::Away`] when it takes longer.
pub(super) async fn within<T, E: Into<Error>>(
    limit: Duration,
    step: impl Future<Output = Result<T, E>>,
) -> Result<T> {
    match tokio::time::timeout(limit, step).await {
        Ok(result) => result.map_err(Into::into),
        Err(_) => Err(Error::Away(format!("it has not answered for {} s", limit.as_secs()))),
    }
}
