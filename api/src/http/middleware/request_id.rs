//! Every request has an id, which is in its answer and in the log.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

const NAME: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static REQUEST_ID: String;
}

/// Answers a request under a new id.
pub async fn with_new<T>(answering: impl Future<Output = T>) -> T {
    REQUEST_ID.scope(Uuid::now_v7().to_string(), answering).await
}

/// The id of the current request; empty outside of a request.
pub fn current() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// Writes the id of the current request into its answer.
pub fn stamp(headers: &mut HeaderMap) {
    let id = HeaderValue::from_str(&current()).unwrap_or_else(|_| HeaderValue::from_static(""));
    headers.insert(NAME, id);
}
