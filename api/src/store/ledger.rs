//! The ledger: every batch with its counts, committed together with its rows and its rejects.

use std::collections::HashMap;
use std::sync::Arc;

use dictionary::split::End;
use dictionary::wire::{Batch, BatchKind, Counts, LoggedReject};
use dictionary::{Table, Value};
use sqlx::SqlStr;

use super::engines::{Engine, Tx};
use super::error::{Error, Result};
use super::own_table::{ColumnKind, OwnTable, Selection, columns};
use super::row::Page;
use super::sql_text::{list, placeholders};
use super::statements::{Filter, Insert, Rows, number, text};

/// What the ledger keeps of a batch, with its rejects, which the reject log keeps.
#[derive(Debug, Default)]
pub struct LedgerEntry {
    /// What lists show of it.
    pub batch: Batch,
    /// The answer, byte for byte, for a repeat.
    pub answer: Option<String>,
    /// Its rejects, in order.
    pub rejects: Vec<LoggedReject>,
}

/// Every batch: what it was, and how each of its rows ended.
pub(super) static LEDGER: OwnTable<LedgerEntry> = OwnTable {
    name: "_batches",
    columns: columns![LedgerEntry;
        "id": ColumnKind::Key(36) => batch.id,
        "table_name": ColumnKind::ShortText(63) => batch.table,
        "kind": ColumnKind::ShortText(16) => batch.kind,
        "source": ColumnKind::ShortText(255) => batch.source,
        "first_row": ColumnKind::Unlimited => batch.first_row,
        "first_line": ColumnKind::Unlimited => batch.first_line,
        "end_offset": ColumnKind::Unlimited => batch.end_offset,
        "actor": ColumnKind::ShortText(64) => batch.actor,
        "idempotency_key": ColumnKind::ShortText(255) => batch.idempotency_key,
        "fingerprint": ColumnKind::ShortText(64) => batch.fingerprint,
        "received": ColumnKind::Unlimited => batch.counts.received,
        "inserted": ColumnKind::Unlimited => batch.counts.inserted,
        "replaced": ColumnKind::Unlimited => batch.counts.replaced,
        "unchanged": ColumnKind::Unlimited => batch.counts.unchanged,
        "rejected": ColumnKind::Unlimited => batch.counts.rejected,
        "withheld": ColumnKind::Unlimited => batch.counts.withheld,
        "removed": ColumnKind::Unlimited => batch.removed,
        "answer": ColumnKind::Unlimited => answer,
        "dictionary": ColumnKind::ShortText(64) => batch.dictionary,
        "created_at": ColumnKind::DateTime => batch.created_at,
        "first_id": ColumnKind::Unlimited => batch.first_id,
    ],
    unique: &["table_name", "idempotency_key", "actor"],
    // A second run of a file asks for what its source has stored.
    indexes: &[("_batches_source", "`source`")],
    check: Some("`received` = `inserted` + `replaced` + `unchanged` + `rejected` + `withheld`"),
    // Nothing has set the first one, and the counts say what the second one did.
    retired: &["skipped", "status"],
};

/// The part of the store that reads and writes the ledger.
pub struct Ledger {
    engine: Arc<Engine>,
    insert: Insert,
    /// What a repeated batch needs of the first one.
    repeat: Selection<LedgerEntry>,
    /// A query by idempotency keys: the number of keys and the text, smallest first.
    by_key: [(usize, SqlStr); 2],
    /// What lists show of a batch.
    listed: Selection<LedgerEntry>,
    answer_of: SqlStr,
    ends: SqlStr,
}

/// A batch that was sent before, with what a repeat of it needs.
#[derive(Debug, Clone, Default)]
pub struct SentBefore {
    /// SHA-256 of the request, in hexadecimal.
    pub fingerprint: Option<String>,
    /// How its rows ended.
    pub counts: Counts,
    /// The answer, byte for byte.
    pub answer: Option<String>,
}

/// Batches that were sent before, by idempotency key and actor.
pub type BatchesSentBefore = HashMap<(String, String), SentBefore>;

/// Which batches to list.
#[derive(Debug, Default)]
pub struct BatchFilter {
    /// Of this table.
    pub table: Option<String>,
    /// From this source.
    pub source: Option<String>,
    /// Of this kind.
    pub kind: Option<BatchKind>,
    /// Of files, with an end no farther than this offset.
    pub until_offset: Option<u64>,
    /// Older than this id.
    pub after: Option<String>,
}

impl Ledger {
    pub(super) fn new(engine: Arc<Engine>) -> Ledger {
        let dialect = engine.dialect();
        let repeat = LEDGER.columns_named(&[
            "idempotency_key",
            "actor",
            "fingerprint",
            "received",
            "inserted",
            "replaced",
            "unchanged",
            "rejected",
            "withheld",
            "answer",
        ]);
        let columns = list(repeat.names());
        let by_key = [1, 16].map(|keys| {
            let filter = format!("`table_name` = ? AND `idempotency_key` IN ({})", placeholders(keys));
            (keys, dialect.render(&format!("SELECT {columns} FROM `_batches` WHERE {filter}")))
        });
        let names: Vec<&str> =
            LEDGER.columns.iter().map(|column| column.name).filter(|name| *name != "answer").collect();
        Ledger {
            insert: Insert::new(dialect, LEDGER.name, LEDGER.columns.iter().map(|column| column.name)),
            repeat,
            by_key,
            listed: LEDGER.columns_named(&names),
            answer_of: dialect.render("SELECT `answer` FROM `_batches` WHERE `id` = ?"),
            ends: dialect.render(
                "SELECT `end_offset`, `idempotency_key` FROM `_batches` \
                 WHERE `source` = ? AND `table_name` = ? AND `kind` = ? AND `end_offset` IS NOT NULL \
                 ORDER BY `end_offset`",
            ),
            engine,
        }
    }

