//! `POST /verify/{table}`: where the rows are that were sent before.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::Answer;
use super::problem::Problem;
use super::rows::Rows;
use crate::reconcile::{Sent, reconcile};
use crate::state::State;

/// Looks for rows that were sent. Changes nothing.
pub async fn post(
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
    state: web::Data<State>,
) -> Answer {
    let mut sent = Rows::read(&request, &path, payload, &state).await?;
    let (table, _until_it_ends) = (Arc::clone(&sent.table), sent.share.take());
    let decoded = state.runtime.spawn_blocking(move || {
        let (rows, _) = sent.decode()?;
        Ok::<_, Problem>(Sent { rows, body: sent.bytes, source: sent.source, key: sent.key })
    });
    let sent = decoded.await??;
    let store = Arc::clone(state.store()?);
    let reconciling = state.runtime.spawn(async move { reconcile(&store, &table, sent).await });
    Ok(HttpResponse::Ok().json(reconciling.await??))
}
