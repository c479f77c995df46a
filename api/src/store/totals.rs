//! Figures of whole tables, for pages and reports.

use std::collections::HashMap;
use std::sync::Arc;

use dictionary::{Code, Physical, Table, Value};

use super::engines::Engine;
use super::error::Result;
use super::rejects::{HAS_CODE, code_pattern};
use super::sql_text::quoted;
use super::statements::text;

/// The part of the store that counts.
pub struct Totals {
    engine: Arc<Engine>,
}

/// The version of tables, from the ledger: two versions are equal only if nothing was changed between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(Vec<u64>);

/// Batches of each table.
#[derive(Debug)]
pub struct Versions(HashMap<String, u64>);

impl Versions {
    /// The version of some tables together.
    pub fn of<'t>(&self, tables: impl IntoIterator<Item = &'t Table>) -> Version {
        let batches = |table: &Table| self.0.get(&table.name).copied().unwrap_or_default();
        Version(tables.into_iter().map(batches).collect())
    }
}

/// The open rejects of a table.
#[derive(Debug)]
pub struct OpenRejects {
    /// How many they are.
    pub rows: u64,
    /// How many have an error of a code; a row may have several.
    pub by_code: Vec<(Code, u64)>,
}

/// How many rows a table has, and how many it should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Rows that the table has.
    pub rows: u64,
    /// Rows that it has by the ledger: those after its newest restore, and those that batches have inserted since.
    pub by_batches: u64,
}

impl Totals {
    pub(super) fn new(engine: Arc<Engine>) -> Totals {
        Totals { engine }
    }

    /// Runs a query that may read whole tables.
    async fn scan(&self, text: &str, arguments: &[Value], types: &[Physical]) -> Result<Vec<Vec<Value>>> {
        self.engine.scan(&self.engine.dialect().render(text), arguments, types).await
    }

    /// Counts the rows of a table and, in the same transaction, the rows that its batches have inserted.
    ///
    /// # Errors
    /// When the database fails; [`super::Error::Missing`] when the table is missing.
    pub async fn tally(&self, table: &Table) -> Result<Tally> {
        // Without a restore, every batch counts.
        let query = format!(
            "SELECT (SELECT COUNT(*) FROM {}), \
             CAST(COALESCE(SUM(CASE WHEN `kind` = 'restore' THEN `received` ELSE `inserted` END), 0) AS SIGNED) \
             FROM `_batches` WHERE `table_name` = ? AND `id` >= \
             (SELECT COALESCE(MAX(`id`), '') FROM `_batches` WHERE `table_name` = ? AND `kind` = 'restore')",
            quoted(&table.name)
        );
        let name = text(&table.name);
        let rows = self.scan(&query, &[name.clone(), name], &[Physical::Integer; 2]).await?;
        let mut counts = counts(rows.first().map(Vec::as_slice).unwrap_or_default());
        let mut next = || counts.next().unwrap_or_default();
        Ok(Tally { rows: next(), by_batches: next() })
    }

    /// Whether a table has any row.
    ///
    /// # Errors
    /// When the database fails; [`super::Error::Missing`] when the table is missing.
    pub async fn has_rows(&self, table: &Table) -> Result<bool> {
        let query = format!("SELECT 1 FROM {} LIMIT 1", quoted(&table.name));
        Ok(!self
            .engine
            .read(&self.engine.dialect().render(&query), &[], &[Physical::Integer])
            .await?
            .is_empty())
    }

    /// Runs a report's query, with a value for each `?` and a type for each column of its result.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report(&self, query: &str, values: &[Value], types: &[Physical]) -> Result<Vec<Vec<Value>>> {
        self.scan(query, values, types).await
    }

    /// The versions of all tables as they are now, whichever process changed them: every change is a batch,
    /// batches stay, and each commits together with its rows. Ids would not do: they ascend in the order in
    /// which batches begin, not in that of their commits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn versions(&self) -> Result<Versions> {
        let query = "SELECT `table_name`, COUNT(*) FROM `_batches` GROUP BY `table_name`";
        let query = self.engine.dialect().render(query);
        let rows = self.engine.read(&query, &[], &[Physical::Text, Physical::Integer]).await?;
        let version = |row: Vec<Value>| match <[Value; 2]>::try_from(row) {
            Ok([Value::String(table), Value::Integer(batches)]) => {
                Some((table.into(), batches.unsigned_abs()))
            }
            _ => None,
        };
        Ok(Versions(rows.into_iter().filter_map(version).collect()))
    }

    /// How many rejects of a table are open.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_rejects(&self, table: &Table) -> Result<u64> {
        let query = "SELECT COUNT(*) FROM `_rejected` WHERE `table_name` = ? AND `status` = 'open'";
        let rows = self.scan(query, &[text(&table.name)], &[Physical::Integer]).await?;
        Ok(rows.first().map_or(0, |row| counts(row).next().unwrap_or_default()))
    }

    /// The open rejects of a table by their codes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_rejects_by_code(&self, table: &Table) -> Result<OpenRejects> {
        let columns = vec![format!("COUNT(CASE WHEN {HAS_CODE} THEN 1 END)"); Code::ALL.len()].join(", ");
        let filter = "`table_name` = ? AND `status` = 'open'";
        let query = format!("SELECT {columns}, COUNT(*) FROM `_rejected` WHERE {filter}");
        let patterns = Code::ALL.map(code_pattern);
        let values = patterns.into_iter().chain([table.name.clone()]).map(|value| text(&value));
        let types = [Physical::Integer; Code::ALL.len() + 1];
        let rows = self.scan(&query, &values.collect::<Vec<_>>(), &types).await?;
        let mut counts = counts(rows.first().map(Vec::as_slice).unwrap_or_default());
        let by_code = Code::ALL.into_iter().zip(&mut counts).filter(|(_, rows)| *rows > 0).collect();
        Ok(OpenRejects { by_code, rows: counts.next().unwrap_or_default() })
    }
}

fn counts(row: &[Value]) -> impl Iterator<Item = u64> {
    row.iter().map(|value| if let Value::Integer(count) = value { count.unsigned_abs() } else { 0 })
}
