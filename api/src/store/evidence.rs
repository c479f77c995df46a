//! What the database holds of rows that were sent: the batches that received them, their entries in the reject
//! log, and the rows under their keys. All of it is read in one transaction, and so belongs to one state.

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use dictionary::decode::MAX_ROWS;
use dictionary::request::contested_key;
use dictionary::wire::{Batch, Recorded};
use dictionary::{Table, Value};
use foldhash::fast::RandomState;

use super::cells::{Cells, INTEGER, TEXT, number, select, text};
use super::engine::Tx;
use super::ledger::{BATCH, read_batch};
use super::{Result, Store};

/// Batches that are looked through for rejects, where no key says which one it was: the newest ones.
const ALIKE: u64 = 16;

/// No further batch is looked through once so many bytes of rejects are read.
const ALIKE_BYTES: usize = 16 << 20;

/// Which rows are asked for.
#[derive(Debug, Default)]
pub struct Asked<'a> {
    /// The idempotency key of the batch that they are, and the fingerprint of its request.
    pub key: Option<(&'a str, &'a str)>,
    /// The file or sender.
    pub source: Option<&'a str>,
    /// The number of the first row.
    pub first: u64,
    /// The number of the last row.
    pub last: u64,
    /// Bytes of the longest row.
    pub longest: usize,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Evidence {
    /// The batches of that key that received these rows, oldest first.
    pub batches: Vec<Recorded>,
    /// The rejects of these batches; where there are none, of the newest ones of that source that hold rows of these
    /// numbers.
    pub rejects: Vec<Logged>,
    /// Rows of the table by primary key; those that were asked for, and perhaps others.
    pub rows: HashMap<Value, Vec<Value>, RandomState>,
}

/// What the reject log keeps of a row.
#[derive(Debug)]
pub struct Logged {
    /// Its id.
    pub id: String,
    /// The batch that it came with.
    pub batch: String,
    /// Its 1-based number in the sender's file or request.
    pub row: u64,
    /// The row as received.
    pub raw: Vec<u8>,
}

