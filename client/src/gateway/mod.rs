//! The API as the commands see it: requests with retries, lists page by page, errors as sentences.

mod address;
mod answer;
mod outage;
mod retry;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use dictionary::Dictionary;
use dictionary::wire::names;
use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use serde::de::DeserializeOwned;

use address::Address;
pub use answer::Answer;
use outage::OutageMessages;
pub use outage::Timeouts;

use crate::exit::Stopped;
use crate::progress::Progress;
use crate::signals::Signals;

/// The slowest connection that the client supports: a request gets one more second for each so many bytes.
const MIN_BYTES_PER_SECOND: usize = 64 << 10;

/// How long a backup or restore of a whole table may take.
const JOB_TIMEOUT: Duration = Duration::from_secs(3600);

/// Items of a page of a list: the most that the API returns.
const PAGE_SIZE: usize = 1000;

/// What to do when the API does not answer.
const CHECK_SETTINGS: &str = "check --api-url, or set a larger --retry-for";

/// A connection to the API.
#[derive(Clone)]
pub struct Gateway {
    http: reqwest::Client,
    address: Address,
    timeouts: Timeouts,
    progress: Progress,
    outage_messages: Arc<OutageMessages>,
}

/// A request with the rows of a batch.
pub struct BatchRequest<'a> {
    /// The segments of the path.
    pub path: [&'a str; 2],
    pub query: Vec<(&'static str, String)>,
    pub content_type: &'static str,
    pub idempotency_key: String,
    /// Each attempt shares these bytes.
    pub body: Bytes,
    /// What to do when the client cannot send it.
    pub advice: &'a str,
}

impl Gateway {
    /// A connection to the API at a URL. Messages about outages go through `progress`.
    ///
    /// # Errors
    /// When the URL is not an http or https URL.
    pub fn new(url: &str, timeouts: Timeouts, progress: Progress) -> anyhow::Result<Gateway> {
        // Only the first call installs it; later calls return an error, which is fine.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(timeouts.timeout.min(Duration::from_secs(5)))
            .timeout(timeouts.timeout)
            .redirect(Policy::none())
            .tcp_nodelay(true)
            .build()?;
        Ok(Gateway {
            http,
            address: Address::parse(url)?,
            timeouts,
            progress,
            outage_messages: Arc::default(),
        })
    }

    /// The API's URL, without its password.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The server's data dictionary.
    pub async fn dictionary(&self) -> anyhow::Result<Dictionary> {
        let answer = self.get(&["dictionary"], &[]).await?;
        Dictionary::parse(answer.body()).with_context(|| {
            format!("the data dictionary of {} cannot be read; check --api-url", self.address)
        })
    }

    /// Sends a GET request.
    ///
    /// # Errors
    /// When the API does not answer, or answers with an error.
    pub async fn get(&self, segments: &[&str], query: &[(&str, String)]) -> anyhow::Result<Answer> {
        let url = self.address.path(segments)?;
        let (answer, _) = self.send(CHECK_SETTINGS, || self.http.get(url.clone()).query(query)).await?;
        answer.accepted()
    }

    /// Starts a job on a whole table, such as a backup, and waits for its end. The job may take long, and may be
    /// started again after a lost answer.
    ///
    /// # Errors
    /// [`Stopped`] when a signal ends the waiting.
    pub async fn run_job(&self, segments: &[&str], query: &[(&str, String)]) -> anyhow::Result<Answer> {
        let url = self.address.path(segments)?;
        let timeout = self.timeouts.timeout.max(JOB_TIMEOUT);
        let request = || self.http.post(url.clone()).query(query).timeout(timeout);
        let mut signals = Signals::listen()?;
        tokio::select! {
            answer = self.send(CHECK_SETTINGS, request) => answer?.0.accepted(),
            () = signals.next() => Err(Stopped("the API completes what it has begun; `batches` and `backups` show the result").into()),
        }
    }

    /// Sends a JSON document. Returns the answer, even if it is an error.
    pub async fn post_json(&self, segments: &[&str], document: &serde_json::Value) -> anyhow::Result<Answer> {
        let url = self.address.path(segments)?;
        let body = Bytes::from(document.to_string());
        let request = || {
            let request = self.http.post(url.clone()).timeout(self.timeouts.timeout.max(JOB_TIMEOUT));
            request.header(CONTENT_TYPE, "application/json").body(body.clone())
        };
        Ok(self.send(CHECK_SETTINGS, request).await?.0)
    }

    /// Asks once whether the API is live.
    ///
    /// # Errors
    /// When it does not answer within 3 s, or answers with an error.
    pub async fn is_live(&self) -> anyhow::Result<()> {
        let request = self.http.get(self.address.path(&["health", "live"])?).timeout(Duration::from_secs(3));
        match self.send_once(request).await {
            Ok(answer) => answer.accepted().map(drop),
            Err(error) => bail!(self.does_not_answer(&error)),
        }
    }

    /// A list, to be read page by page, up to a number of items.
    pub fn list(&self, segments: &[&str], query: &[(&str, String)], most: usize) -> anyhow::Result<List<'_>> {
        let mut first = self.address.path(segments)?;
        first
            .query_pairs_mut()
            .extend_pairs(query)
            .append_pair("limit", &most.clamp(1, PAGE_SIZE).to_string());
        Ok(List { gateway: self, next: Some(first), left: most, is_truncated: false })
    }

    /// Sends the rows of a batch. Returns the answer, even if it is an error, and the number of attempts.
    pub async fn post(&self, batch: BatchRequest<'_>) -> anyhow::Result<(Answer, u32)> {
        let url = self.address.path(&batch.path)?;
        let longer = Duration::from_secs((batch.body.len() / MIN_BYTES_PER_SECOND) as u64);
        let request = || {
            self.http
                .post(url.clone())
                .query(&batch.query)
                .timeout(self.timeouts.timeout + longer)
                .header(CONTENT_TYPE, batch.content_type)
                .header(names::IDEMPOTENCY_KEY, &batch.idempotency_key)
                .body(batch.body.clone())
        };
        self.send(batch.advice, request).await
    }
}

/// A list that is read page by page.
pub struct List<'g> {
    gateway: &'g Gateway,
    next: Option<Url>,
    left: usize,
    is_truncated: bool,
}

impl List<'_> {
    /// The items of the next page; `None` after the last item, or after as many items as the caller wants.
    pub async fn next<T: DeserializeOwned>(&mut self) -> anyhow::Result<Option<Vec<T>>> {
        let Some(url) = self.next.take_if(|_| self.left > 0) else { return Ok(None) };
        let (answer, _) = self.gateway.send(CHECK_SETTINGS, || self.gateway.http.get(url.clone())).await?;
        let answer = answer.accepted()?;
        self.next = answer.next_page().map(|query| {
            // Only the query is used: a proxy may have changed the path, and no other host may get the password.
            let mut next = url.clone();
            next.set_query(Some(&query));
            next
        });
        let mut items: Vec<T> = answer.json()?;
        self.is_truncated |= items.len() > self.left;
        items.truncate(self.left);
        self.left -= items.len();
        Ok(Some(items))
    }

    /// Whether the list has more items than the caller wants.
    pub fn has_more(&self) -> bool {
        self.is_truncated || self.next.is_some()
    }
}
