//! `POST /restore/{table}`: replaces the rows of a table by those of a backup.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::new_records::ANONYMOUS;
use super::{Answer, parameters};
use crate::state::State;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// By default the newest one.
    backup: Option<String>,
    dry_run: Option<String>,
}

/// Restores, or reports what a restore would change.
pub async fn post(request: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> Answer {
    let table = Arc::clone(parameters::table(&state.dictionary, &path)?);
    let Parameters { backup, dry_run } = parameters::query(&request)?;
    let dry_run = parameters::flag("dry_run", dry_run.as_deref())?;
    let (store, backups) = (Arc::clone(state.store()?), Arc::clone(&state.backups));
    let restoring =
        state.spawn(async move { backups.restore(&store, &table, backup, dry_run, ANONYMOUS).await });
    Ok(HttpResponse::Ok().json(restoring.await??))
}
