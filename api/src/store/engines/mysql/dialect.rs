//! The SQL of MariaDB and MySQL.

use dictionary::Physical;

use crate::store::schema::{ColumnDefinition, TableDefinition};
use crate::store::sql_text::{Dialect, quoted};

pub(super) static DIALECT: Dialect = Dialect {
    quote: '`',
    numbered_arguments: false,
    json_rows: None,
    share_lock: " LOCK IN SHARE MODE",
    // `key IN (query)` would run the query for each row of the table.
    delete_listed: |table, key, listed, column| {
        format!(
            "DELETE {table} FROM {table} JOIN ({listed}) AS `_listed` ON `_listed`.{column} = {table}.{key}"
        )
    },
};

/// String columns that are no key are at most so long before they leave the row: a row of InnoDB has
/// 65,535 bytes for all of them.
const LONGEST_VARCHAR: u64 = 255;

/// Whether a column has an index, in which a longer text has no place.
fn is_indexed(column: &ColumnDefinition) -> bool {
    column.key || column.unique || column.references.is_some()
}

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
            (Physical::Text, Some(most)) if most <= LONGEST_VARCHAR || is_indexed(column) => {
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
            Physical::Text if is_indexed(column) && column.max_length > Some(LONGEST_VARCHAR) => {
                Some(format!("varchar({LONGEST_VARCHAR}) {}", self.collation()))
            }
            Physical::Text | Physical::Integer | Physical::Double | Physical::Boolean | Physical::Date => {
                None
            }
        }
    }

    /// A column without its keys.
    pub(in crate::store::engines) fn define_plain(self, column: &ColumnDefinition) -> String {
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

    fn define(self, column: &ColumnDefinition) -> String {
        let mut line = self.define_plain(column);
        if column.key {
            line += " PRIMARY KEY";
        }
        if column.unique {
            line += " UNIQUE";
        }
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
