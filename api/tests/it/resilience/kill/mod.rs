//! SIGKILL at any moment. `KILLS=50 cargo test -p api --test it kill::` is the long run.
//!
//! - `history`: inside a history load
//! - `backups`: inside backups and restores

mod backups;
mod history;
