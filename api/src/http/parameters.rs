//! Turns the text of paths, queries and headers into types.

use std::sync::Arc;

use actix_web::HttpRequest;
use dictionary::{Dictionary, Table, Value};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::problem::{Code, Problem};
use crate::ingest::TableQueues;
use crate::state::{Database, State};
use crate::store::Store;

/// Rows of a page, unless the request says otherwise.
pub const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 1000;

impl State {
    /// The open store.
    pub fn store(&self) -> Result<&Arc<Store>, Problem> {
        Ok(&self.database()?.store)
    }

    fn database(&self) -> Result<&Database, Problem> {
        self.database.get().ok_or_else(|| Problem::new(Code::NotReady, "the database is being opened"))
    }

    /// The queues of batches.
    pub fn queues(&self) -> Result<&Arc<TableQueues>, Problem> {
        Ok(&self.database()?.queues)
    }
}

/// The table that a path or parameter names.
pub fn table<'d>(dictionary: &'d Dictionary, name: &str) -> Result<&'d Arc<Table>, Problem> {
    dictionary.table(name).ok_or_else(|| {
        let names: Vec<_> = dictionary.tables().iter().map(|table| table.name.as_str()).collect();
        let detail = format!("there is no table {name:?}; the tables are {}", names.join(", "));
        Problem::new(Code::UnknownTable, detail)
    })
}

/// A primary key as written in a path or as `after`.
pub fn key(table: &Table, text: &str) -> Result<Value, Problem> {
    let key = table.key();
    key.ty.read_canonical(text).or_else(|| key.ty.read_text(text)).ok_or_else(|| {
        let detail = format!("{} of {} must be {}, got {text:?}", key.name, table.name, key.ty.expected());
        Problem::new(Code::BadId, detail)
    })
}

/// No parameters at all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// The query's parameters. An unknown one is refused, since it may be misspelt.
pub fn query<T: DeserializeOwned>(request: &HttpRequest) -> Result<T, Problem> {
    actix_web::web::Query::<T>::from_query(request.query_string())
        .map(actix_web::web::Query::into_inner)
        .map_err(|error| {
            use actix_web::error::QueryPayloadError::Deserialize;
            let detail = match error {
                Deserialize(error) => error.to_string(),
                other => other.to_string(),
            };
            Problem::new(Code::BadParameter, format!("the query is invalid: {detail}"))
        })
}

/// The rows of a page.
pub fn limit(limit: Option<&str>) -> Result<u32, Problem> {
    match limit.map_or(Ok(DEFAULT_LIMIT), str::parse) {
        Ok(limit @ 1..=MAX_LIMIT) => Ok(limit),
        _ => {
            let got = limit.unwrap_or_default();
            let detail =
                format!("limit must be 1 to {MAX_LIMIT}, got {got:?}; the next page is in the Link header");
            Err(Problem::new(Code::BadParameter, detail))
        }
    }
}

/// A number that counts from 1.
pub fn count(parameter: &str, value: Option<&str>) -> Result<u64, Problem> {
    match value.map_or(Ok(1), str::parse) {
        // Far above any file, and far below the integers of the ledger.
        Ok(n @ 1..=1_000_000_000_000_000) => Ok(n),
        _ => {
            let got = value.unwrap_or_default();
            Err(Problem::new(
                Code::BadParameter,
                format!("{parameter} must be a whole number from 1 up, got {got:?}"),
            ))
        }
    }
}

/// The id of a batch or a reject.
pub fn id(parameter: &str, value: Option<String>) -> Result<Option<String>, Problem> {
    let read = |text: String| {
        let id = Uuid::parse_str(&text).map_err(|_| {
            Problem::new(Code::BadParameter, format!("{parameter} must be an id, a UUID, got {text:?}"))
        })?;
        Ok(id.hyphenated().to_string())
    };
    value.map(read).transpose()
}

/// One of a closed set, by its word.
pub fn one_of<T: Copy>(
    parameter: &str,
    value: Option<&str>,
    allowed: &[T],
    word: impl Fn(T) -> &'static str,
) -> Result<Option<T>, Problem> {
    let Some(value) = value else { return Ok(None) };
    let found = allowed.iter().copied().find(|one| word(*one) == value);
    found.map(Some).ok_or_else(|| {
        let words: Vec<_> = allowed.iter().map(|one| word(*one)).collect();
        let detail = format!("{parameter} must be one of {}, got {value:?}", words.join(", "));
        Problem::new(Code::BadParameter, detail)
    })
}

/// `true` or `false`; false by default.
pub fn flag(parameter: &str, value: Option<&str>) -> Result<bool, Problem> {
    let word = |flag| if flag { "true" } else { "false" };
    Ok(one_of(parameter, value, &[true, false], word)?.unwrap_or_default())
}
