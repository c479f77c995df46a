//! What a table is on MariaDB and MySQL. Texts are cast, since MySQL returns some of them as bytes.

use sqlx::{MySqlPool, Row as _};

use super::{Engine, Flavor};
use crate::store::error::Result;
use crate::store::existing::{Check, ExistingColumn, ExistingReference, ExistingTable, Unique, grouped};

impl Engine {
    /// A table as it is now.
    pub(in crate::store::engines) async fn inspect(&self, table: &str) -> Result<ExistingTable> {
        const SQL: &str = "SELECT CAST(TABLE_TYPE AS CHAR), CAST(ENGINE AS CHAR)
            FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?";
        let found = sqlx::query_as::<_, (String, Option<String>)>(SQL).bind(table);
        let Some((kind, engine)) = found.fetch_optional(&self.pool).await? else {
            return Ok(ExistingTable::default());
        };
        let kind = match (kind.as_str(), engine) {
            ("VIEW", _) => Some("a view".to_owned()),
            (_, Some(engine)) if engine == "InnoDB" => None,
            (_, engine) => {
                let engine = engine.as_deref().unwrap_or("NULL");
                Some(format!("a table of the engine {engine}, but needs InnoDB"))
            }
        };
        Ok(ExistingTable {
            columns: columns(&self.pool, table).await?,
            kind,
            unique: unique(&self.pool, table).await?,
            references: references(&self.pool, table).await?,
            checks: checks(&self.pool, self.flavor, table).await?,
            triggers: triggers(&self.pool, table).await?,
            dependents: Vec::new(),
        })
    }
}

async fn columns(pool: &MySqlPool, table: &str) -> Result<Vec<ExistingColumn>> {
    // MariaDB writes the default of a column that has none, and takes null, as NULL.
    const SQL: &str =
        "SELECT CAST(COLUMN_NAME AS CHAR), CAST(COLUMN_TYPE AS CHAR), CAST(COLLATION_NAME AS CHAR),
          IS_NULLABLE = 'NO', COLUMN_KEY = 'PRI', CAST(EXTRA AS CHAR),
          COALESCE(CAST(COLUMN_DEFAULT AS CHAR), 'NULL') <> 'NULL'
        FROM information_schema.COLUMNS
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION";
    let rows = sqlx::query(SQL).bind(table).fetch_all(pool).await?;
    let found = rows.into_iter().map(|row| {
        let sql_type: String = row.try_get(1)?;
        let collation: Option<String> = row.try_get(2)?;
        let sql_type = without_width(sql_type);
        let (extra, has_default): (String, i64) = (row.try_get(5)?, row.try_get(6)?);
        let extra = match (extra.is_empty(), has_default) {
            (false, _) => {
                Some(format!("has {}, but needs to take what a row gives", extra.to_ascii_lowercase()))
            }
            (true, 0) => None,
            (true, _) => Some("has a default, but needs none".to_owned()),
        };
        Ok(ExistingColumn {
            name: row.try_get(0)?,
            sql_type: collation.map_or(sql_type.clone(), |collation| format!("{sql_type} {collation}")),
            required: row.try_get::<i64, _>(3)? > 0,
            key: row.try_get::<i64, _>(4)? > 0,
            extra,
        })
    });
    found.collect()
}

/// MariaDB writes the width that it displays, as in `bigint(20) unsigned`; MySQL does not any more.
fn without_width(sql_type: String) -> String {
    match sql_type.strip_prefix("bigint(").and_then(|rest| rest.split_once(')')) {
        Some((_, attributes)) => format!("bigint{attributes}"),
        None => sql_type,
    }
}

async fn unique(pool: &MySqlPool, table: &str) -> Result<Vec<Unique>> {
    // An expression has no column. The primary key is compared with its column.
    const SQL: &str = "SELECT CAST(INDEX_NAME AS CHAR), CAST(COLUMN_NAME AS CHAR), SUB_PART IS NULL
        FROM information_schema.STATISTICS
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND NON_UNIQUE = 0
          AND (INDEX_NAME <> 'PRIMARY' OR SUB_PART IS NOT NULL)
        ORDER BY INDEX_NAME, SEQ_IN_INDEX";
    let rows = sqlx::query_as::<_, (String, Option<String>, bool)>(SQL).bind(table).fetch_all(pool).await?;
    let unique = grouped(rows.into_iter().map(|(name, column, plain)| (name, (column, plain))));
    let unique = unique.into_iter().map(|(name, parts)| {
        let is_constraint =
            parts.first().is_some_and(|(column, _)| names_constraint(&name, column.as_deref()));
        Unique::of(name, parts, is_constraint)
    });
    Ok(unique.collect())
}

