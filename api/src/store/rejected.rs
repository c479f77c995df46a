//! The reject log: every rejected row as received, with all its reasons.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::NaiveDateTime;
use dictionary::decode::UTF_8;
use dictionary::wire::Batch;
use dictionary::{Code, Physical, Reject, Table, Value};

use super::cells::{Cells, INTEGER, TEXT, number, select, some_number, text};
use super::engine::{Row, Tx};
use super::ledger::new_id;
use super::{Error, Page, Result, Store};

/// Rejects of one batch at the most.
const MAX_ROWS: u64 = dictionary::decode::MAX_ROWS as u64;

/// Columns of `_rejected` in the order in which [`read_reject`] takes them.
const REJECT: [(&str, Physical); 11] = [
    ("id", TEXT),
    ("batch", TEXT),
    ("table_name", TEXT),
    ("row_number", INTEGER),
    ("line", INTEGER),
    ("raw", TEXT),
    ("encoding", TEXT),
    ("columns", TEXT),
    ("errors", TEXT),
    ("status", TEXT),
    ("created_at", Physical::DateTime),
];

/// A row of the reject log.
#[derive(Debug, Clone, serde::Serialize)]
pub struct LoggedReject {
    /// UUIDv7, so ids ascend with time and, within a batch, with rows.
    pub id: String,
    /// The batch it came with.
    pub batch: String,
    /// The table's name.
    pub table: String,
    /// The 1-based record in the sender's file or request.
    pub row: u64,
    /// The 1-based physical line where it starts; null for a JSON array.
    pub line: Option<u64>,
    /// The row as received, without byte order mark and line end.
    pub raw: String,
    /// How `raw` is written: `utf-8`, or `base64` where the row is not UTF-8.
    pub encoding: String,
    /// The fields of its CSV columns, separated by commas; null where they are in schema order.
    pub columns: Option<String>,
    /// All its errors, in field order.
    pub errors: Vec<dictionary::RowError>,
    /// `open`, `replayed` or `discarded`.
    pub status: String,
    /// When it was judged, in UTC.
    pub created_at: String,
}

impl LoggedReject {
    /// An open reject, with the row as received. `columns` names the columns of its CSV where they were
    /// not in schema order.
    pub fn new(batch: &Batch, reject: Reject, raw: &[u8], columns: Option<&str>) -> LoggedReject {
        let (raw, encoding) = match std::str::from_utf8(raw) {
            Ok(raw) => (raw.to_owned(), UTF_8),
            Err(_) => (BASE64_STANDARD.encode(raw), "base64"),
        };
        LoggedReject {
            id: new_id(),
            batch: batch.id.clone(),
            table: batch.table.clone(),
            row: reject.row,
            line: reject.line,
            raw,
            encoding: encoding.to_owned(),
            columns: columns.map(str::to_owned),
            errors: reject.errors,
            status: "open".to_owned(),
            created_at: batch.created_at.clone(),
        }
    }
}

impl From<LoggedReject> for Reject {
    fn from(logged: LoggedReject) -> Self {
        Reject { row: logged.row, line: logged.line, errors: logged.errors }
    }
}

/// Which rejects to list.
#[derive(Debug, Default)]
pub struct RejectFilter {
    /// Of this batch.
    pub batch: Option<String>,
    /// From this source.
    pub source: Option<String>,
    /// With at least one error of this code.
    pub code: Option<Code>,
    /// In this status.
    pub status: Option<String>,
    /// Younger than this id.
    pub after: Option<String>,
}

impl Store {
    /// Rejects of a table, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rejected(
        &self,
        table: &Table,
        filter: &RejectFilter,
        limit: u32,
    ) -> Result<Page<LoggedReject>> {
        let code = filter.code.map(|code| Value::String(format!("%\"code\":\"{}\"%", code.as_str())));
        let conditions = [
            ("`table_name` = ?", Some(text(&table.name))),
            ("`batch` = ?", filter.batch.as_deref().map(text)),
            (
                "`batch` IN (SELECT `id` FROM `_batches` WHERE `source` = ?)",
                filter.source.as_deref().map(text),
            ),
            ("`errors` LIKE ?", code),
            ("`status` = ?", filter.status.as_deref().map(text)),
            ("`id` > ?", filter.after.as_deref().map(text)),
        ];
        self.list("_rejected", &REJECT, conditions, "`id`", limit).await?.try_map(read_reject)
    }
}

/// The rejects of a batch, in order.
pub(super) async fn rejected_in(tx: &mut Tx, batch: &str) -> Result<Vec<Reject>> {
    let (question, mut arguments, types) =
        select("_rejected", &REJECT, [("`batch` = ?", Some(text(batch)))], "`id`");
    arguments.push(number(MAX_ROWS));
    let rejects = tx.fetch(&question, arguments.iter(), &types).await?;
    rejects.into_iter().map(|row| read_reject(row).map(Reject::from)).collect()
}

/// In the order of [`super::schema::rejected`].
pub(super) fn reject_row(reject: LoggedReject, at: NaiveDateTime) -> Result<Vec<Value>> {
    let errors = serde_json::to_string(&reject.errors).map_err(|e| Error::Fault(e.to_string()))?;
    Ok(vec![
        Value::String(reject.id),
        Value::String(reject.batch),
        Value::String(reject.table),
        number(reject.row),
        some_number(reject.line),
        Value::String(reject.raw),
        Value::String(reject.encoding),
        reject.columns.map_or(Value::Null, Value::String),
        Value::String(errors),
        Value::String(reject.status),
        Value::DateTime(at),
    ])
}

fn read_reject(row: Row) -> Result<LoggedReject> {
    let mut cells = Cells(row.into_iter());
    Ok(LoggedReject {
        id: cells.text().unwrap_or_default(),
        batch: cells.text().unwrap_or_default(),
        table: cells.text().unwrap_or_default(),
        row: cells.count(),
        line: cells.number(),
        raw: cells.text().unwrap_or_default(),
        encoding: cells.text().unwrap_or_default(),
        columns: cells.text(),
        errors: serde_json::from_str(&cells.text().unwrap_or_default())
            .map_err(|_| Error::Fault("the errors of a reject are unreadable".to_owned()))?,
        status: cells.text().unwrap_or_default(),
        created_at: cells.text().unwrap_or_default(),
    })
}
