//! `GET /`: what is in the database, what came in last, and what was rejected, for people.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, web};
use askama::Template;
use dictionary::Table;
use dictionary::wire::{Backup, Batch};
use futures_util::future::join_all;

use super::query::Query;
use super::{Answer, html};
use crate::figures::Figures;
use crate::pages::{self, Frame, Percentages};
use crate::reports::Kpi;
use crate::state::State;
use crate::store::ledger::BatchFilter;

/// Batches on the page.
const RECENT: u32 = 8;

/// How long the page waits for the backup store.
const BACKUP_STORE: Duration = Duration::from_secs(2);

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    frame: Frame,
    about: Option<String>,
    reports: Vec<Kpi>,
    tables: Vec<Line>,
    batches: Vec<Batch>,
    now: chrono::NaiveDateTime,
}

impl Page {
    fn open_rejects(&self) -> u64 {
        self.tables.iter().map(|line| line.figures.open_rejects.rows).sum()
    }
}

/// A table on the page.
struct Line {
    table: Arc<Table>,
    figures: Arc<Figures>,
    last: Option<Batch>,
    backup: LastBackup,
}

/// The newest backup of a table.
enum LastBackup {
    Made(Box<Backup>),
    Never,
    /// The backup store failed or was too slow. The rest of the page does not depend on it.
    Unknown,
}

/// The home page.
pub async fn show(request: HttpRequest, state: web::Data<State>) -> Answer {
    Query::of(&request)?;
    let store = state.store()?;
    let versions = store.totals.versions().await?;
    let newest = state.dictionary.tables().iter().map(|table| last_backup(&state, table));
    let newest = join_all(newest).await;
    let mut tables = Vec::new();
    for (table, backup) in state.dictionary.tables().iter().zip(newest) {
        let latest = BatchFilter { table: Some(table.name.clone()), ..BatchFilter::default() };
        tables.push(Line {
            table: Arc::clone(table),
            figures: state.overview.of(store, &versions, table).await?,
            last: store.ledger.page(&latest, 1).await?.items.pop(),
            backup,
        });
    }
    let batches = store.ledger.page(&BatchFilter::default(), RECENT).await?.items;
    let frame = html::frame(&state, &request, "Overview");
    let page = Page {
        frame,
        about: state.dictionary.descriptor()["description"].as_str().map(str::to_owned),
        reports: if state.reports.exist() { Kpi::ALL.to_vec() } else { Vec::new() },
        tables,
        batches,
        now: crate::store::ids::now(),
    };
    Ok(html::ok().content_type(html::MEDIA_TYPE).body(page.render()?))
}

async fn last_backup(state: &State, table: &Table) -> LastBackup {
    match tokio::time::timeout(BACKUP_STORE, state.backups.list(table, None, 1)).await {
        Ok(Ok(mut page)) => {
            page.items.pop().map_or(LastBackup::Never, |newest| LastBackup::Made(newest.into()))
        }
        Ok(Err(_)) | Err(_) => LastBackup::Unknown,
    }
}
