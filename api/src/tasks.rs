//! Tasks that ended without a result.

use tokio::task::JoinError;

/// Why a task gave no result. The error's own text is left out: it quotes the panic, which may quote a cell.
pub fn failure(error: &JoinError) -> &'static str {
    if error.is_panic() { "the task for it panicked" } else { "the task for it was cancelled" }
}
