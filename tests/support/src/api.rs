//! The API over HTTP, whether it runs in this process or in another one.

use std::net::SocketAddr;

use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use crate::{Answer, until};

/// An HTTP client of one server. [`crate::Server`] and [`crate::Process`] dereference to it.
#[derive(Debug, Clone)]
pub struct Api {
    /// Where the server listens.
    pub addr: SocketAddr,
    http: Client,
}

impl Api {
    /// A client of the server at an address.
    pub fn at(addr: SocketAddr) -> Api {
        // reqwest asks for one even where nothing is encrypted; only the first call installs it.
        let _installed_before = rustls::crypto::ring::default_provider().install_default();
        Api { addr, http: Client::new() }
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// A request of any method, to which headers and a body can be added.
    pub fn call(&self, method: &str, path: &str) -> RequestBuilder {
        self.http.request(method.parse().unwrap(), self.url(path))
    }

    /// A `POST /new_records/{table}`, to which headers and a query can be added.
    pub fn request(&self, table: &str, media: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.call("POST", &format!("/new_records/{table}")).header("content-type", media).body(body)
    }

    /// Sends a request; its answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::read(request.send().await.unwrap()).await.unwrap()
    }

    /// Sends a request whose answer nobody reads.
    pub fn begin(&self, method: &str, path: &str) -> tokio::task::JoinHandle<()> {
        let request = self.call(method, path);
        tokio::spawn(async move { drop(request.send().await) })
    }

    /// `GET` of a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.call("GET", path)).await
    }

    /// `GET` of a path; `None` where the server does not answer.
    pub async fn try_get(&self, path: &str) -> Option<Answer> {
        Answer::read(self.call("GET", path).send().await.ok()?).await.ok()
    }

    /// `POST` of a path, without a body.
    pub async fn post_empty(&self, path: &str) -> Answer {
        self.send(self.call("POST", path)).await
    }

    /// Sends new rows.
    pub async fn post(&self, table: &str, media: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.send(self.request(table, media, body)).await
    }

    /// Sends new rows as CSV.
    pub async fn post_csv(&self, table: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.post(table, "text/csv", body).await
    }

    /// Sends new rows as JSON.
    pub async fn post_json(&self, table: &str, rows: Value) -> Answer {
        self.post(table, "application/json", rows.to_string()).await
    }

    /// Sends new rows as CSV under an `Idempotency-Key`. A 409 and a 503 must say when to try again, all others must not.
    pub async fn post_with_key(&self, table: &str, key: &str, body: impl Into<reqwest::Body>) -> Answer {
        let answer = self.send(self.request(table, "text/csv", body).header("idempotency-key", key)).await;
        let status = answer.status.as_u16();
        let retry_after = answer.headers.contains_key("retry-after");
        assert_eq!(retry_after, matches!(status, 409 | 503), "Retry-After in an answer of status {status}");
        answer
    }

    /// Whether the server is ready.
    pub async fn is_ready(&self) -> bool {
        self.try_get("/health/ready").await.is_some_and(|answer| answer.status == 200)
    }

    /// Waits until the server is ready.
    pub async fn until_ready(&self) {
        until("the server is ready", async || self.is_ready().await).await;
    }

    /// Rows that batches have inserted into a table, by the ledger; 0 while the server does not answer.
    pub async fn count(&self, table: &str) -> u64 {
        let batches = self.get(&format!("/batches?table={table}&limit=1000")).await;
        if batches.status != 200 {
            return 0;
        }
        let batches = batches.json();
        batches.as_array().unwrap().iter().map(|batch| batch["inserted"].as_u64().unwrap()).sum()
    }

    /// All items of a list, page by page.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        for page in self.pages(path).await {
            items.extend(page.expect(200).as_array().unwrap().clone());
        }
        items
    }

    /// All of a list as CSV, page by page.
    pub async fn all_csv(&self, path: &str) -> String {
        let pages = self.pages(&format!("{path}?format=csv")).await;
        pages.iter().map(Answer::text).collect()
    }

    async fn pages(&self, path: &str) -> Vec<Answer> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut next = Some(format!("{path}{separator}limit=1000"));
        let mut pages = Vec::new();
        while let Some(path) = next {
            let page = self.get(&path).await;
            assert_eq!(page.status, 200, "GET {path}: {}", page.text());
            next = page.next_page().map(str::to_owned);
            pages.push(page);
        }
        pages
    }

    /// Makes a backup; its name.
    pub async fn back_up(&self, table: &str) -> String {
        let made = self.post_empty(&format!("/backup/{table}")).await.expect(201);
        made["name"].as_str().unwrap().to_owned()
    }

    /// Restores a table; the query is without its `?`.
    pub async fn restore(&self, table: &str, query: &str) -> Answer {
        self.post_empty(&format!("/restore/{table}?{query}")).await
    }

    /// The content hash of a table.
    pub async fn hash(&self, table: &str) -> String {
        let hashed = self.get(&format!("/hash/{table}")).await.expect(200);
        hashed["content_hash"].as_str().unwrap().to_owned()
    }

    /// The names of a table's backups, newest first.
    pub async fn backups(&self, table: &str) -> Vec<String> {
        let all = self.all(&format!("/backup/{table}")).await;
        all.iter().map(|backup| backup["name"].as_str().unwrap().to_owned()).collect()
    }
}
