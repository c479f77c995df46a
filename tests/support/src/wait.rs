//! Waiting for a condition, and printing from a test that passes.

use std::io::Write;
use std::time::{Duration, Instant};

/// How long a test waits for what must happen.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// Waits until a condition holds. `what` completes the sentence "timed out waiting until ...".
///
/// # Panics
///
/// After 60 seconds.
pub async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !condition().await {
        assert!(start.elapsed() < DEADLINE, "timed out after {} s waiting until {what}", DEADLINE.as_secs());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Prints a line although the test passes: the test harness captures only what `print!` writes.
pub fn print_line(line: &str) {
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).unwrap();
}
