//! Programs that tests need and that are not ours. Where one is missing its claims are left out, which in CI is a failure.
//! `test.sh` installs them in `target/tools`.

use std::path::PathBuf;
use std::process::Command;

use crate::{Program, repository};

/// Python with fastavro, another implementation of Avro.
pub fn fastavro() -> Option<PathBuf> {
    let python = tool("PYTHON", "python/bin/python");
    let there =
        Command::new(&python).args(["-c", "import fastavro"]).status().is_ok_and(|status| status.success());
    present(there, "Python with fastavro").then_some(python)
}

/// s3s-fs, a server that speaks S3 and keeps its objects as files.
pub fn s3_server() -> Option<PathBuf> {
    let server = tool("S3S_FS", "bin/s3s-fs");
    let there = Command::new(&server).arg("--version").output().is_ok();
    present(there, "s3s-fs").then_some(server)
}

/// Whether strace is there and may trace.
pub fn strace() -> bool {
    let traces = Command::new("strace").args(["-o", "/dev/null", "true"]).status();
    present(traces.is_ok_and(|status| status.success()), "strace, or the right to use it")
}

/// The client's program, which cargo puts into the folder of the API's where it builds the workspace.
pub fn client(api: Program) -> Option<PathBuf> {
    let client = api.path().with_file_name("client");
    present(client.exists(), "the client's program (cargo build -p client)").then_some(client)
}

/// By the variable of its name, or where `test.sh` puts it.
fn tool(variable: &str, path: &str) -> PathBuf {
    let tools = repository().join("target/tools");
    std::env::var_os(variable).map_or_else(|| tools.join(path), PathBuf::from)
}

fn present(there: bool, what: &str) -> bool {
    if !there {
        leave_out(&format!("claims that need {what}, which is not installed: ./test.sh installs it"));
    }
    there
}

/// Says which claims do not run, and why. In CI nothing may be left out.
pub(crate) fn leave_out(claims: &str) {
    assert!(!std::env::var("CI").is_ok_and(|ci| ci == "true"), "{claims}");
    eprintln!("LEFT OUT: {claims}");
}
