//! Sends a request again until the API answers it.

use std::time::{Duration, Instant};

use anyhow::bail;
use reqwest::RequestBuilder;

use super::Gateway;
use super::answer::Answer;

/// The longest pause between two attempts, unless the API asks for a longer one in `Retry-After`.
const MAX_PAUSE: Duration = Duration::from_secs(10);

impl Gateway {
    /// Sends a request until the API gives an answer that is not temporary. Returns the answer and the number of
    /// attempts.
    ///
    /// # Errors
    /// When `retry_for` is over. The sentence ends with `advice`, which says what to do.
    pub(super) async fn send(
        &self,
        advice: &str,
        request: impl Fn() -> RequestBuilder,
    ) -> anyhow::Result<(Answer, u32)> {
        let mut failing = None;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let (why, pause) = match self.send_once(request()).await {
                Ok(answer) if !answer.is_temporary() => return Ok((answer, attempt)),
                Ok(answer) => (self.asks_to_wait(&answer), answer.retry_after()),
                Err(error) if error.is_builder() => return Err(error.without_url().into()),
                Err(error) => (self.does_not_answer(&error), None),
            };
            let since = *failing.get_or_insert_with(Instant::now);
            let pause = pause.unwrap_or_default().max(backoff(attempt));
            if since.elapsed() + pause > self.timeouts.retry_for {
                match since.elapsed().as_secs() {
                    0 => bail!("{why}; {advice}"),
                    seconds => bail!("{why}; the client gave up after {seconds} s; {advice}"),
                }
            }
            tracing::warn!(attempt, pause_ms = pause.as_millis() as u64, "{why}; trying again");
            if self.outage_messages.is_due() {
                let seconds = self.timeouts.retry_for.as_secs();
                self.progress.remark(&format!("{why}; trying again for up to {seconds} s"));
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// Makes one attempt.
    ///
    /// # Errors
    /// When there is no complete answer.
    pub(super) async fn send_once(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        Answer::read(request.send().await?, &self.address).await
    }

    fn asks_to_wait(&self, answer: &Answer) -> String {
        let reason = match (answer.status.as_u16(), answer.problem()) {
            (409, _) => "the API is still working on the same rows".to_owned(),
            (_, Some(problem)) => problem.detail,
            _ => answer.status.to_string(),
        };
        format!(
            "the API at {} asks the client to try again later ({})",
            self.address,
            reason.trim_end_matches('.')
        )
    }

    pub(super) fn does_not_answer(&self, error: &reqwest::Error) -> String {
        let reason = if error.is_timeout() && error.is_connect() {
            "no connection in time".to_owned()
        } else if error.is_timeout() {
            "no answer in time; a larger --timeout waits longer".to_owned()
        } else {
            root(error)
        };
        format!("the API at {} does not answer ({reason})", self.address)
    }
}

/// The pause after an attempt: exponential, with jitter, so that clients that failed at the same time do not all
/// try again at the same time.
fn backoff(attempt: u32) -> Duration {
    let longest = Duration::from_millis(100 << attempt.min(10)).min(MAX_PAUSE);
    longest.mul_f64(fastrand::f64().mul_add(0.5, 0.5))
}

/// The innermost cause: the part of the error that a person can act on.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_no_two_clients_keep_the_same() {
        for attempt in 1..=40 {
            let pauses: Vec<_> = (0..50).map(|_| backoff(attempt)).collect();
            let most = Duration::from_millis(100 << attempt.min(10)).min(MAX_PAUSE);
            assert!(pauses.iter().all(|pause| (most / 2..=most).contains(pause)), "{attempt}: {pauses:?}");
            assert!(pauses.iter().collect::<HashSet<_>>().len() > 40, "{attempt}: {pauses:?}");
        }
    }
}
