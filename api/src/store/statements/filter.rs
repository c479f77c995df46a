//! Conditions of a list, and the query that they make.

use dictionary::Value;
use sqlx::SqlStr;

use crate::store::sql_text::{Dialect, list, quoted};

/// Conditions that all hold, each with its argument.
#[derive(Default)]
pub(in crate::store) struct Filter {
    conditions: Vec<&'static str>,
    arguments: Vec<Value>,
}

/// A query with its arguments, except the last one: how many rows it returns at the most.
pub(in crate::store) struct Query {
    pub(in crate::store) sql: SqlStr,
    pub(in crate::store) arguments: Vec<Value>,
}

impl Filter {
    /// With one more condition, in which `?` stands for the argument.
    pub(in crate::store) fn with(self, condition: &'static str, argument: Value) -> Filter {
        self.with_some(condition, Some(argument))
    }

    /// With one more condition, if there is an argument for it.
    pub(in crate::store) fn with_some(mut self, condition: &'static str, argument: Option<Value>) -> Filter {
        if let Some(argument) = argument {
            self.conditions.push(condition);
            self.arguments.push(argument);
        }
        self
    }

    /// The query for columns of a table.
    pub(in crate::store) fn query<'n>(
        self,
        dialect: &Dialect,
        table: &str,
        columns: impl Iterator<Item = &'n str>,
        order: &str,
    ) -> Query {
        let filter = match self.conditions.as_slice() {
            [] => String::new(),
            conditions => format!(" WHERE {}", conditions.join(" AND ")),
        };
        let (columns, table) = (list(columns), quoted(table));
        let sql = dialect.render(&format!("SELECT {columns} FROM {table}{filter} ORDER BY {order} LIMIT ?"));
        Query { sql, arguments: self.arguments }
    }
}

/// A text as an argument.
pub(in crate::store) fn text(text: &str) -> Value {
    Value::String(text.into())
}

/// A number as an argument.
pub(in crate::store) fn number(number: u64) -> Value {
    Value::Integer(number.cast_signed())
}
