//! `POST /new_records/{table}`: a batch of 1 to 1000 rows.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use dictionary::judge::Candidates;

use super::Answer;
use super::problem::{Code, Problem};
use super::rows::{Decoded, Rows};
use crate::ingest::{Ended, Incoming, Key, Kind};
use crate::state::State;

/// Until API keys tell who sends.
pub const ANONYMOUS: &str = "anonymous";

/// Judges and stores a batch.
pub async fn post(
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
    state: web::Data<State>,
) -> Answer {
    let sent = Rows::read(&request, &path, payload, &state).await?;
    let in_flight = match &sent.key {
        None => None,
        Some(key) => Some(state.take_key(&sent.table.name, ANONYMOUS, key).ok_or_else(|| {
            let detail = "a request with this Idempotency-Key is being worked on; try again for its answer";
            Problem::new(Code::IdempotencyKeyInFlight, detail)
        })?),
    };
    let table = Arc::clone(&sent.table);
    let (memory, lanes) = (Arc::clone(&state.memory), Arc::clone(state.lanes()?));
    // A sender that leaves takes nothing of this with it: neither the memory that it holds nor the key.
    let storing = state.spawn(async move {
        let _until_it_ends = in_flight;
        let incoming = sent.decode(&memory, incoming).await?;
        Ok::<_, Problem>(lanes.batch(&table, incoming).await?)
    });
    let status = |status| StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    match storing.await?? {
        Ended::Stored(outcome) => Ok(HttpResponse::build(status(outcome.counts.status())).json(outcome)),
        Ended::Before(stored) => Ok(HttpResponse::build(status(stored.status))
            .insert_header(("idempotent-replayed", "true"))
            .content_type("application/json")
            .body(stored.answer.unwrap_or_default())),
    }
}

/// A batch as `ingest` takes it.
fn incoming(sent: Rows, Decoded { rows, columns, room }: Decoded) -> Incoming {
    let fingerprint = sent.key.is_some().then(|| sent.fingerprint());
    Incoming {
        candidates: Candidates::of(&sent.table, &rows),
        rows,
        columns,
        kind: Kind::Load,
        source: sent.source,
        end_offset: sent.end_offset,
        actor: ANONYMOUS.to_owned(),
        key: sent.key.map(|key| Key { key, fingerprint }),
        body: sent.bytes,
        room,
    }
}