    /// The batches of a table that were sent under these idempotency keys, by key and actor.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sent_before(&self, tx: &mut Tx, table: &Table, keys: &[&str]) -> Result<BatchesSentBefore> {
        let mut found = BatchesSentBefore::new();
        let longest = self.by_key.last().map_or(1, |(most, _)| *most);
        let types = self.repeat.types();
        for keys in keys.chunks(longest) {
            let shape = self.by_key.iter().find(|(size, _)| *size >= keys.len());
            let Some(((size, query), any)) = shape.zip(keys.first()) else { continue };
            // The last places of the statement repeat the first key, which changes nothing.
            let keys = keys.iter().chain(std::iter::repeat(any)).take(*size).map(|key| text(key));
            let arguments: Vec<Value> = std::iter::once(text(&table.name)).chain(keys).collect();
            for row in tx.fetch(query, arguments.iter(), &types).await? {
                let LedgerEntry { batch, answer, .. } = self.repeat.read(row)?;
                let key = (batch.idempotency_key.unwrap_or_default(), batch.actor);
                let before = SentBefore { fingerprint: batch.fingerprint, counts: batch.counts, answer };
                found.insert(key, before);
            }
        }
        Ok(found)
    }

    /// Records batches.
    ///
    /// # Errors
    /// [`Error::Lost`] when another batch with the key of one was recorded meanwhile.
    pub(super) async fn append(&self, tx: &mut Tx, entries: Vec<LedgerEntry>) -> Result<()> {
        if let Some(wrong) = entries.iter().find(|entry| !entry.batch.counts.add_up()) {
            return Err(Error::Fault(format!("the counts of batch {} do not add up", wrong.batch.id)));
        }
        let rows = entries.into_iter().map(|entry| LEDGER.row(entry)).collect::<Result<Vec<_>>>()?;
        let rows: Vec<&[Value]> = rows.iter().map(Vec::as_slice).collect();
        self.insert.run(tx, Rows::new(&rows), || ()).await
    }

    /// The batches that a filter finds, read in a transaction.
    pub(super) async fn find(
        &self,
        tx: &mut Tx,
        filter: Filter,
        order: &str,
        limit: u64,
    ) -> Result<Vec<Batch>> {
        let mut query = filter.query(self.engine.dialect(), LEDGER.name, self.listed.names(), order);
        query.arguments.push(number(limit));
        let rows = tx.fetch(&query.sql, query.arguments.iter(), &self.listed.types()).await?;
        rows.into_iter().map(|row| self.read(row)).collect()
    }

    /// The batch of an id, read in a transaction; `None` if it is not committed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn committed(&self, tx: &mut Tx, id: &str) -> Result<Option<Batch>> {
        Ok(self.find(tx, Filter::default().with("`id` = ?", text(id)), "`id`", 1).await?.pop())
    }

    /// The answer that a batch was stored with; `None` if there is no such batch.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answer(&self, id: &str) -> Result<Option<String>> {
        let answer = LEDGER.columns_named(&["answer"]);
        let mut rows = self.engine.read(&self.answer_of, &[text(id)], &answer.types()).await?;
        Ok(rows.pop().map(|row| answer.read(row)).transpose()?.and_then(|entry| entry.answer))
    }

    /// The ends of the batches of a source, in file order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ends(&self, table: &Table, kind: BatchKind, source: &str) -> Result<Vec<End>> {
        let arguments = [text(source), text(&table.name), text(kind.as_str())];
        let columns = LEDGER.columns_named(&["end_offset", "idempotency_key"]);
        let rows = self.engine.read(&self.ends, &arguments, &columns.types()).await?;
        let ends = rows.into_iter().map(|row| {
            let batch = columns.read(row)?.batch;
            let key = batch.idempotency_key.unwrap_or_default();
            Ok(End { offset: batch.end_offset.unwrap_or_default(), key, sent: None })
        });
        ends.collect()
    }

    /// Batches, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn page(&self, filter: &BatchFilter, limit: u32) -> Result<Page<Batch>> {
        let conditions = Filter::default()
            .with_some("`table_name` = ?", filter.table.as_deref().map(text))
            .with_some("`source` = ?", filter.source.as_deref().map(text))
            .with_some("`kind` = ?", filter.kind.map(|kind| text(kind.as_str())))
            .with_some("`end_offset` <= ?", filter.until_offset.map(number))
            .with_some("`id` < ?", filter.after.as_deref().map(text));
        self.list(conditions, "`id` DESC", limit).await
    }

    /// The batch of an id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn batch(&self, id: &str) -> Result<Option<Batch>> {
        let page = self.list(Filter::default().with("`id` = ?", text(id)), "`id`", 1).await?;
        Ok(page.items.into_iter().next())
    }

    async fn list(&self, filter: Filter, order: &str, limit: u32) -> Result<Page<Batch>> {
        let query = filter.query(self.engine.dialect(), LEDGER.name, self.listed.names(), order);
        let page = self.engine.page(&query.sql, query.arguments, &self.listed.types(), limit).await?;
        page.try_map(|row| self.read(row))
    }

    fn read(&self, row: Vec<Value>) -> Result<Batch> {
        Ok(self.listed.read(row)?.batch)
    }
}
