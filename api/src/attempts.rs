//! Runs a transaction again when the database refused it for a reason that may pass.

use std::time::{Duration, Instant};

use crate::store::Error;

/// How often and how long a transaction is tried.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Attempts, the first one included.
    pub attempts: u32,
    /// No attempt begins after this time: the database may take long to fail.
    pub timeout: Duration,
    /// The pause after the first attempt. It doubles with each further one.
    pub pause: Duration,
}

/// The attempts to run one transaction.
#[derive(Debug)]
pub struct Attempts {
    limits: Limits,
    started: Instant,
    failed: u32,
    may_be_stored: bool,
}

impl Attempts {
    /// Before the first attempt. `may_be_stored` says that an earlier transaction with the same content may have
    /// committed.
    pub fn new(limits: Limits, may_be_stored: bool) -> Attempts {
        Attempts { limits, started: Instant::now(), failed: 0, may_be_stored }
    }

    /// Whether an attempt may have committed, because the database went away while it did.
    pub fn may_be_stored(&self) -> bool {
        self.may_be_stored
    }

    /// Takes the error of an attempt, and waits until the next attempt may begin.
    ///
    /// # Errors
    /// What the sender is answered when there is no further attempt: [`Error::Unknown`] if the transaction may be
    /// stored, and [`Error::Busy`] if it lost against others each time.
    pub async fn failed(&mut self, error: Error) -> Result<(), Error> {
        self.failed += 1;
        let is_last = self.failed >= self.limits.attempts || self.started.elapsed() > self.limits.timeout;
        let may_help = match error {
            Error::Lost | Error::Away(_) | Error::Unknown(_) => true,
            // The sender has waited for as long as a lock may take.
            Error::Busy => false,
            Error::Denied(_) | Error::ReadOnly | Error::Full | Error::Missing(_) | Error::Fault(_) => false,
        };
        self.may_be_stored |= matches!(error, Error::Unknown(_));
        if !may_help || is_last {
            return Err(self.answer(error));
        }
        tracing::warn!(attempt = self.failed, "{error}; the transaction runs again");
        tokio::time::sleep(self.pause()).await;
        Ok(())
    }

    fn answer(&self, error: Error) -> Error {
        if self.may_be_stored {
            // Whatever has happened since.
            return Error::Unknown(error.to_string());
        }
        if matches!(error, Error::Lost) { Error::Busy } else { error }
    }

    /// With jitter, so that transactions that conflicted do not conflict again.
    fn pause(&self) -> Duration {
        let doubled = self.limits.pause * 2_u32.pow(self.failed - 1);
        doubled.mul_f64(fastrand::f64().mul_add(0.5, 0.5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Limits = Limits { attempts: 2, timeout: Duration::MAX, pause: Duration::ZERO };

    #[tokio::test]
    async fn what_may_be_stored_is_never_answered_as_if_it_were_not() {
        for last in [Error::Lost, Error::Busy, Error::Full, Error::Away(String::new())] {
            let mut attempts = Attempts::new(TWO, false);
            attempts.failed(Error::Unknown("reset".to_owned())).await.expect("another attempt");
            let answer = attempts.failed(last).await.expect_err("no further attempt");
            assert!(matches!(answer, Error::Unknown(_)), "{answer}");
        }
    }

    #[tokio::test]
    async fn only_what_may_pass_is_tried_again_and_a_lost_transaction_ends_as_busy() {
        let mut attempts = Attempts::new(TWO, false);
        attempts.failed(Error::Lost).await.expect("another attempt");
        assert!(matches!(attempts.failed(Error::Lost).await, Err(Error::Busy)));
        assert!(matches!(Attempts::new(TWO, false).failed(Error::Full).await, Err(Error::Full)));
        assert!(matches!(Attempts::new(TWO, false).failed(Error::Busy).await, Err(Error::Busy)));
    }
}
