//! The stored rows that violate a change of their table.

use std::time::Duration;

use dictionary::{Physical, Value};

use super::change::Change;
use super::engines::Engine;
use super::existing::{ExistingTable, VARCHAR};
use super::schema::{Reference, TableDefinition};
use super::sql_text::{list, quoted, row_of};

/// How long one query may take. After it, the rows are not counted: a start is refused anyway.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Keys that are shown.
const KEYS: u32 = 3;

/// Counts rows of the tables of a database.
pub(super) struct Against<'a> {
    engine: &'a Engine,
    /// The existing tables, with their names.
    tables: Vec<(&'a str, &'a ExistingTable)>,
}

impl<'a> Against<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        definitions: &'a [TableDefinition],
        found: &'a [ExistingTable],
    ) -> Self {
        let names = definitions.iter().map(|definition| definition.name.as_str());
        Against { engine, tables: names.zip(found).collect() }
    }

    /// How many rows violate a change, and the keys of the first ones; `None` where the change does not depend on rows, or they
    /// cannot be counted in time.
    pub(super) async fn rows(
        &self,
        table: &TableDefinition,
        found: &ExistingTable,
        change: &Change,
    ) -> (Option<u64>, Vec<String>) {
        let Some(condition) = self.condition(table, found, change) else { return (None, Vec::new()) };
        let rows_of = format!("FROM {} WHERE {condition}", quoted(&table.name));
        let count = self.read(&format!("SELECT COUNT(*) {rows_of}"), &[Physical::Integer]).await;
        let count = match count.as_deref() {
            Some([row]) => match row.as_slice() {
                [Value::Integer(count)] => u64::try_from(*count).ok(),
                _ => None,
            },
            _ => None,
        };
        let keys = match (count, self.key_types(table, found)) {
            (Some(1..), Some(types)) => {
                let columns = list(table.primary_key.iter().map(String::as_str));
                let select = format!("SELECT {columns} {rows_of} ORDER BY {columns} LIMIT {KEYS}");
                self.read(&select, &types).await.unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let text = |key: &Vec<Value>| key.iter().map(|value| value.text()).collect::<Vec<_>>().join(", ");
        (count, keys.iter().map(text).collect())
    }

    /// Whether the change concerns some rows more than others.
    pub(super) fn depends_on_rows(
        &self,
        table: &TableDefinition,
        found: &ExistingTable,
        change: &Change,
    ) -> bool {
        self.condition(table, found, change).is_some()
    }

    async fn read(&self, sql: &str, types: &[Physical]) -> Option<Vec<Vec<Value>>> {
        let dialect = self.engine.dialect();
        let sql = dialect.render(&(dialect.ten_seconds_at_most.to_owned() + sql));
        match tokio::time::timeout(TIMEOUT, self.engine.scan(&sql, &[], types)).await {
            Ok(Ok(rows)) => Some(rows),
            Ok(Err(error)) => {
                tracing::warn!("the rows that violate a difference were not counted: {error}");
                None
            }
            Err(_) => {
                tracing::warn!(
                    "the rows that violate a difference were not counted within {} s",
                    TIMEOUT.as_secs()
                );
                None
            }
        }
    }

    /// The types of the primary key, if the table has the one of the dictionary.
    fn key_types(&self, table: &TableDefinition, found: &ExistingTable) -> Option<Vec<Physical>> {
        let is_same = found.columns.iter().filter(|column| column.key).count() == table.primary_key.len();
        let type_of = |name: &String| {
            let column = table.columns.iter().find(|column| column.name == *name)?;
            let has = found.column(name).filter(|has| has.key)?;
            (has.sql_type == self.engine.sql_type(column)).then_some(column.ty)
        };
        table.primary_key.iter().map(type_of).collect::<Option<Vec<_>>>().filter(|_| is_same)
    }

    /// The condition of the rows.
    fn condition(&self, table: &TableDefinition, found: &ExistingTable, change: &Change) -> Option<String> {
        match change {
            // Every row lacks a value.
            Change::AddColumn { .. } => Some("1 = 1".to_owned()),
            Change::DropColumn { column } => Some(format!("{} IS NOT NULL", quoted(column))),
            Change::Type { column, needs, .. } => {
                let column = quoted(column);
                let length = needs.strip_prefix(VARCHAR).and_then(|rest| rest.split_once(')'));
                Some(match length {
                    Some((length, _)) => format!("CHAR_LENGTH({column}) > {length}"),
                    None => format!("{column} IS NOT NULL"),
                })
            }
            Change::Required { column, .. } => Some(format!("{} IS NULL", quoted(column))),
            Change::PrimaryKey { needs: true, .. } => {
                let is_there = |name: &String| found.column(name).is_some();
                let nulls = table.primary_key.iter().map(|name| format!("{} IS NULL", quoted(name)));
                let nulls = nulls.collect::<Vec<_>>().join(" OR ");
                let twice = twice(&table.name, &table.primary_key);
                table.primary_key.iter().all(is_there).then(|| format!("({nulls}) OR {twice}"))
            }
            Change::AddUnique { columns, .. } => {
                let is_there = columns.iter().all(|name| found.column(name).is_some());
                is_there.then(|| twice(&table.name, columns))
            }
            Change::AddReference { reference, .. } => self.orphans(table, found, reference),
            Change::Kind(_)
            | Change::Property { .. }
            | Change::PrimaryKey { .. }
            | Change::DropUnique(_)
            | Change::AddCheck(_)
            | Change::DropCheck(_)
            | Change::DropReference(_) => None,
        }
    }

    /// The rows without a parent; all with a value where the parent's columns are not there.
    fn orphans(
        &self,
        table: &TableDefinition,
        found: &ExistingTable,
        reference: &Reference,
    ) -> Option<String> {
        if reference.columns.iter().any(|name| found.column(name).is_none()) {
            return None;
        }
        let (of, parent) = (quoted(&table.name), quoted("_parent"));
        let values = reference.columns.iter().map(|name| format!("{of}.{} IS NOT NULL", quoted(name)));
        let values = values.collect::<Vec<_>>().join(" AND ");
        let parent_table = self.tables.iter().find(|(name, _)| *name == reference.table)?.1;
        if reference.parents.iter().any(|name| parent_table.column(name).is_none()) {
            return Some(values);
        }
        let pairs = reference.columns.iter().zip(&reference.parents);
        let same = pairs.map(|(own, key)| format!("{parent}.{} = {of}.{}", quoted(key), quoted(own)));
        let same = same.collect::<Vec<_>>().join(" AND ");
        let parents = quoted(&reference.table);
        Some(format!("{values} AND NOT EXISTS (SELECT 1 FROM {parents} AS {parent} WHERE {same})"))
    }
}

/// The condition of rows whose key another row has too.
fn twice(table: &str, columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
    let (key, listed) = (row_of(&columns), columns.join(", "));
    format!("{key} IN (SELECT {listed} FROM {} GROUP BY {listed} HAVING COUNT(*) > 1)", quoted(table))
}
