//! The ledger: every batch with its counts, committed together with its rows and its rejects.

use std::collections::HashMap;

use chrono::{NaiveDateTime, SubsecRound, Utc};
use dictionary::split::End;
use dictionary::wire::{Batch, BatchKind, Counts, Outcome};
use dictionary::{Physical, Table, Value};
use sqlx::SqlStr;
use uuid::Uuid;

use super::cells::{Cells, INTEGER, TEXT, number, select, some_number, some_text, text};
use super::engine::{Row, Tx};
use super::rejected::{LoggedReject, reject_row, rejected_in};
use super::schema::{self, Relation};
use super::sql::{Insert, sql};
use super::{Error, Page, Result, Store};

/// Columns of `_batches` in the order in which [`read_batch`] takes them.
pub(super) const BATCH: [(&str, Physical); 19] = [
    ("id", TEXT),
    ("table_name", TEXT),
    ("kind", TEXT),
    ("source", TEXT),
    ("first_row", INTEGER),
    ("first_line", INTEGER),
    ("end_offset", INTEGER),
    ("actor", TEXT),
    ("idempotency_key", TEXT),
    ("fingerprint", TEXT),
    ("received", INTEGER),
    ("inserted", INTEGER),
    ("replaced", INTEGER),
    ("unchanged", INTEGER),
    ("rejected", INTEGER),
    ("withheld", INTEGER),
    ("removed", INTEGER),
    ("dictionary", TEXT),
    ("created_at", Physical::DateTime),
];

pub(super) struct Statements {
    insert_batch: Insert,
    insert_rejects: Insert,
    /// Keys and text, smallest first.
    by_key: [(usize, SqlStr); 2],
}

impl Statements {
    pub(super) fn new() -> Statements {
        fn insert(relation: &Relation) -> Insert {
            Insert::new(&relation.name, relation.columns.iter().map(|column| column.name.as_str()))
        }
        Statements {
            insert_batch: insert(&schema::batches()),
            insert_rejects: insert(&schema::rejected()),
            by_key: [1, 16].map(|keys| {
                let marks = vec!["?"; keys].join(",");
                let columns =
                    "`idempotency_key`, `actor`, `fingerprint`, `received`, `rejected`, `withheld`, `answer`";
                let filter = format!("`table_name` = ? AND `idempotency_key` IN ({marks})");
                (keys, sql(format!("SELECT {columns} FROM `_batches` WHERE {filter}")))
            }),
        }
    }
}

/// A batch that was sent before, with what a repeat of it needs.
#[derive(Debug, Default)]
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

/// What the ledger and the reject log keep of a batch.
#[derive(Debug)]
pub struct LedgerEntry {
    /// What lists show of it.
    pub batch: Batch,
    /// When it was judged, in UTC.
    pub at: NaiveDateTime,
    /// The answer, byte for byte, for a repeat.
    pub answer: Option<String>,
    /// Its rejects, in order.
    pub rejects: Vec<LoggedReject>,
}

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

/// A new id for a batch or a reject. Ids of one process ascend.
pub fn new_id() -> String {
    Uuid::now_v7().to_string()
}

/// The time of a record, as the engines keep it: in UTC, whole seconds.
pub fn now() -> NaiveDateTime {
    Utc::now().naive_utc().trunc_subsecs(0)
}

