//! The API's program. All of it is in the library: see `process.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    api::process::run()
}
