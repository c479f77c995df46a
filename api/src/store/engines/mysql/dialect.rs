//! The SQL of MariaDB and MySQL.

use dictionary::Physical;

use crate::store::schema::{ColumnDefinition, TableDefinition};
use crate::store::sql_text::{Dialect, quoted, rows_of_placeholders};

/// The SQL that all of these servers take.
pub(super) static COMMON: Dialect = Dialect {
    quote: '`',
    numbered_arguments: false,
    json_rows: None,
    share_lock: " LOCK IN SHARE MODE",
    tuples: rows_of_placeholders,
    // MySQL can set it for a session only, and a connection must not return to the pool without its checks.
    without_reference_checks: None,
    ten_seconds_at_most: "",
    // `key IN (query)` would run the query for each row of the table.
    delete_listed: |table, key, listed, columns| {
        let same = key.iter().zip(columns).map(|(key, column)| format!("`_listed`.{column} = {table}.{key}"));
        let same = same.collect::<Vec<_>>().join(" AND ");
        format!("DELETE {table} FROM {table} JOIN ({listed}) AS `_listed` ON {same}")
    },
    name_fault,
    table_name_fault,
    // <https://mariadb.com/docs/server/server-usage/storage-engines/innodb/innodb-limitations>
    most_columns: (1017, "InnoDB"),
};

/// The SQL of a MariaDB that has the variable `wsrep_on`. It is 1 where the server is a node of a Galera cluster. Such
/// nodes learn which parents a transaction needs from the engine's checks only, not from locks, so the checks stay on.
/// The value is read at each execution.
pub(super) static MARIADB: Dialect = Dialect {
    without_reference_checks: Some("SET STATEMENT foreign_key_checks = @@wsrep_on FOR "),
    ten_seconds_at_most: "SET STATEMENT max_statement_time = 10 FOR ",
    ..COMMON
};
/// Columns that InnoDB has in every table, and one that it takes as its own where it finds it.
const OF_INNODB: [&str; 4] = ["db_row_id", "db_trx_id", "db_roll_ptr", "fts_doc_id"];

/// <https://mariadb.com/docs/server/reference/sql-structure/sql-language-structure/identifier-names>
fn name_fault(name: &str) -> Option<&'static str> {
    if name.ends_with(' ') {
        return Some("ends with a space");
    }
    if OF_INNODB.iter().any(|own| name.eq_ignore_ascii_case(own)) {
        return Some("is a name that InnoDB keeps for itself");
    }
    name.contains(|c: char| u32::from(c) > 0xffff)
        .then_some("holds a character beyond the Basic Multilingual Plane, such as an emoji")
}

/// The name of a table's file may have 255 bytes, in which a character that is no ASCII letter or digit has up to five.
fn table_name_fault(name: &str) -> Option<&'static str> {
    const LONGEST: usize = 240;
    let length = |c: char| if c.is_ascii_alphanumeric() || c == '_' { 1 } else { 5 };
    if name.starts_with("#mysql50#") || name.starts_with("#sql") {
        return Some("begins as only names of the server do");
    }
    (name.chars().map(length).sum::<usize>() > LONGEST)
        .then_some("has too many characters that are no ASCII letters or digits for the name of a file")
}

/// String columns that are no key are at most so long before they leave the row: a row of InnoDB has
/// 65,535 bytes for all of them.
const LONGEST_VARCHAR: u64 = 255;

/// The statement that creates a table in MariaDB.
pub(in crate::store) fn mariadb_ddl(table: &TableDefinition) -> String {
    Flavor::MariaDb.create(table)
}

/// Where the servers differ.
#[derive(Debug, Clone, Copy)]
pub(in crate::store::engines) enum Flavor {
    MariaDb,
    MySql,
}

impl Flavor {
    /// Compares UTF-8 bytes, without padding or case folding.
    pub(in crate::store::engines) fn collation(self) -> &'static str {
        match self {
            Flavor::MariaDb => "utf8mb4_nopad_bin",
            Flavor::MySql => "utf8mb4_0900_bin",
        }
    }

    /// The type of a column, with the collation of strings.
    pub(in crate::store::engines) fn sql_type(self, column: &ColumnDefinition) -> String {
        let text = match (column.ty, column.max_length) {
            (Physical::Integer, _) => return "bigint".to_owned(),
            (Physical::Double, _) => return "double".to_owned(),
            (Physical::Boolean, _) => return "tinyint(1)".to_owned(),
            (Physical::Date, _) => return "date".to_owned(),
            (Physical::DateTime, _) => return "datetime(6)".to_owned(),
            (Physical::Text, Some(most)) if most <= LONGEST_VARCHAR || column.indexed => {
                format!("varchar({most})")
            }
            (Physical::Text, _) => "longtext".to_owned(),
        };
        format!("{text} {}", self.collation())
    }

    /// The type that an earlier version of this program gave a column, if it was another one.
    pub(in crate::store::engines) fn earlier_sql_type(self, column: &ColumnDefinition) -> Option<String> {
        match column.ty {
            Physical::DateTime => Some("datetime".to_owned()),
            Physical::Text if column.indexed && column.max_length > Some(LONGEST_VARCHAR) => {
                Some(format!("varchar({LONGEST_VARCHAR}) {}", self.collation()))
            }
            Physical::Text | Physical::Integer | Physical::Double | Physical::Boolean | Physical::Date => {
                None
            }
        }
    }

    pub(in crate::store::engines) fn define(self, column: &ColumnDefinition) -> String {
        let (name, sql_type) = (quoted(&column.name), self.sql_type(column));
        let mut line = match sql_type.split_once(" utf8mb4") {
            Some((text, _)) => {
                format!("{name} {text} CHARACTER SET utf8mb4 COLLATE {}", self.collation())
            }
            None => format!("{name} {sql_type}"),
        };
        line += if column.required { " NOT NULL" } else { " NULL" };
        line
    }

    /// The statement that makes a table where it is missing.
    pub(in crate::store::engines) fn create(self, table: &TableDefinition) -> String {
        self.create_as("TABLE IF NOT EXISTS", table)
    }

    pub(in crate::store::engines) fn create_as(self, what: &str, table: &TableDefinition) -> String {
        let mut lines: Vec<String> = table.columns.iter().map(|column| self.define(column)).collect();
        lines.extend(table.indexes.iter().map(|(name, columns)| format!("KEY {} ({columns})", quoted(name))));
        lines.extend(table.table_constraints());
        format!(
            "CREATE {what} {} (\n  {}\n) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {}",
            quoted(&table.name),
            lines.join(",\n  "),
            self.collation()
        )
    }
}
