//! `POST /restore/{table}`: replaces the rows of a table by those of a backup.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::Answer;
use super::new_records::ANONYMOUS;
use super::parameters::{BACKUP, DRY_RUN};
use super::query::Query;
use crate::state::State;

/// Restores, or reports what a restore would change.
pub async fn post(request: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> Answer {
    let table = Arc::clone(state.table(&path)?);
    let query = Query::of(&request)?;
    let backup = query.get(&BACKUP)?;
    let dry_run = query.get(&DRY_RUN)?.unwrap_or_default();
    let (store, backups) = (Arc::clone(state.store()?), Arc::clone(&state.backups));
    let restoring =
        state.spawn(async move { backups.restore(&store, &table, backup, dry_run, ANONYMOUS).await });
    Ok(HttpResponse::Ok().json(restoring.await??))
}
