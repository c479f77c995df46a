//! The failures of a database, grouped by what the caller can do about them.

use super::differences::Differences;

/// What every function of the store returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

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

impl Error {
    /// Whether a later attempt may succeed although nobody has changed anything.
    pub fn may_pass(&self) -> bool {
        matches!(self, Error::Busy | Error::Lost | Error::Away(_) | Error::Unknown(_))
    }
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A setting is wrong, or a table differs: trying again does not help.
    #[error("{0}")]
    Refused(String),
    /// Tables differ from the dictionary in more than what a change widens.
    #[error("{0}")]
    Differs(Differences),
    /// It cannot be reached now.
    #[error(transparent)]
    Store(#[from] Error),
}

impl OpenError {
    /// Whether a later attempt may succeed although nobody has changed anything.
    pub fn may_pass(&self) -> bool {
        matches!(self, OpenError::Store(error) if error.may_pass())
    }
}

/// A refusal to start, in a sentence.
pub(super) fn refused(why: &str) -> OpenError {
    OpenError::Refused(why.to_owned())
}
