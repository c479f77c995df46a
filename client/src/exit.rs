//! Exit codes, for scripts.

use std::process::ExitCode;

use dictionary::wire::{Counts, Ending};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All rows are inserted, or the command did what it is for.
    Success,
    /// The command could not do what it is for.
    Failure,
    /// Some rows are rejected.
    SomeRejected,
    /// The API would not start with the dictionary.
    WouldNotStart,
    /// No row is inserted.
    NoneInserted,
    /// The arguments are wrong (sysexits.h: EX_USAGE).
    Usage,
    /// The user stopped the command (like a shell after SIGINT: 128 + 2).
    Stopped,
}

/// The user stopped the command. The text says what this means for the data.
#[derive(Debug, thiserror::Error)]
#[error("stopped; {0}")]
pub struct Stopped(pub &'static str);

impl Exit {
    /// The exit code for the counts of judged rows.
    pub fn of(counts: &Counts) -> Exit {
        match counts.ending() {
            Ending::All => Exit::Success,
            Ending::Some => Exit::SomeRejected,
            Ending::None => Exit::NoneInserted,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::SomeRejected | Exit::WouldNotStart => 2,
            Exit::NoneInserted => 3,
            Exit::Usage => 64,
            Exit::Stopped => 130,
        })
    }
}
