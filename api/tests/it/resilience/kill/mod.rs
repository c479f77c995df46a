//! SIGKILL at any moment. `KILLS=50 cargo test -p api --test it kill::` is the long run.

mod backups;
mod history;
