//! Exit codes, for scripts.

use std::process::ExitCode;

use dictionary::wire::{Counts, Ending};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All rows went in, or the command did what it is for.
    Success,
    /// It could not.
    Failure,
    /// Some rows were rejected.
    SomeRejected,
    /// All rows were rejected.
    NoneInserted,
    /// The arguments are wrong (sysexits.h: EX_USAGE).
    Usage,
    /// Somebody stopped it (as a shell says it of SIGINT: 128 + 2).
    Stopped,
}

/// Somebody stopped the command, and what that leaves.
#[derive(Debug, thiserror::Error)]
#[error("stopped; {0}")]
pub struct Stopped(pub &'static str);

impl Exit {
    /// For rows that were judged.
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
            Exit::SomeRejected => 2,
            Exit::NoneInserted => 3,
            Exit::Usage => 64,
            Exit::Stopped => 130,
        })
    }
}
