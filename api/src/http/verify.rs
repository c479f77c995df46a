//! `POST /verify/{table}`: what became of rows that were sent before.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::Answer;
use super::batch_request::{BatchRequest, Decoded};
use super::problem::Problem;
use crate::reconcile::{Sent, reconcile};
use crate::state::State;

/// Looks for rows that were sent. Changes nothing.
pub async fn post(
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
    state: web::Data<State>,
) -> Answer {
    let sent = BatchRequest::read(&request, &path, payload, &state).await?;
    let table = Arc::clone(&sent.table);
    let (memory, store) = (Arc::clone(&state.memory), Arc::clone(state.store()?));
    let reconciling = state.spawn(async move {
        let make = |sent: BatchRequest, Decoded { rows, reserved, .. }: Decoded| {
            let fingerprint = sent.key.is_some().then(|| sent.fingerprint());
            let key = sent.key.zip(fingerprint);
            (Sent { rows, body: sent.bytes, source: sent.source, key }, reserved)
        };
        let (sent, _until_it_ends) = sent.decode(&memory, make).await?;
        Ok::<_, Problem>(reconcile(&store, &table, sent).await?)
    });
    Ok(HttpResponse::Ok().json(reconciling.await??))
}
