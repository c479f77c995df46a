//! `/backup/{table}`: backups are made, listed, downloaded and proven.

use std::sync::Arc;

use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpRequest, HttpResponse, web};
use dictionary::wire::Backup;
use futures_util::{StreamExt, TryStreamExt};

use super::Answer;
use super::listing::{List, Wanted};
use super::parameters::{AFTER_NAME, LIMIT};
use super::query::Query;
use crate::address::segment;
use crate::pages::list::{Cell, Column, Filter};
use crate::state::State;
use crate::{formats, pages};

/// Not registered with IANA, but in common use.
const AVRO: &str = "application/avro";

/// Makes a backup.
pub async fn make(request: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> Answer {
    let table = Arc::clone(state.table(&path)?);
    Query::of(&request)?;
    let (store, backups) = (Arc::clone(state.store()?), Arc::clone(&state.backups));
    let made = state.spawn(async move { backups.make(&store, &table).await }).await??;
    Ok(HttpResponse::Created().json(made))
}

/// Backups, newest first.
pub async fn list(request: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> Answer {
    let table = state.table(&path)?;
    let query = Query::of(&request)?;
    let wanted = Wanted::of(&request, &query)?;
    let limit = query.get(&LIMIT)?.unwrap_or_default().0;
    let backups = state.backups.list(table, query.get(&AFTER_NAME)?.as_deref(), limit).await?;
    backups.answer(
        &request,
        &state,
        wanted,
        &Listed { table: &table.name, header: formats::header::<Backup>() },
    )
}

/// A backup's file.
pub async fn download(path: web::Path<(String, String)>, state: web::Data<State>) -> Answer {
    let (table, name) = path.into_inner();
    let table = state.table(&table)?;
    let opened = state.backups.read(table, &name).await?;
    let guard = opened.guard;
    let pieces = opened.pieces.map_ok(web::Bytes::from).inspect(move |_| {
        // Held until the last piece is sent.
        let _in_use = &guard;
    });
    Ok(HttpResponse::Ok()
        .content_type(AVRO)
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .no_chunking(opened.bytes)
        .streaming(pieces))
}

/// Verifies a backup by a trial restore.
pub async fn verify(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    state: web::Data<State>,
) -> Answer {
    let (table, name) = path.into_inner();
    let table = Arc::clone(state.table(&table)?);
    Query::of(&request)?;
    let (store, backups) = (Arc::clone(state.store()?), Arc::clone(&state.backups));
    let verified = state.spawn(async move { backups.verify(&store, &table, &name).await }).await??;
    Ok(HttpResponse::Ok().json(verified))
}

/// The backups of a table.
struct Listed<'a> {
    table: &'a str,
    header: Vec<String>,
}

impl List for Listed<'_> {
    type Item = Backup;

    fn id(&self, backup: &Backup) -> String {
        backup.name.clone()
    }

    fn delimiter(&self) -> u8 {
        b','
    }

    fn header(&self) -> Vec<&str> {
        self.header.iter().map(String::as_str).collect()
    }

    fn cells(&self, backup: &Backup) -> Vec<String> {
        formats::members(backup, &self.header)
    }

    fn title(&self) -> String {
        format!("Backups of {}, newest first", self.table)
    }

    fn related(&self) -> Option<(String, String)> {
        Some((format!("/view/{}?format=html", segment(self.table)), self.table.to_owned()))
    }

    fn filters(&self) -> Vec<Filter> {
        Vec::new()
    }

    fn columns(&self) -> Vec<Column> {
        vec![
            Column::new("when"),
            Column::new("name"),
            Column::number("rows"),
            Column::number("bytes"),
            Column::new("content hash"),
            Column::new("last verified"),
        ]
    }

    fn row(&self, backup: &Backup) -> Vec<Cell> {
        let hash = backup.content_hash.as_deref().unwrap_or_default();
        vec![
            Cell::Moment(backup.created_at.clone()),
            Cell::Link(format!("/backup/{}/{}", segment(self.table), backup.name), backup.name.clone()),
            Cell::Number(backup.rows.map(pages::grouped).unwrap_or_default()),
            Cell::Number(pages::grouped(backup.bytes)),
            Cell::Raw(hash.chars().take(12).collect()),
            Cell::Text(match (&backup.verified, &backup.verified_at) {
                (Some(result), Some(at)) => format!("{result}, {}", pages::moment(at)),
                _ if backup.refused.is_some_and(|rows| rows > 0) => {
                    "cannot be restored: rows are refused".to_owned()
                }
                _ => "never".to_owned(),
            }),
        ]
    }
}
