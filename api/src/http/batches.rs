//! `GET /batches` and `/batches/{id}`: every load, with its counts.

use actix_web::{HttpRequest, HttpResponse, web};
use dictionary::wire::Batch;
use serde::Deserialize;

use super::listing::Format;
use super::parameters::Nothing;
use super::problem::{Code, Problem};
use super::{Answer, parameters};
use crate::state::State;
use crate::store::ledger::BatchFilter;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    table: Option<String>,
    source: Option<String>,
    kind: Option<String>,
    until_offset: Option<String>,
    limit: Option<String>,
    after: Option<String>,
    format: Option<String>,
}

const HEADER: [&str; 19] = [
    "id",
    "table",
    "kind",
    "source",
    "first_row",
    "first_line",
    "end_offset",
    "actor",
    "idempotency_key",
    "received",
    "inserted",
    "replaced",
    "unchanged",
    "skipped",
    "rejected",
    "withheld",
    "status",
    "dictionary",
    "created_at",
];

/// Batches, newest first.
pub async fn list(request: HttpRequest, state: web::Data<State>) -> Answer {
    let parameters: Parameters = parameters::query(&request)?;
    let format = Format::of(&request, parameters.format.as_deref())?;
    let limit = parameters::limit(parameters.limit.as_deref())?;
    if let Some(name) = &parameters.table {
        parameters::table(&state.dictionary, name)?;
    }
    let filter = BatchFilter {
        table: parameters.table,
        source: parameters.source,
        kind: parameters::one_of("kind", parameters.kind, &["history", "load", "restore"])?,
        until_offset: match parameters.until_offset.as_deref() {
            None => None,
            given => Some(parameters::count("until_offset", given)?),
        },
        after: parameters::id("after", parameters.after)?,
    };
    let batches = state.store()?.batches(&filter, limit).await?;
    batches.answer(&request, format, b',', |batch: &Batch| batch.id.clone(), &HEADER, cells)
}

/// One batch.
pub async fn one(request: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> Answer {
    parameters::query::<Nothing>(&request)?;
    match state.store()?.batch(&path).await? {
        Some(batch) => Ok(HttpResponse::Ok().json(batch)),
        None => Err(Problem::new(Code::UnknownBatch, format!("there is no batch {:?}", path.as_str()))),
    }
}

/// The members of the JSON, which are in the order of the header.
fn cells(batch: &Batch) -> Vec<String> {
    let members = serde_json::to_value(batch).unwrap_or_default();
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    HEADER.iter().map(|name| text(&members[name])).collect()
}
