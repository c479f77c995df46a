//! The reject log: every rejected row as received, with all its reasons.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use dictionary::decode::{Columns, MAX_ROWS, UTF_8};
use dictionary::wire::{Batch, LoggedReject};
use dictionary::{Code, Reject, Table, Value};

use super::engines::{Engine, Tx};
use super::error::Result;
use super::ids::new_id;
use super::own_table::{ColumnKind, OwnTable, Selection, columns};
use super::row::Page;
use super::statements::{Filter, Insert, Rows, number, text};

/// How `raw` is written where a row is not UTF-8.
const BASE64: &str = "base64";

/// Each rejected row as received, with all its errors.
pub(super) static REJECT_LOG: OwnTable<LoggedReject> = OwnTable {
    name: "_rejected",
    columns: columns![LoggedReject;
        "id": ColumnKind::Key(36) => id,
        "batch": ColumnKind::Reference(36, "_batches", "id") => batch,
        "table_name": ColumnKind::ShortText(63) => table,
        "row_number": ColumnKind::Unlimited => row,
        "line": ColumnKind::Unlimited => line,
        "raw": ColumnKind::Unlimited => raw,
        "encoding": ColumnKind::ShortText(8) => encoding,
        "columns": ColumnKind::Unlimited => columns,
        "errors": ColumnKind::Unlimited => errors,
        "status": ColumnKind::ShortText(16) => status,
        "created_at": ColumnKind::DateTime => created_at,
    ],
    unique: &[],
    // The log is read by table and by batch. Ids ascend with time, so both indexes grow at their ends.
    indexes: &[("_rejected_table", "`table_name`, `id`"), ("_rejected_batch", "`batch`, `id`")],
    check: None,
    retired: &[],
};

