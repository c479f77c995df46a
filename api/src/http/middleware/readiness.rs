//! Requests are refused while the service cannot serve them.

use crate::http::problem::{Code, Problem};
use crate::state::Phase;

/// Refuses a request for a path that is not served in this phase.
pub fn check(phase: Phase, path: &str) -> Result<(), Problem> {
    let under = |prefixes: &[&str]| prefixes.iter().any(|prefix| path.starts_with(prefix));
    let open = under(&["/health/", "/batches", "/assets/"]);
    match phase {
        Phase::Starting if !open => {
            Err(Problem::new(Code::NotReady, "the database is being opened; try again in a second"))
        }
        Phase::Loading if !open => {
            Err(Problem::new(Code::NotReady, "history is being loaded; /batches shows how far it is"))
        }
        Phase::Stopping if !under(&["/health/"]) => {
            Err(Problem::new(Code::Stopping, Code::Stopping.explanation()))
        }
        Phase::Starting | Phase::Loading | Phase::Ready | Phase::Stopping => Ok(()),
    }
}
