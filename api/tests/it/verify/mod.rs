//! `POST /verify/{table}` finds the rows that were sent.
//!
//! - `requests`: what it takes, refuses and answers
//! - `found`: how a row is found
//! - `changed`: rows and rejects that were changed since

mod changed;
mod found;
mod requests;

use reqwest::RequestBuilder;
use serde_json::Value;
use support::{Answer, Server};

pub const CSV: &str = "text/csv";

/// A `POST /verify/{table}`, to which headers and query can be added.
pub fn request(server: &Server, table: &str, media: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
    server.call("POST", &format!("/verify/{table}")).header("content-type", media).body(body)
}

pub async fn verify(server: &Server, key: &str, body: &str) -> Value {
    let request = request(server, "departments", CSV, body.to_owned()).header("idempotency-key", key);
    let answer = server.send(request).await.expect(200);
    let figures =
        ["stored", "rejected", "differs", "missing", "twice"].map(|name| answer[name].as_u64().unwrap());
    assert_eq!(answer["rows"], figures.iter().sum::<u64>());
    answer
}

pub async fn load(server: &Server, key: &str, body: &str) -> Answer {
    server.send(server.request("departments", CSV, body.to_owned()).header("idempotency-key", key)).await
}

/// Where each row is.
pub fn found(answer: &Value) -> Vec<&str> {
    answer["findings"].as_array().unwrap().iter().map(|row| row["found"].as_str().unwrap()).collect()
}