impl Store {
    /// What the database holds of rows of a table with these primary keys.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn evidence<'v>(
        &self,
        tx: &mut Tx,
        table: &Table,
        asked: &Asked<'_>,
        keys: impl Iterator<Item = &'v Value> + Send,
    ) -> Result<Evidence> {
        let mut evidence = Evidence::default();
        for batch in self.of_key(tx, table, asked.key).await? {
            let mut rejects = self.logged(tx, table, &batch.id, None).await?;
            evidence.batches.push(Recorded { batch, logged: rejects.len() as u64 });
            evidence.rejects.append(&mut rejects);
        }
        if evidence.batches.is_empty() {
            let mut bytes = 0;
            for batch in self.alike(tx, table, asked).await? {
                if bytes > ALIKE_BYTES {
                    break;
                }
                let mut rejects = self.logged(tx, table, &batch.id, Some(asked)).await?;
                bytes += rejects.iter().map(|reject| reject.raw.len()).sum::<usize>();
                evidence.rejects.append(&mut rejects);
            }
        }
        let rows = self.rows(tx, table, keys).await?;
        evidence.rows = rows.into_iter().map(|row| (row[table.primary_key].clone(), row)).collect();
        Ok(evidence)
    }

    /// The newest batch after one that restored the table or replaced rows of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replaced_since(&self, tx: &mut Tx, table: &Table, batch: &str) -> Result<Option<Batch>> {
        let conditions = [
            ("`table_name` = ?", Some(text(&table.name))),
            ("`id` > ?", Some(text(batch))),
            ("(`kind` = 'restore' OR `replaced` > ?)", Some(number(0))),
        ];
        Ok(self.ledger_batches(tx, conditions, "`id` DESC", 1).await?.pop())
    }

    /// The batches of a key that received the request of a fingerprint. Where another request holds the key, these
    /// are also those of the key that it is sent with then.
    async fn of_key(&self, tx: &mut Tx, table: &Table, key: Option<(&str, &str)>) -> Result<Vec<Batch>> {
        let Some((key, fingerprint)) = key else { return Ok(Vec::new()) };
        // History has no fingerprints: this program made its keys of the file.
        let is_same = |batch: &Batch| batch.fingerprint.as_deref().is_none_or(|other| other == fingerprint);
        let (mut same, others): (Vec<_>, Vec<_>) =
            self.keyed(tx, table, key).await?.into_iter().partition(is_same);
        if !others.is_empty() {
            let contested = self.keyed(tx, table, &contested_key(key, fingerprint)).await?;
            same.extend(contested.into_iter().filter(is_same));
            same.sort_by(|one, other| one.id.cmp(&other.id));
        }
        Ok(same)
    }

    async fn keyed(&self, tx: &mut Tx, table: &Table, key: &str) -> Result<Vec<Batch>> {
        let conditions =
            [("`table_name` = ?", Some(text(&table.name))), ("`idempotency_key` = ?", Some(text(key)))];
        self.ledger_batches(tx, conditions, "`id`", ALIKE).await
    }

    async fn alike(&self, tx: &mut Tx, table: &Table, asked: &Asked<'_>) -> Result<Vec<Batch>> {
        let source = match asked.source {
            Some(source) => ("`source` = ?", Some(text(source))),
            None => ("`source` IS NULL AND `kind` = ?", Some(text("load"))),
        };
        let conditions = [
            ("`table_name` = ?", Some(text(&table.name))),
            source,
            ("`first_row` <= ?", Some(number(asked.last))),
            ("`first_row` + `received` > ?", Some(number(asked.first))),
            ("`rejected` > ?", Some(number(0))),
        ];
        self.ledger_batches(tx, conditions, "`id` DESC", ALIKE).await
    }

    async fn ledger_batches(
        &self,
        tx: &mut Tx,
        conditions: impl IntoIterator<Item = (&'static str, Option<Value>)>,
        order: &str,
        limit: u64,
    ) -> Result<Vec<Batch>> {
        let (question, mut arguments, types) = select("_batches", &BATCH, conditions, order);
        arguments.push(number(limit));
        let batches = tx.fetch(&question, arguments.iter(), &types).await?;
        Ok(batches.into_iter().map(read_batch).collect())
    }

    /// The rejects of a batch; of one that is only like those that are asked for, those that can be equal to one of
    /// them: the batch may hold much larger rows.
    async fn logged(
        &self,
        tx: &mut Tx,
        table: &Table,
        batch: &str,
        alike: Option<&Asked<'_>>,
    ) -> Result<Vec<Logged>> {
        let columns =
            [("id", TEXT), ("batch", TEXT), ("row_number", INTEGER), ("encoding", TEXT), ("raw", TEXT)];
        // Base64 has four bytes for three.
        let longest = |asked: &Asked| number((asked.longest as u64).div_ceil(3) * 4);
        let conditions = [
            ("`batch` = ?", Some(text(batch))),
            ("`table_name` = ?", Some(text(&table.name))),
            ("`row_number` >= ?", alike.map(|asked| number(asked.first))),
            ("`row_number` <= ?", alike.map(|asked| number(asked.last))),
            ("OCTET_LENGTH(`raw`) <= ?", alike.map(longest)),
        ];
        let (question, mut arguments, types) = select("_rejected", &columns, conditions, "`id`");
        arguments.push(number(MAX_ROWS as u64));
        let rows = tx.fetch(&question, arguments.iter(), &types).await?;
        let logged = rows.into_iter().map(|row| {
            let mut cells = Cells(row.into_iter());
            let (id, batch) = (cells.text().unwrap_or_default(), cells.text().unwrap_or_default());
            let (row, encoding) = (cells.count(), cells.text().unwrap_or_default());
            let raw = cells.text().unwrap_or_default();
            let raw = match encoding.as_str() {
                "base64" => BASE64_STANDARD.decode(&raw).unwrap_or_else(|_| raw.into_bytes()),
                _ => raw.into_bytes(),
            };
            Logged { id, batch, row, raw }
        });
        Ok(logged.collect())
    }
}
