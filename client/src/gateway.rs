//! The API as the commands see it: requests with retries, pages, and problems as sentences.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use dictionary::Dictionary;
use dictionary::wire::Problem;
use reqwest::header::{HeaderMap, LINK, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url};
use serde::de::DeserializeOwned;

/// How often a request is sent before the command gives up: with these pauses, for about a minute.
const ATTEMPTS: u32 = 10;

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A connection to the API.
#[derive(Clone)]
pub struct Gateway {
    http: reqwest::Client,
    base: Url,
}

/// A batch to send.
pub struct Body<'a> {
    pub table: &'a str,
    pub query: Vec<(&'static str, String)>,
    pub content_type: &'static str,
    pub idempotency_key: String,
    pub bytes: Vec<u8>,
}

impl Gateway {
    /// For the API at a URL.
    pub fn new(url: &str) -> anyhow::Result<Gateway> {
        // Only the first call installs it; later ones find it there.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let base =
            Url::parse(url).with_context(|| format!("the API's URL {url:?} is no URL; see --api-url"))?;
        let http =
            reqwest::Client::builder().connect_timeout(Duration::from_secs(5)).tcp_nodelay(true).build()?;
        Ok(Gateway { http, base })
    }

    fn url(&self, segments: &[&str]) -> anyhow::Result<Url> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| anyhow!("{} cannot have paths", self.base))?
            .pop_if_empty()
            .extend(segments);
        Ok(url)
    }

    /// The server's data dictionary.
    pub async fn dictionary(&self) -> anyhow::Result<Dictionary> {
        let response = self.get(&["dictionary"], &[]).await?;
        let json = response.bytes().await.context("the data dictionary did not arrive")?;
        Ok(Dictionary::parse(&json)?)
    }

    /// Reads something.
    pub async fn get(&self, segments: &[&str], query: &[(&str, String)]) -> anyhow::Result<Response> {
        let url = self.url(segments)?;
        let request = || self.http.get(url.clone()).query(query);
        accepted(self.send(request).await?).await
    }

    /// Asks for a sign of life, once.
    pub async fn is_live(&self) -> anyhow::Result<()> {
        let request = self.http.get(self.url(&["health", "live"])?).timeout(Duration::from_secs(3));
        accepted(request.send().await?).await.map(drop)
    }

    /// Reads a list page by page, up to a number of items.
    pub async fn list<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        query: &[(&str, String)],
        most: usize,
    ) -> anyhow::Result<(Vec<T>, bool)> {
        let mut query = query.to_vec();
        query.push(("limit", most.clamp(1, 1000).to_string()));
        let mut response = self.get(segments, &query).await?;
        let mut items: Vec<T> = Vec::new();
        loop {
            let next = next_page(response.headers());
            items.extend(response.json::<Vec<T>>().await.context("the list cannot be read")?);
            let more = next.is_some() || items.len() > most;
            items.truncate(most);
            match next {
                Some(next) if items.len() < most => {
                    let url = self.base.join(&next)?;
                    response = accepted(self.send(|| self.http.get(url.clone())).await?).await?;
                }
                _ => return Ok((items, more)),
            }
        }
    }

    /// Reads a list as CSV, page by page, up to a number of items.
    pub async fn csv(
        &self,
        segments: &[&str],
        query: &[(&str, String)],
        most: usize,
    ) -> anyhow::Result<String> {
        let limit = most.clamp(1, 1000);
        let mut query = query.to_vec();
        query.push(("format", "csv".to_owned()));
        query.push(("limit", limit.to_string()));
        let mut response = self.get(segments, &query).await?;
        let mut text = String::new();
        let mut left = most;
        loop {
            let next = next_page(response.headers());
            let page = response.text().await.context("the list cannot be read")?;
            // Every page has the header, which holds names only; the first one's is kept.
            let rows = page.split_once("\r\n").map_or("", |(_, rows)| rows);
            text += if text.is_empty() { &page } else { rows };
            left = left.saturating_sub(limit);
            let Some(next) = next.filter(|_| left > 0) else { return Ok(text) };
            let url = self
                .base
                .join(&next.replace(&format!("limit={limit}"), &format!("limit={}", left.min(limit))))?;
            response = accepted(self.send(|| self.http.get(url.clone())).await?).await?;
        }
    }

    /// Sends a batch. All of 201, 207 and 422 with rejects are answers.
    pub async fn post(&self, body: Body<'_>) -> anyhow::Result<Response> {
        let url = self.url(&["new_records", body.table])?;
        let request = || {
            self.http
                .post(url.clone())
                .query(&body.query)
                .header("content-type", body.content_type)
                .header("idempotency-key", &body.idempotency_key)
                .body(body.bytes.clone())
        };
        let response = self.send(request).await?;
        match response.status() {
            StatusCode::UNPROCESSABLE_ENTITY if !is_problem(&response) => Ok(response),
            _ => accepted(response).await,
        }
    }

    /// Sends a request until it is answered by something other than "try again later".
    async fn send(&self, request: impl Fn() -> reqwest::RequestBuilder) -> anyhow::Result<Response> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let (why, pause) = match request().send().await {
                Ok(response) if !again(response.status()) => return Ok(response),
                Ok(response) => {
                    let pause = retry_after(response.headers());
                    (format!("{}: {}", response.status(), problem(response).await), pause)
                }
                Err(error) if error.is_builder() => return Err(error.into()),
                Err(error) => (format!("{} does not answer: {}", self.base, root(&error)), None),
            };
            if attempt == ATTEMPTS {
                bail!("gave up after {attempt} attempts; {why}");
            }
            let pause = pause.unwrap_or_default().max(backoff(attempt));
            tracing::warn!(attempt, pause_ms = pause.as_millis() as u64, "{why}; trying again");
            tokio::time::sleep(pause).await;
        }
    }
}

/// Answers that mean: nothing was done, try again.
fn again(status: StatusCode) -> bool {
    matches!(status, StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
}

/// The pause that the server asks for (RFC 9110 section 10.2.3, in seconds).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_PAUSE))
}

/// Exponential, with jitter, so that clients that failed together do not return together.
fn backoff(attempt: u32) -> Duration {
    let longest = Duration::from_millis(100 << attempt.min(10)).min(LONGEST_PAUSE);
    longest.mul_f64(fastrand::f64().mul_add(0.5, 0.5))
}

/// An answer in the 200s, or the problem as an error.
async fn accepted(response: Response) -> anyhow::Result<Response> {
    if response.status().is_success() {
        return Ok(response);
    }
    Err(anyhow!(problem(response).await))
}

fn is_problem(response: &Response) -> bool {
    let content_type = response.headers().get("content-type").and_then(|value| value.to_str().ok());
    content_type.is_some_and(|value| value.starts_with("application/problem+json"))
}

/// The detail of a problem document, or the status of any other answer.
async fn problem(response: Response) -> String {
    let (status, url) = (response.status(), response.url().clone());
    match response.json::<Problem>().await {
        Ok(problem) => problem.detail,
        Err(_) => format!("{url} answered {status}, which is not what this API answers"),
    }
}

/// The target of `rel="next"`; this API sends no other links.
fn next_page(headers: &HeaderMap) -> Option<String> {
    let link = headers.get(LINK)?.to_str().ok()?;
    let (target, _) = link.strip_prefix('<')?.split_once(">; rel=\"next\"")?;
    Some(target.to_owned())
}

/// The innermost cause, which says what a person can act on.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
