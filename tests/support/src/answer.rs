//! An answer of the API.

use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads a response to its end.
    ///
    /// # Errors
    ///
    /// Where the connection breaks off.
    pub async fn read(response: Response) -> reqwest::Result<Answer> {
        Ok(Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.bytes().await?.to_vec(),
        })
    }

    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("the body is not JSON: {}", self.text()))
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Asserts a status, and returns the body as JSON.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "the body is: {}", self.text());
        self.json()
    }

    /// Asserts a problem document of a status and code, and returns its detail.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> String {
        assert_eq!(self.status, status, "the body is: {}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(problem["type"], format!("/problems/{code}"), "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"], self.header("x-request-id").unwrap());
        problem["detail"].as_str().unwrap().to_owned()
    }

    /// Row, line and codes of each reject of a batch's answer.
    pub fn rejects(&self) -> Value {
        let codes = |reject: &Value| -> Value {
            reject["errors"].as_array().unwrap().iter().map(|error| error["code"].clone()).collect()
        };
        let rejects = self.json()["rejects"].clone();
        rejects.as_array().unwrap().iter().map(|r| json!([r["row"], r["line"], codes(r)])).collect()
    }

    /// Whether this is the recorded answer to a request that was sent before.
    pub fn is_replayed(&self) -> bool {
        self.header("idempotent-replayed") == Some("true")
    }

    /// The path of the list's next page.
    pub fn next_page(&self) -> Option<&str> {
        let link = self.header("link")?;
        Some(link.strip_prefix('<').unwrap().split_once('>').unwrap().0)
    }
}