/// An open reject with the row as received. `columns` names the columns of its CSV where they are not in schema order.
pub fn logged(batch: &Batch, reject: Reject, raw: &[u8], columns: Option<&str>) -> LoggedReject {
    let (raw, encoding) = match std::str::from_utf8(raw) {
        Ok(raw) => (raw.to_owned(), UTF_8),
        Err(_) => (BASE64_STANDARD.encode(raw), BASE64),
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
        status: LoggedReject::OPEN.to_owned(),
        created_at: batch.created_at.clone(),
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

/// The row of a reject, and which one it is.
#[derive(Debug)]
pub struct RejectedRow {
    /// Its id.
    pub id: String,
    /// The batch that it came with.
    pub batch: String,
    /// Its 1-based number in the sender's file or request.
    pub row: u64,
    /// The row as received.
    pub raw: Vec<u8>,
}

impl RejectedRow {
    fn of(reject: LoggedReject) -> RejectedRow {
        let LoggedReject { id, batch, row, raw, encoding, .. } = reject;
        let raw = match encoding.as_str() {
            BASE64 => BASE64_STANDARD.decode(&raw).unwrap_or_else(|_| raw.into_bytes()),
            _ => raw.into_bytes(),
        };
        RejectedRow { id, batch, row, raw }
    }
}

/// The part of the store that reads and writes the reject log.
pub struct RejectLog {
    engine: Arc<Engine>,
    insert: Insert,
    listed: Selection<LoggedReject>,
    /// What [`RejectedRow`] has.
    rows: Selection<LoggedReject>,
    /// See [`Prepared::first_orders`](super::open::Prepared::first_orders).
    first_orders: HashMap<String, String>,
}

/// Whether a reject has an error of a code, given its [`code_pattern`]. Earlier versions of this program stored errors as objects.
pub(super) const HAS_CODE: &str = "REPLACE(`errors`, '{\"code\":', '[') LIKE ?";

/// The pattern for [`HAS_CODE`]: an error begins with its code.
pub(super) fn code_pattern(code: Code) -> String {
    format!("%[\"{}\"%", code.as_str())
}

impl RejectLog {
    pub(super) fn new(engine: Arc<Engine>, first_orders: HashMap<String, String>) -> RejectLog {
        let names = REJECT_LOG.columns.iter().map(|column| column.name);
        RejectLog {
            insert: Insert::new(engine.dialect(), REJECT_LOG.name, names),
            listed: REJECT_LOG.all(),
            rows: REJECT_LOG.columns_named(&["id", "batch", "row_number", "raw", "encoding"]),
            first_orders,
            engine,
        }
    }

    /// The names that a reject of these columns is logged with; `None` where they are in the table's first order.
    pub fn names(&self, table: &Table, columns: &Columns) -> Option<String> {
        match self.first_orders.get(&table.name) {
            None => columns.names(table),
            Some(_) => Some(columns.all_names(table)),
        }
    }

    /// Names the columns of a reject that was logged before the dictionary had another order of fields.
    fn name_columns(&self, reject: &mut LoggedReject) {
        let may_be_json = reject.line.is_none() || reject.raw.trim_start().starts_with('{');
        if reject.columns.is_none() && !may_be_json {
            reject.columns = self.first_orders.get(&reject.table).cloned();
        }
    }

    /// Records rejects.
    pub(super) async fn append(&self, tx: &mut Tx, rejects: Vec<LoggedReject>) -> Result<()> {
        let rows = rejects.into_iter().map(|reject| REJECT_LOG.row(reject)).collect::<Result<Vec<_>>>()?;
        let rows: Vec<&[Value]> = rows.iter().map(Vec::as_slice).collect();
        self.insert.run(tx, Rows::new(&rows), || ()).await
    }

    /// The rejects of a batch, in order, read in a transaction.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of_batch(&self, tx: &mut Tx, batch: &str) -> Result<Vec<Reject>> {
        let filter = Filter::default().with("`batch` = ?", text(batch));
        let rejects = self.find(tx, filter, &self.listed).await?;
        let reject = |LoggedReject { row, line, errors, .. }| Reject { row, line, errors };
        Ok(rejects.into_iter().map(reject).collect())
    }

    /// The rows of the rejects that a filter finds, read in a transaction; no more than a batch has.
    pub(super) async fn rows(&self, tx: &mut Tx, filter: Filter) -> Result<Vec<RejectedRow>> {
        Ok(self.find(tx, filter, &self.rows).await?.into_iter().map(RejectedRow::of).collect())
    }

    async fn find(
        &self,
        tx: &mut Tx,
        filter: Filter,
        columns: &Selection<LoggedReject>,
    ) -> Result<Vec<LoggedReject>> {
        let mut query = filter.query(self.engine.dialect(), REJECT_LOG.name, columns.names(), "`id`");
        query.arguments.push(number(MAX_ROWS as u64));
        let rows = tx.fetch(&query.sql, query.arguments.iter(), &columns.types()).await?;
        rows.into_iter().map(|row| columns.read(row)).collect()
    }

    /// Rejects of a table, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(&self, table: &Table, filter: &RejectFilter, limit: u32) -> Result<Page<LoggedReject>> {
        let code = filter.code.map(|code| text(&code_pattern(code)));
        let of_source = "`batch` IN (SELECT `id` FROM `_batches` WHERE `source` = ?)";
        let conditions = Filter::default()
            .with("`table_name` = ?", text(&table.name))
            .with_some("`batch` = ?", filter.batch.as_deref().map(text))
            .with_some(of_source, filter.source.as_deref().map(text))
            .with_some(HAS_CODE, code)
            .with_some("`status` = ?", filter.status.as_deref().map(text))
            .with_some("`id` > ?", filter.after.as_deref().map(text));
        let query = conditions.query(self.engine.dialect(), REJECT_LOG.name, self.listed.names(), "`id`");
        let page = self.engine.page(&query.sql, query.arguments, &self.listed.types(), limit).await?;
        page.try_map(|row| {
            let mut reject = self.listed.read(row)?;
            self.name_columns(&mut reject);
            Ok(reject)
        })
    }
}
