//! How tables are made on MariaDB and on MySQL.

use dictionary::Physical;

use crate::store::schema::{Column, Relation};

/// String columns that are no key are at most so long before they leave the row: a row of InnoDB has
/// 65,535 bytes for all of them.
const LONGEST_VARCHAR: u64 = 255;

/// Where the servers differ.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Dialect {
    MariaDb,
    MySql,
}

impl Dialect {
    /// Compares UTF-8 bytes, without padding or case folding.
    pub(in crate::store) fn collation(self) -> &'static str {
        match self {
            Dialect::MariaDb => "utf8mb4_nopad_bin",
            Dialect::MySql => "utf8mb4_0900_bin",
        }
    }

    /// The type of a column, with the collation of strings.
    pub(in crate::store) fn sql_type(self, column: &Column) -> String {
        let text = match (column.ty, column.max_length) {
            (Physical::Integer, _) => return "bigint".to_owned(),
            (Physical::Double, _) => return "double".to_owned(),
            (Physical::Boolean, _) => return "tinyint(1)".to_owned(),
            (Physical::Date, _) => return "date".to_owned(),
            (Physical::DateTime, _) => return "datetime".to_owned(),
            (Physical::Text, Some(most)) if most <= LONGEST_VARCHAR => format!("varchar({most})"),
            (Physical::Text, _) => "longtext".to_owned(),
        };
        format!("{text} {}", self.collation())
    }

    fn define(self, column: &Column) -> String {
        let sql_type = self.sql_type(column);
        let mut line = match sql_type.split_once(" utf8mb4") {
            Some((text, _)) => {
                format!("`{}` {text} CHARACTER SET utf8mb4 COLLATE {}", column.name, self.collation())
            }
            None => format!("`{}` {sql_type}", column.name),
        };
        line += if column.required { " NOT NULL" } else { " NULL" };
        if column.key {
            line += " PRIMARY KEY";
        }
        if column.unique {
            line += " UNIQUE";
        }
        line
    }

    /// The statement that makes a table where it is missing.
    pub(in crate::store) fn create(self, relation: &Relation) -> String {
        self.create_as("TABLE IF NOT EXISTS", relation)
    }

    pub(in crate::store) fn create_as(self, what: &str, relation: &Relation) -> String {
        let mut lines: Vec<String> = relation.columns.iter().map(|column| self.define(column)).collect();
        lines.extend(relation.indexes.iter().map(|(name, columns)| format!("KEY `{name}` ({columns})")));
        lines.extend(relation.table_constraints());
        format!(
            "CREATE {what} `{}` (\n  {}\n) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {}",
            relation.name,
            lines.join(",\n  "),
            self.collation()
        )
    }
}
