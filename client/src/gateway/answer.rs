//! An answer of the API, read to its end.

use std::time::Duration;

use anyhow::{Context, anyhow};
use chrono::{DateTime, Utc};
use dictionary::wire::Problem;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LINK, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;

use super::address::Address;

/// What came back.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
    /// The address that answered.
    from: String,
}

impl Answer {
    /// Reads a response to its end.
    pub async fn read(response: Response, from: &Address) -> reqwest::Result<Answer> {
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer { status, headers, body: response.bytes().await?.into(), from: from.to_string() })
    }

    /// Returns the answer if it is a success.
    ///
    /// # Errors
    /// When it is a refusal; the error is its reason.
    pub fn accepted(self) -> anyhow::Result<Answer> {
        if self.status.is_success() { Ok(self) } else { Err(anyhow!(self.reason())) }
    }

    /// Its body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Its body as JSON.
    ///
    /// # Errors
    /// When it is none of that shape.
    pub fn json<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("what {} answers cannot be read; is it this API?", self.from))
    }

    /// Whether it repeats the answer to a request that was stored before.
    pub fn is_repeated(&self) -> bool {
        self.headers.contains_key("idempotent-replayed")
    }

    /// Whether it refuses a request because another one holds its idempotency key.
    pub fn is_key_reused(&self) -> bool {
        self.problem().is_some_and(|problem| problem.kind.ends_with("/idempotency-key-reused"))
    }

    /// The problem document that it is, if it is one.
    pub fn problem(&self) -> Option<Problem> {
        let content_type = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let is_problem = content_type.starts_with("application/problem+json");
        is_problem.then(|| serde_json::from_slice(&self.body).ok())?
    }

    /// Why it is a refusal, in a sentence.
    pub fn reason(&self) -> String {
        match self.problem() {
            Some(problem) if self.status.is_server_error() => {
                format!("{} (request {})", problem.detail.trim_end_matches('.'), problem.request_id)
            }
            Some(problem) => problem.detail,
            None => format!(
                "{} answered {}, which is no answer of this API; see --api-url",
                self.from, self.status
            ),
        }
    }

    /// Whether nothing was done, or its outcome is not known, and the same request may do better later. A
    /// request that is in flight is the one conflict that passes.
    pub fn is_temporary(&self) -> bool {
        match self.status.as_u16() {
            408 | 429 | 502 | 503 | 504 => true,
            409 => self.problem().is_some_and(|problem| problem.kind.ends_with("/idempotency-key-in-flight")),
            _ => false,
        }
    }

    /// The pause that it asks for, in seconds or up to a date (RFC 9110 section 10.2.3).
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(RETRY_AFTER)?.to_str().ok()?;
        let until = || (DateTime::parse_from_rfc2822(text).ok()?.to_utc() - Utc::now()).to_std().ok();
        text.parse().ok().map(Duration::from_secs).or_else(until)
    }

    /// The query of the next page: of its `Link`, of which this API sends no other.
    pub fn next_page(&self) -> Option<String> {
        let link = self.headers.get(LINK)?.to_str().ok()?;
        let (target, _) = link.strip_prefix('<')?.split_once(">; rel=\"next\"")?;
        Some(target.split_once('?')?.1.to_owned())
    }
}
