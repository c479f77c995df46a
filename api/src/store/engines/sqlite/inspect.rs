//! What a table is in a SQLite file.

use sqlx::{Connection, Row as _, SqliteConnection};

use super::Engine;
use super::definition::{self, Definition};
use crate::store::error::Result;
use crate::store::existing::{Check, ExistingColumn, ExistingReference, ExistingTable, Unique, grouped};

impl Engine {
    /// A table as it is now.
    pub(in crate::store::engines) async fn inspect(&self, table: &str) -> Result<ExistingTable> {
        let mut writer = self.writer.acquire().await?;
        // In one transaction: another process that starts may change the table in between.
        let transaction = &mut *writer.connection.begin().await?;
        inspect(transaction, table).await
    }
}

/// A table as a transaction sees it.
pub(super) async fn inspect(connection: &mut SqliteConnection, table: &str) -> Result<ExistingTable> {
    const SQL: &str = "SELECT type, coalesce(sql, ''), name FROM sqlite_schema
        WHERE type IN ('table', 'view') AND lower(name) = lower(?)";
    let found =
        sqlx::query_as::<_, (String, String, String)>(SQL).bind(table).fetch_optional(&mut *connection);
    let Some((kind, sql, name)) = found.await? else { return Ok(ExistingTable::default()) };
    let definition = definition::read(&sql);
    let kind = match kind.as_str() {
        "view" => Some("a view".to_owned()),
        _ if name != table => Some(format!("called `{name}` there, which is the same name to SQLite")),
        _ if definition.is_virtual => Some("a virtual table".to_owned()),
        _ => definition.conflict.as_ref().map(|action| format!("made with ON CONFLICT {action}")),
    };
    let columns = columns(connection, table, &definition).await?;
    let checks = definition.checks.into_iter().map(|condition| Check { name: String::new(), condition });
    Ok(ExistingTable {
        columns,
        kind,
        unique: unique(connection, table).await?,
        references: references(connection, table).await?,
        checks: checks.collect(),
        triggers: triggers(connection, table).await?,
        dependents: dependents(connection, table).await?,
    })
}

async fn columns(
    connection: &mut SqliteConnection,
    table: &str,
    definition: &Definition,
) -> Result<Vec<ExistingColumn>> {
    const SQL: &str = "SELECT name, upper(type), \"notnull\", pk, hidden, dflt_value IS NOT NULL
        FROM pragma_table_xinfo(?) ORDER BY cid";
    let rows = sqlx::query(SQL).bind(table).fetch_all(connection).await?;
    let found = rows.into_iter().map(|row| {
        let name: String = row.try_get(0)?;
        let collation = definition.collations.iter().find(|(column, _)| column.eq_ignore_ascii_case(&name));
        let collation = collation.filter(|(_, collation)| !collation.eq_ignore_ascii_case(BINARY));
        let extra = if row.try_get::<i64, _>(4)? != 0 {
            Some("is generated, but has to take what a row gives".to_owned())
        } else if row.try_get::<i64, _>(5)? != 0 {
            Some("has a default, but needs none".to_owned())
        } else {
            collation.map(|(_, collation)| format!("has collation {collation}, but needs {BINARY}"))
        };
        Ok(ExistingColumn {
            name,
            sql_type: row.try_get(1)?,
            required: row.try_get::<i64, _>(2)? > 0,
            key: row.try_get::<i64, _>(3)? > 0,
            extra,
        })
    });
    found.collect()
}

/// How columns compare that say nothing else: by bytes.
const BINARY: &str = "BINARY";

async fn unique(connection: &mut SqliteConnection, table: &str) -> Result<Vec<Unique>> {
    // An expression has no name. The primary key is compared with its column.
    const SQL: &str = "SELECT i.name, i.origin = 'u', x.name, i.partial = 0 AND upper(x.coll) = ?2
        FROM pragma_index_list(?1) i JOIN pragma_index_xinfo(i.name) x
        WHERE i.\"unique\" AND x.key AND (i.origin <> 'pk' OR upper(x.coll) <> ?2) ORDER BY i.seq, x.seqno";
    let rows = sqlx::query_as::<_, (String, bool, Option<String>, bool)>(SQL);
    let rows = rows.bind(table).bind(BINARY).fetch_all(connection).await?;
    let unique = grouped(
        rows.into_iter().map(|(name, is_constraint, column, plain)| ((name, is_constraint), (column, plain))),
    );
    Ok(unique
        .into_iter()
        .map(|((name, is_constraint), parts)| Unique::of(name, parts, is_constraint))
        .collect())
}

async fn references(connection: &mut SqliteConnection, table: &str) -> Result<Vec<ExistingReference>> {
    const SQL: &str =
        "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list(?) ORDER BY id, seq";
    let rows = sqlx::query_as::<_, (i64, String, String, Option<String>)>(SQL).bind(table);
    let rows = rows.fetch_all(connection).await?;
    let references = grouped(rows.into_iter().map(|(id, table, from, to)| ((id, table), (from, to))));
    let reference = |((_, table), columns)| ExistingReference::of(String::new(), table, columns);
    Ok(references.into_iter().map(reference).collect())
}

/// The statements of its triggers, and of its indexes that are not unique. Unique ones are compared with the keys of the
/// dictionary, which are constraints of the table.
async fn dependents(connection: &mut SqliteConnection, table: &str) -> Result<Vec<String>> {
    const SQL: &str = "SELECT s.sql FROM sqlite_schema s
        LEFT JOIN pragma_index_list(?1) i ON s.type = 'index' AND i.name = s.name
        WHERE lower(s.tbl_name) = lower(?1) AND s.sql IS NOT NULL
          AND (s.type = 'trigger' OR i.\"unique\" = 0)
        ORDER BY s.rowid";
    Ok(sqlx::query_scalar(SQL).bind(table).fetch_all(connection).await?)
}

async fn triggers(connection: &mut SqliteConnection, table: &str) -> Result<Vec<String>> {
    const SQL: &str = "SELECT name FROM sqlite_schema
        WHERE type = 'trigger' AND lower(tbl_name) = lower(?) ORDER BY name";
    Ok(sqlx::query_scalar(SQL).bind(table).fetch_all(connection).await?)
}
