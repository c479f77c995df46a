//! The failures of a database, grouped by what the caller can do about them.

use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;

/// A failure of the store. None of its texts holds a cell's value or a password.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many writers wait, or a lock was not free in time. Trying again later helps.
    #[error("the database is busy")]
    Busy,
    /// The transaction lost against another one. Running it again from its start helps.
    #[error("the transaction lost against another writer")]
    Lost,
    /// The database cannot be reached or cannot work now. Nothing of the transaction is stored.
    #[error("the database is away: {0}")]
    Away(String),
    /// The database went away while it committed: the transaction may be stored or not.
    #[error("the database went away while it committed: {0}")]
    Unknown(String),
    /// The account may not do what is needed, or names no database. With the server's error code.
    #[error("the database refuses the account, or has no such schema (error {0}); see DATABASE_URL")]
    Denied(u16),
    /// The database takes no writes.
    #[error("the database only reads; it needs to be writable")]
    ReadOnly,
    /// There is no space left to write to.
    #[error("the database's disk is full")]
    Full,
    /// The table of this name is missing, although it existed at the start.
    #[error("the table `{0}` is missing in the database")]
    Missing(String),
    /// A fault of this program or of the database file.
    #[error("the database failed: {0}")]
    Fault(String),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => super::engine::classify(database.as_ref())
                .unwrap_or_else(|| Error::Fault(describe(database.as_ref()))),
            sqlx::Error::PoolTimedOut => Error::Busy,
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Error::Away(error.to_string()),
            sqlx::Error::Io(io) if io.kind() == std::io::ErrorKind::StorageFull => Error::Full,
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => {
                Error::Away(error.to_string())
            }
            other => Error::Fault(other.to_string()),
        }
    }
}

/// A database error without its text, which may quote values.
fn describe(error: &dyn DatabaseError) -> String {
    let code = match error.try_downcast_ref::<MySqlDatabaseError>() {
        Some(error) => error.number().to_string(),
        None => error.code().unwrap_or_default().into_owned(),
    };
    format!("{:?}, code {code}", error.kind())
}

impl Error {
    /// Whether a later attempt may succeed although nobody has changed anything.
    pub fn may_pass(&self) -> bool {
        matches!(self, Error::Busy | Error::Lost | Error::Away(_) | Error::Unknown(_))
    }
}