/// Whether a unique index has the name that the server gives a constraint without one: that of its first column, perhaps
/// with a number.
fn names_constraint(name: &str, column: Option<&str>) -> bool {
    let rest = column.and_then(|column| name.strip_prefix(column));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('_').is_some_and(is_number))
}

async fn references(pool: &MySqlPool, table: &str) -> Result<Vec<ExistingReference>> {
    const SQL: &str = "SELECT CAST(CONSTRAINT_NAME AS CHAR), CAST(COLUMN_NAME AS CHAR),
          CAST(IF(REFERENCED_TABLE_SCHEMA = DATABASE(), REFERENCED_TABLE_NAME,
                  CONCAT(REFERENCED_TABLE_SCHEMA, '.', REFERENCED_TABLE_NAME)) AS CHAR),
          CAST(REFERENCED_COLUMN_NAME AS CHAR)
        FROM information_schema.KEY_COLUMN_USAGE
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND REFERENCED_TABLE_NAME IS NOT NULL
        ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION";
    let rows = sqlx::query_as::<_, (String, String, String, Option<String>)>(SQL).bind(table);
    let rows = rows.fetch_all(pool).await?;
    let references = grouped(rows.into_iter().map(|(name, from, table, to)| ((name, table), (from, to))));
    let reference = |((name, table), columns)| ExistingReference::of(name, table, columns);
    Ok(references.into_iter().map(reference).collect())
}

/// The foreign keys of a table: the name, and each column.
pub(super) async fn reference_names(pool: &MySqlPool, table: &str) -> Result<Vec<(String, String)>> {
    const SQL: &str = "SELECT CAST(CONSTRAINT_NAME AS CHAR), CAST(COLUMN_NAME AS CHAR)
        FROM information_schema.KEY_COLUMN_USAGE
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND REFERENCED_TABLE_NAME IS NOT NULL
        ORDER BY CONSTRAINT_NAME";
    Ok(sqlx::query_as(SQL).bind(table).fetch_all(pool).await?)
}

/// The CHECKs of a table.
pub(super) async fn checks(pool: &MySqlPool, flavor: Flavor, table: &str) -> Result<Vec<Check>> {
    let sql = match flavor {
        // Its names are unique within a table only.
        Flavor::MariaDb => {
            "SELECT CAST(CONSTRAINT_NAME AS CHAR), CAST(CHECK_CLAUSE AS CHAR)
            FROM information_schema.CHECK_CONSTRAINTS
            WHERE CONSTRAINT_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY CONSTRAINT_NAME"
        }
        // It does not say the table, but its names are unique within a schema.
        Flavor::MySql => {
            "SELECT CAST(c.CONSTRAINT_NAME AS CHAR), CAST(c.CHECK_CLAUSE AS CHAR)
            FROM information_schema.CHECK_CONSTRAINTS c
            JOIN information_schema.TABLE_CONSTRAINTS t
              ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME
            WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_NAME = ? AND t.CONSTRAINT_TYPE = 'CHECK'
              AND t.ENFORCED = 'YES'
            ORDER BY c.CONSTRAINT_NAME"
        }
    };
    let checks = sqlx::query_as::<_, (String, String)>(sql).bind(table).fetch_all(pool).await?;
    Ok(checks.into_iter().map(|(name, condition)| Check { name, condition }).collect())
}

async fn triggers(pool: &MySqlPool, table: &str) -> Result<Vec<String>> {
    const SQL: &str = "SELECT CAST(TRIGGER_NAME AS CHAR) FROM information_schema.TRIGGERS
        WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = ? ORDER BY TRIGGER_NAME";
    Ok(sqlx::query_scalar(SQL).bind(table).fetch_all(pool).await?)
}
