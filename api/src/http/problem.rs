//! The only place that turns errors into answers: problem details, RFC 9457.

use std::cell::RefCell;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use dictionary::decode::BodyError;
use dictionary::wire;

pub use super::code::Code;
use crate::{backup, ingest, reconcile, reports, store, tasks};

/// Seconds after which a sender may try again.
const RETRY_AFTER: &str = "1";

/// A request as a whole that is refused.
#[derive(Debug)]
pub struct Problem {
    code: Code,
    detail: String,
    headers: Vec<(&'static str, String)>,
    /// The cause, for the log only. Logged once, where the answer is made.
    cause: RefCell<Option<String>>,
}

impl Problem {
    pub fn new(code: Code, detail: impl Into<String>) -> Problem {
        let headers = match (code, code.status()) {
            (Code::IdempotencyKeyInFlight, _) | (_, 503) => vec![("retry-after", RETRY_AFTER.to_owned())],
            _ => Vec::new(),
        };
        Problem { code, detail: detail.into(), headers, cause: RefCell::new(None) }
    }

    pub fn header(mut self, name: &'static str, value: String) -> Problem {
        self.headers.push((name, value));
        self
    }

    /// A failure whose text shows the sender nothing of the server's inside.
    pub fn caused(code: Code, cause: impl fmt::Display) -> Problem {
        let problem = Problem::new(code, code.explanation());
        problem.cause.replace(Some(cause.to_string()));
        problem
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let request_id = super::middleware::request_id::current();
        if let Some(cause) = self.cause.take() {
            tracing::error!(request_id, code = self.code.as_str(), "{cause}");
        }
        let body = wire::Problem {
            kind: format!("/problems/{}", self.code.as_str()),
            title: self.code.title().to_owned(),
            status: self.code.status(),
            detail: self.detail.clone(),
            request_id,
        };
        let mut response = HttpResponse::build(self.status_code());
        for (name, value) in &self.headers {
            response.insert_header((*name, value.as_str()));
        }
        response.content_type(wire::names::PROBLEM_JSON).body(serde_json::json!(body).to_string())
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Busy | store::Error::Lost => Problem::caused(Code::Busy, error),
            store::Error::Away(_) | store::Error::Unknown(_) => Problem::caused(Code::StoreAway, error),
            store::Error::Denied(_) | store::Error::ReadOnly => Problem::caused(Code::StoreAway, error),
            store::Error::Full => Problem::caused(Code::DiskFull, error),
            // No backup holds the ledger.
            store::Error::Missing(table) if table.starts_with('_') => {
                Problem::caused(Code::StoreAway, store::Error::Missing(table))
            }
            store::Error::Missing(_) => {
                let detail = format!(
                    "{error}; a restore from a backup makes it again, and so does a restart of the API, without rows"
                );
                Problem { detail, ..Problem::caused(Code::TableMissing, error) }
            }
            store::Error::Fault(_) => Problem::caused(Code::Internal, error),
        }
    }
}

impl From<reports::Error> for Problem {
    fn from(error: reports::Error) -> Self {
        match error {
            reports::Error::NoSubject(_) => Problem::new(Code::NoReport, error.to_string()),
            reports::Error::Store(error) => error.into(),
            reports::Error::Csv(_) | reports::Error::Page(_) => Problem::caused(Code::Internal, error),
        }
    }
}

impl From<ingest::Error> for Problem {
    fn from(error: ingest::Error) -> Self {
        match error {
            ingest::Error::KeyReused => Problem::new(
                Code::IdempotencyKeyReused,
                "this Idempotency-Key was used for another body or other parameters; use a new key",
            ),
            ingest::Error::Store(error) => error.into(),
            ingest::Error::Answer(_) | ingest::Error::Abandoned | ingest::Error::Task(_) => {
                Problem::caused(Code::Internal, error)
            }
        }
    }
}

impl From<reconcile::Error> for Problem {
    fn from(error: reconcile::Error) -> Self {
        match error {
            reconcile::Error::Store(error) => error.into(),
            reconcile::Error::Fault(error) => error.into(),
        }
    }
}

impl From<backup::Error> for Problem {
    fn from(error: backup::Error) -> Self {
        use backup::Error;
        let code = match error {
            Error::None(_) => Code::NoBackup,
            Error::Unknown { .. } => Code::UnknownBackup,
            Error::Busy(_) => Code::Busy,
            Error::Damaged { .. } => Code::DamagedBackup,
            Error::Orphans(_) => Code::RestoreOrphans,
            Error::Store(error) => return error.into(),
            Error::Objects(backup::StoreError::Full) => return Problem::caused(Code::DiskFull, error),
            Error::Objects(_) => {
                let detail =
                    "the backup store cannot be used now; the log has the cause under the request id";
                return Problem { detail: detail.to_owned(), ..Problem::caused(Code::StoreAway, error) };
            }
            Error::Fault(_) => return Problem::caused(Code::Internal, error),
        };
        Problem::new(code, error.to_string())
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        let code = match error {
            BodyError::Syntax(_) | BodyError::NotUtf8(_) => Code::UnreadableBody,
            BodyError::HeaderMismatch(_) => Code::HeaderMismatch,
            BodyError::Empty => Code::EmptyBatch,
            BodyError::TooManyRows => Code::TooManyRows,
        };
        Problem::new(code, error.to_string())
    }
}

impl From<tokio::task::JoinError> for Problem {
    fn from(error: tokio::task::JoinError) -> Self {
        Problem::caused(Code::Internal, tasks::failure(&error))
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Problem::caused(Code::Internal, error)
    }
}

impl From<csv::Error> for Problem {
    fn from(error: csv::Error) -> Self {
        Problem::caused(Code::Internal, error)
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Problem::caused(Code::Internal, error)
    }
}
