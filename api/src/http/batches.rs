//! `GET /batches` and `/batches/{id}`: every load, with its counts.

use actix_web::{HttpRequest, HttpResponse, web};
use dictionary::wire::{Batch, BatchKind};

use super::Answer;
use super::listing::{List, Wanted};
use super::parameters::{AFTER_ID, KIND, LIMIT, OF_SOURCE, TABLE, UNTIL_OFFSET};
use super::problem::{Code, Problem};
use super::query::Query;
use crate::address::segment;
use crate::pages::list::{Cell, Column, Filter};
use crate::state::State;
use crate::store::ledger::BatchFilter;
use crate::{formats, pages};

fn kinds() -> [&'static str; BatchKind::ALL.len()] {
    BatchKind::ALL.map(BatchKind::as_str)
}

/// Batches, newest first.
pub async fn list(request: HttpRequest, state: web::Data<State>) -> Answer {
    let query = Query::of(&request)?;
    let wanted = Wanted::of(&request, &query)?;
    let limit = query.get(&LIMIT)?.unwrap_or_default().0;
    let table = query.get(&TABLE)?;
    if let Some(name) = &table {
        state.table(name)?;
    }
    let filter = BatchFilter {
        table,
        source: query.get(&OF_SOURCE)?,
        kind: query.get(&KIND)?,
        until_offset: query.get(&UNTIL_OFFSET)?.map(|offset| offset.0),
        after: query.get(&AFTER_ID)?.map(|id| id.0),
    };
    let batches = state.store()?.ledger.page(&filter, limit).await?;
    let tables = state.dictionary.tables().iter().map(|table| table.name.as_str()).collect();
    batches.answer(&request, &state, wanted, &Batches { tables, filter, header: formats::header::<Batch>() })
}

/// One batch.
pub async fn one(request: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> Answer {
    Query::of(&request)?;
    match state.store()?.ledger.batch(&path).await? {
        Some(batch) => Ok(HttpResponse::Ok().json(batch)),
        None => Err(Problem::new(Code::UnknownBatch, format!("there is no batch {:?}", path.as_str()))),
    }
}

/// The ledger.
struct Batches<'a> {
    tables: Vec<&'a str>,
    filter: BatchFilter,
    header: Vec<String>,
}

impl List for Batches<'_> {
    type Item = Batch;

    fn id(&self, batch: &Batch) -> String {
        batch.id.clone()
    }

    fn delimiter(&self) -> u8 {
        b','
    }

    fn header(&self) -> Vec<&str> {
        self.header.iter().map(String::as_str).collect()
    }

    fn cells(&self, batch: &Batch) -> Vec<String> {
        formats::members(batch, &self.header)
    }

    fn title(&self) -> String {
        "Batches, newest first".to_owned()
    }

    fn filters(&self) -> Vec<Filter> {
        vec![
            Filter::new("table", "Table", self.filter.table.as_deref()).one_of(self.tables.iter().copied()),
            Filter::new("kind", "Kind", self.filter.kind.map(BatchKind::as_str)).one_of(kinds()),
            Filter::new("source", "Source", self.filter.source.as_deref()),
        ]
    }

    fn columns(&self) -> Vec<Column> {
        vec![
            Column::new("when"),
            Column::new("table"),
            Column::new("source"),
            Column::number("rows"),
            Column::new("outcome"),
            Column::number("inserted"),
            Column::number("rejected"),
        ]
    }

    fn row(&self, batch: &Batch) -> Vec<Cell> {
        let counts = &batch.counts;
        let first = batch.first_row;
        let last = first + counts.received.saturating_sub(1);
        let rejected = pages::grouped(counts.rejected);
        vec![
            Cell::Moment(batch.created_at.clone()),
            Cell::Link(format!("/view/{}?format=html", segment(&batch.table)), batch.table.clone()),
            Cell::Text(pages::origin(batch)),
            Cell::Number(format!("{}–{}", pages::grouped(first), pages::grouped(last))),
            Cell::Bar(counts.into()),
            Cell::Number(pages::grouped(counts.inserted)),
            match counts.rejected {
                0 => Cell::Number(rejected),
                _ => Cell::NumberLink(
                    format!("/rejected/{}?batch={}&format=html", segment(&batch.table), batch.id),
                    rejected,
                ),
            },
        ]
    }
}
