//! `GET /hash/{table}`: the content hash of a table's rows.

use actix_web::{HttpRequest, HttpResponse, web};

use super::parameters::Nothing;
use super::{Answer, parameters};
use crate::backup;
use crate::state::State;

/// Rows and hash.
pub async fn show(request: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> Answer {
    let table = parameters::table(&state.dictionary, &path)?;
    parameters::query::<Nothing>(&request)?;
    Ok(HttpResponse::Ok().json(backup::hash(state.store()?, table).await?))
}
