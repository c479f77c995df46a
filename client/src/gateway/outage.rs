//! An outage of the API: how long the client waits, and how often it says so.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The shortest time between two messages about an outage.
const MESSAGE_INTERVAL: Duration = Duration::from_secs(60);

/// How long the client waits for the API.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For one answer.
    pub timeout: Duration,
    /// In total, from the first failed attempt on.
    pub retry_for: Duration,
}

/// When the last message about an outage was printed.
#[derive(Debug, Default)]
pub struct OutageMessages(Mutex<Option<Instant>>);

impl OutageMessages {
    /// Whether the next message is due; if so, its time counts from now.
    pub(super) fn is_due(&self) -> bool {
        let Ok(mut last) = self.0.lock() else { return false };
        let due = last.is_none_or(|last| last.elapsed() > MESSAGE_INTERVAL);
        if due {
            *last = Some(Instant::now());
        }
        due
    }
}