impl Store {
    /// The batches of a table that were sent under these idempotency keys, by key and actor.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sent_before(&self, tx: &mut Tx, table: &Table, keys: &[&str]) -> Result<BatchesSentBefore> {
        let mut found = BatchesSentBefore::new();
        let longest = self.ledger.by_key.last().map_or(1, |(most, _)| *most);
        for keys in keys.chunks(longest) {
            let shape = self.ledger.by_key.iter().find(|(size, _)| *size >= keys.len());
            let Some(((size, question), any)) = shape.zip(keys.first()) else { continue };
            // Repeating a key changes no result, so repeated keys fill the statement up to its fixed number of
            // arguments.
            let keys = keys.iter().chain(std::iter::repeat(any)).take(*size).map(|key| text(key));
            let arguments: Vec<Value> = std::iter::once(text(&table.name)).chain(keys).collect();
            let types = [TEXT, TEXT, TEXT, INTEGER, INTEGER, INTEGER, TEXT];
            for row in tx.fetch(question, arguments.iter(), &types).await? {
                let mut cells = Cells(row.into_iter());
                let key = (cells.text().unwrap_or_default(), cells.text().unwrap_or_default());
                let before = SentBefore {
                    fingerprint: cells.text(),
                    counts: Counts {
                        received: cells.count(),
                        rejected: cells.count(),
                        withheld: cells.count(),
                        ..Counts::default()
                    },
                    answer: cells.text(),
                };
                found.insert(key, before);
            }
        }
        Ok(found)
    }

    /// Records batches and their rejects.
    ///
    /// # Errors
    /// [`Error::Lost`] when another batch with the key of one was recorded meanwhile.
    pub async fn record(&self, tx: &mut Tx, entries: Vec<LedgerEntry>) -> Result<()> {
        if let Some(wrong) = entries.iter().find(|entry| !entry.batch.counts.add_up()) {
            return Err(Error::Fault(format!("the counts of batch {} do not add up", wrong.batch.id)));
        }
        let batches: Vec<_> = entries.iter().map(batch_row).collect();
        self.ledger.insert_batch.run(tx, &slices(&batches), || ()).await?;
        let rejects = entries
            .into_iter()
            .flat_map(|entry| entry.rejects.into_iter().map(move |reject| reject_row(reject, entry.at)));
        let rejects = rejects.collect::<Result<Vec<_>>>()?;
        self.ledger.insert_rejects.run(tx, &slices(&rejects), || ()).await
    }

    /// The answer of a batch whose commit had an unknown outcome; `None` if it was not committed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn committed(&self, tx: &mut Tx, id: &str) -> Result<Option<Outcome>> {
        let (question, mut arguments, types) =
            select("_batches", &BATCH, [("`id` = ?", Some(text(id)))], "`id`");
        arguments.push(number(1));
        let mut batches = tx.fetch(&question, arguments.iter(), &types).await?;
        let Some(batch) = batches.pop().map(read_batch) else { return Ok(None) };
        Ok(Some(Outcome {
            response: batch.counts.sentence(&batch.table),
            batch: batch.id,
            table: batch.table,
            counts: batch.counts,
            rejects: rejected_in(tx, id).await?,
        }))
    }

    /// The answer that a batch was stored with; `None` if there is no such batch.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answer(&self, id: &str) -> Result<Option<String>> {
        let question = SqlStr::from_static("SELECT `answer` FROM `_batches` WHERE `id` = ?");
        let mut rows = self.engine.read(&question, &[text(id)], &[TEXT]).await?;
        Ok(rows.pop().and_then(|row| Cells(row.into_iter()).text()))
    }

    /// The ends of the batches of a source, in file order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recorded(&self, table: &Table, kind: BatchKind, source: &str) -> Result<Vec<End>> {
        let question = SqlStr::from_static(
            "SELECT `end_offset`, `idempotency_key` FROM `_batches` \
             WHERE `source` = ? AND `table_name` = ? AND `kind` = ? AND `end_offset` IS NOT NULL \
             ORDER BY `end_offset`",
        );
        let arguments = [text(source), text(&table.name), text(kind.as_str())];
        let rows = self.engine.read(&question, &arguments, &[INTEGER, TEXT]).await?;
        let ends = rows.into_iter().map(|row| {
            let mut cells = Cells(row.into_iter());
            End { offset: cells.count(), key: cells.text().unwrap_or_default(), sent: None }
        });
        Ok(ends.collect())
    }

    /// Batches, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn batches(&self, filter: &BatchFilter, limit: u32) -> Result<Page<Batch>> {
        let conditions = [
            ("`table_name` = ?", filter.table.as_deref().map(text)),
            ("`source` = ?", filter.source.as_deref().map(text)),
            ("`kind` = ?", filter.kind.map(|kind| text(kind.as_str()))),
            ("`end_offset` <= ?", filter.until_offset.map(number)),
            ("`id` < ?", filter.after.as_deref().map(text)),
        ];
        Ok(self.list("_batches", &BATCH, conditions, "`id` DESC", limit).await?.map(read_batch))
    }

    /// The batch of an id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn batch(&self, id: &str) -> Result<Option<Batch>> {
        let page = self.list("_batches", &BATCH, [("`id` = ?", Some(text(id)))], "`id`", 1).await?;
        Ok(page.items.into_iter().map(read_batch).next())
    }
}

fn slices(rows: &[Vec<Value>]) -> Vec<&[Value]> {
    rows.iter().map(Vec::as_slice).collect()
}

/// In the order of [`schema::batches`].
fn batch_row(entry: &LedgerEntry) -> Vec<Value> {
    let batch = &entry.batch;
    let counts = &batch.counts;
    vec![
        text(&batch.id),
        text(&batch.table),
        text(batch.kind.as_str()),
        some_text(batch.source.as_deref()),
        number(batch.first_row),
        some_number(batch.first_line),
        some_number(batch.end_offset),
        text(&batch.actor),
        some_text(batch.idempotency_key.as_deref()),
        some_text(batch.fingerprint.as_deref()),
        number(counts.received),
        number(counts.inserted),
        number(counts.replaced),
        number(counts.unchanged),
        number(counts.rejected),
        number(counts.withheld),
        number(batch.removed),
        some_text(entry.answer.as_deref()),
        text(&batch.dictionary),
        Value::DateTime(entry.at),
    ]
}

pub(super) fn read_batch(row: Row) -> Batch {
    let mut cells = Cells(row.into_iter());
    Batch {
        id: cells.text().unwrap_or_default(),
        table: cells.text().unwrap_or_default(),
        kind: cells.text().and_then(|kind| BatchKind::from_word(&kind)).unwrap_or_default(),
        source: cells.text(),
        first_row: cells.count(),
        first_line: cells.number(),
        end_offset: cells.number(),
        actor: cells.text().unwrap_or_default(),
        idempotency_key: cells.text(),
        fingerprint: cells.text(),
        counts: Counts {
            received: cells.count(),
            inserted: cells.count(),
            replaced: cells.count(),
            unchanged: cells.count(),
            rejected: cells.count(),
            withheld: cells.count(),
        },
        removed: cells.count(),
        dictionary: cells.text().unwrap_or_default(),
        created_at: cells.text().unwrap_or_default(),
    }
}
