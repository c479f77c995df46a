//! A complete answer of the API.

use std::time::Duration;

use anyhow::{Context, anyhow};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use dictionary::wire::{Problem, names};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LINK, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;

use super::address::Address;

/// A response with its whole body.
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    /// The address that answered.
    from: String,
}

impl Answer {
    /// Reads a response to its end.
    ///
    /// # Errors
    /// When the connection ends before the body does.
    pub async fn read(response: Response, from: &Address) -> reqwest::Result<Answer> {
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer { status, headers, body: response.bytes().await?, from: from.to_string() })
    }

    /// Returns the answer if it is a success.
    ///
    /// # Errors
    /// When the status is not a success; the error is [`reason`](Answer::reason).
    pub fn accepted(self) -> anyhow::Result<Answer> {
        if self.status.is_success() { Ok(self) } else { Err(anyhow!(self.reason())) }
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body, parsed as JSON.
    ///
    /// # Errors
    /// When the body is not JSON of this type.
    pub fn json<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("the answer of {} is not one of this API; check --api-url", self.from))
    }

    /// Whether the API repeats the stored answer of an earlier request with the same idempotency key.
    pub fn is_repeated(&self) -> bool {
        self.headers.contains_key(names::IDEMPOTENT_REPLAYED)
    }

    /// Whether the API refuses the request because a different request already used its idempotency key.
    pub fn is_key_reused(&self) -> bool {
        self.is_problem(names::IDEMPOTENCY_KEY_REUSED)
    }

    /// Whether the body is a problem document with this code.
    fn is_problem(&self, code: &str) -> bool {
        let has_code = |problem: Problem| problem.kind.rsplit('/').next() == Some(code);
        self.problem().is_some_and(has_code)
    }

    /// The problem document (RFC 9457), if the body is one.
    pub fn problem(&self) -> Option<Problem> {
        let content_type = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let is_problem = content_type.starts_with(names::PROBLEM_JSON);
        is_problem.then(|| serde_json::from_slice(&self.body).ok())?
    }

    /// Why the API refuses the request, in a sentence.
    pub fn reason(&self) -> String {
        match self.problem() {
            Some(problem) if self.status.is_server_error() => {
                format!("{} (request {})", problem.detail.trim_end_matches('.'), problem.request_id)
            }
            Some(problem) => problem.detail,
            None => format!(
                "{} answered {}, which is not an answer of this API; check --api-url",
                self.from, self.status
            ),
        }
    }

    /// Whether the same request may succeed later. The only temporary conflict (409) is that the API is still
    /// working on the same request.
    pub fn is_temporary(&self) -> bool {
        match self.status.as_u16() {
            408 | 429 | 502 | 503 | 504 => true,
            409 => self.is_problem(names::IDEMPOTENCY_KEY_IN_FLIGHT),
            _ => false,
        }
    }

    /// How long the API asks the client to wait: `Retry-After` as seconds or a date (RFC 9110 section 10.2.3).
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?;
        let until = || (DateTime::parse_from_rfc2822(text).ok()?.to_utc() - Utc::now()).to_std().ok();
        text.parse().ok().map(Duration::from_secs).or_else(until)
    }

    /// The query of the next page of a list, from the header `Link`. This API sends no other links.
    pub fn next_page(&self) -> Option<String> {
        let link = self.headers.get(LINK)?.to_str().ok()?;
        let (target, _) = link.strip_prefix('<')?.split_once(">; rel=\"next\"")?;
        Some(target.split_once('?')?.1.to_owned())
    }
}
