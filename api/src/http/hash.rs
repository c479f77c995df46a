//! `GET /hash/{table}`: the content hash of a table's rows.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Answer;
use super::query::Query;
use crate::backup;
use crate::state::State;

/// Rows and hash.
pub async fn show(request: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> Answer {
    let table = state.table(&path)?;
    Query::of(&request)?;
    Ok(HttpResponse::Ok().json(backup::hash(state.store()?, table).await?))
}
