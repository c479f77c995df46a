//! `GET /rejected/{table}`: the reject log.

use actix_web::{HttpRequest, web};
use dictionary::decode::{self, Correction, Loss, REASONS, Rejected, UTF_8};
use dictionary::wire::LoggedReject;
use dictionary::{Code as RowCode, RowError, Table};

use super::Answer;
use super::listing::{List, Wanted};
use super::parameters::{AFTER_ID, CODE, LIMIT, OF_BATCH, OF_SOURCE, STATUS};
use super::query::Query;
use crate::address::segment;
use crate::pages::list::{Cell, Column, Filter};
use crate::state::State;
use crate::store::rejects::RejectFilter;

/// The statuses that something sets.
fn codes() -> [&'static str; RowCode::ALL.len()] {
    RowCode::ALL.map(RowCode::as_str)
}

/// Rejected rows, oldest first.
pub async fn list(request: HttpRequest, path: web::Path<String>, state: web::Data<State>) -> Answer {
    let table = state.table(&path)?;
    let query = Query::of(&request)?;
    let wanted = Wanted::of(&request, &query)?;
    let limit = query.get(&LIMIT)?.unwrap_or_default().0;
    let filter = RejectFilter {
        batch: query.get(&OF_BATCH)?.map(|id| id.0),
        source: query.get(&OF_SOURCE)?,
        code: query.get(&CODE)?,
        status: query.get(&STATUS)?.map(|status| status.0.to_owned()),
        after: query.get(&AFTER_ID)?.map(|id| id.0),
    };
    let rejects = state.store()?.rejects.page(table, &filter, limit).await?;
    rejects.answer(&request, &state, wanted, &Rejects { table, filter })
}

/// The rejects of a table.
struct Rejects<'a> {
    table: &'a Table,
    filter: RejectFilter,
}

impl List for Rejects<'_> {
    type Item = LoggedReject;

    fn id(&self, reject: &LoggedReject) -> String {
        reject.id.clone()
    }

    fn delimiter(&self) -> u8 {
        self.table.delimiter
    }

    fn header(&self) -> Vec<&str> {
        self.table.fields.iter().map(|field| field.name.as_str()).chain(REASONS).collect()
    }

    fn cells(&self, reject: &LoggedReject) -> Vec<String> {
        cells(self.table, reject)
    }

    fn comes_back(&self) -> bool {
        true
    }

    fn title(&self) -> String {
        format!("Rejected rows of {}", self.table.name)
    }

    fn related(&self) -> Option<(String, String)> {
        Some((format!("/view/{}?format=html", segment(&self.table.name)), "Stored rows".to_owned()))
    }

    fn filters(&self) -> Vec<Filter> {
        let code = self.filter.code.map(RowCode::as_str);
        vec![
            Filter::new("code", "Code", code).one_of(codes()),
            Filter::new("status", "Status", self.filter.status.as_deref()).one_of(LoggedReject::STATUSES),
            Filter::new("source", "Source", self.filter.source.as_deref()),
            Filter::new("batch", "Batch", self.filter.batch.as_deref()),
        ]
    }

    fn columns(&self) -> Vec<Column> {
        let line = Column {
            about: Some("Where the row starts in what was sent".to_owned()),
            ..Column::number("line")
        };
        vec![
            line,
            Column::new("reasons"),
            Column::new("row as received"),
            Column::new("status"),
            Column::new("judged"),
        ]
    }

    fn row(&self, reject: &LoggedReject) -> Vec<Cell> {
        let place = reject.line.map_or_else(|| format!("row {}", reject.row), |line| line.to_string());
        let reason = |error: &RowError| (error.code.as_str().to_owned(), error.to_string());
        let raw = match reject.encoding.as_str() {
            UTF_8 => reject.raw.clone(),
            encoding => format!("{encoding}: {}", reject.raw),
        };
        vec![
            Cell::Number(place),
            Cell::Reasons(reject.errors.iter().map(reason).collect()),
            Cell::Raw(raw),
            Cell::Text(reject.status.clone()),
            Cell::Moment(reject.created_at.clone()),
        ]
    }
}

/// The row's own cells, so that it can be corrected and sent again, then the reasons. A row that cannot be
/// read is whole in the first cell. Where the cells change the row and its codes do not show that, `_codes` says so,
/// and the row is refused when it is sent back as it is.
fn cells(table: &Table, reject: &LoggedReject) -> Vec<String> {
    let rejected = Rejected {
        raw: &reject.raw,
        encoding: &reject.encoding,
        columns: reject.columns.as_deref(),
        line: reject.line,
        errors: &reject.errors,
    };
    let Correction { mut cells, loss } = decode::correction(table, &rejected);
    let is_changed = match loss {
        None => false,
        // A row that cannot be read by today's dictionary may have other codes.
        Some(Loss::Code(code)) => reject.errors.iter().all(|error| error.code != code),
        Some(Loss::NullText | Loss::OtherType | Loss::NoNull) => true,
    };
    cells.extend(decode::reasons(&reject.id, reject.line, &reject.errors, is_changed));
    cells
}
