//! `POST /new_records/{table}`: a batch of 1 to 1000 rows.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use dictionary::wire::{BatchKind, Ending, names};

use super::Answer;
use super::batch_request::{BatchRequest, Decoded};
use super::problem::{Code, Problem};
use crate::ingest::{Ended, Incoming, Key};
use crate::state::State;

/// The actor of every request until there are API keys.
pub const ANONYMOUS: &str = "anonymous";

/// Judges and stores a batch.
pub async fn post(
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
    state: web::Data<State>,
) -> Answer {
    let sent = BatchRequest::read(&request, &path, payload, &state).await?;
    let in_flight = match &sent.key {
        None => None,
        Some(key) => Some(state.take_key(&sent.table.name, ANONYMOUS, key).ok_or_else(|| {
            let detail = "a request with this Idempotency-Key is still in progress; send it again later to get its answer";
            Problem::new(Code::IdempotencyKeyInFlight, detail)
        })?),
    };
    let table = Arc::clone(&sent.table);
    let (memory, queues) = (Arc::clone(&state.memory), Arc::clone(state.queues()?));
    // If the sender closes the connection, this task continues, and keeps its memory and its key until it ends.
    let storing = state.spawn(async move {
        let _until_it_ends = in_flight;
        let incoming = sent.decode(&memory, incoming).await?;
        Ok::<_, Problem>(queues.store(&table, incoming).await?)
    });
    Ok(match storing.await?? {
        Ended::Stored(stored) => answer(stored.counts.ending(), stored.answer),
        Ended::Repeat(before) => {
            let mut answer = answer(before.counts.ending(), before.answer.unwrap_or_default());
            let name = HeaderName::from_static(names::IDEMPOTENT_REPLAYED);
            answer.headers_mut().insert(name, HeaderValue::from_static("true"));
            answer
        }
    })
}

/// An answer to a batch, which is JSON already.
fn answer(ending: Ending, json: String) -> HttpResponse {
    let status = match ending {
        Ending::All => StatusCode::CREATED,
        Ending::Some => StatusCode::MULTI_STATUS,
        Ending::None => StatusCode::UNPROCESSABLE_ENTITY,
    };
    HttpResponse::build(status).content_type("application/json").body(json)
}

/// A batch as `ingest` takes it.
fn incoming(sent: BatchRequest, Decoded { rows, columns, reserved }: Decoded) -> Incoming {
    let fingerprint = sent.key.is_some().then(|| sent.fingerprint());
    Incoming {
        rows,
        columns: columns.map(Arc::new),
        kind: BatchKind::Load,
        source: sent.source,
        end_offset: sent.end_offset,
        actor: ANONYMOUS.to_owned(),
        key: sent.key.map(|key| Key { key, fingerprint }),
        body: sent.bytes,
        reserved,
    }
}
