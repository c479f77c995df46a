//! Numbers that the server gives, in the order in which transactions commit.

use dictionary::{Physical, ROW_ID, Table, Value};
use sqlx::SqlStr;

use super::engines::{Engine, Tx};
use super::error::{Error, Result};
use super::own_table::{ColumnKind, OwnTable, columns};
use super::sql_text::{Dialect, quoted};
use super::statements::text;

/// The last number that was given for a name.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    name: String,
    value: u64,
}

pub(super) static SEQUENCES: OwnTable<Sequence> = OwnTable {
    name: "_sequences",
    columns: columns![Sequence;
        "name": ColumnKind::Key(255) => name,
        "value": ColumnKind::Unlimited => value,
    ],
    unique: &[],
    indexes: &[],
    check: None,
    retired: &[],
};

/// The numbers of the rows of tables without a primary key: the sequence of a table has its name.
pub(super) struct Sequences {
    raise: SqlStr,
    read: SqlStr,
}

impl Sequences {
    pub(super) fn new(dialect: &Dialect) -> Sequences {
        Sequences {
            raise: dialect.render("UPDATE `_sequences` SET `value` = `value` + ? WHERE `name` = ?"),
            read: dialect.render("SELECT `value` FROM `_sequences` WHERE `name` = ?"),
        }
    }

    /// Takes as many numbers as there are rows; returns the first one. No other transaction takes numbers for this table until
    /// this one ends.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn take(&self, tx: &mut Tx, table: &Table, rows: u64) -> Result<i64> {
        let arguments = [Value::Integer(rows.cast_signed()), text(&table.name)];
        let bound = tx.binder().bind(arguments.iter())?;
        tx.execute(&self.raise, bound).await?;
        let found = tx.fetch(&self.read, arguments[1..].iter(), &[Physical::Integer]).await?;
        match found.first().map(Vec::as_slice) {
            Some([Value::Integer(last)]) => Ok(last - rows.cast_signed() + 1),
            _ => Err(Error::Fault(format!("the sequence of `{}` is missing", table.name))),
        }
    }
}

/// Begins the sequence of a table without a primary key, if there is none yet.
pub(super) async fn begin(engine: &Engine, table: &Table) -> Result<()> {
    let dialect = engine.dialect();
    let read = dialect.render("SELECT `value` FROM `_sequences` WHERE `name` = ?");
    let name = [text(&table.name)];
    if !engine.read(&read, &name, &[Physical::Integer]).await?.is_empty() {
        return Ok(());
    }
    let (row_id, table) = (quoted(ROW_ID), quoted(&table.name));
    let insert = format!(
        "INSERT INTO `_sequences` (`name`, `value`) SELECT ?, COALESCE(MAX({row_id}), 0) FROM {table}"
    );
    let mut tx = engine.begin().await?;
    let bound = tx.binder().bind(name.iter())?;
    match tx.execute(&dialect.render(&insert), bound).await {
        // Another process that starts at the same time has begun it.
        Err(Error::Lost) => Ok(()),
        Err(error) => Err(error),
        Ok(()) => tx.commit().await,
    }
}

/// Raises the sequence of a table to its largest number.
pub(super) async fn raise(tx: &mut Tx, dialect: &Dialect, table: &Table) -> Result<()> {
    let largest = format!("(SELECT COALESCE(MAX({}), 0) FROM {})", quoted(ROW_ID), quoted(&table.name));
    let update =
        format!("UPDATE `_sequences` SET `value` = {largest} WHERE `name` = ? AND `value` < {largest}");
    let bound = tx.binder().bind([text(&table.name)].iter())?;
    tx.execute(&dialect.render(&update), bound).await
}
