//! Recreates a table of an earlier version of this program with the columns of this version.

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use super::{Engine, create};
use crate::store::Result;
use crate::store::schema::Relation;
use crate::store::sql::list;

/// The name of the table while it is filled; names like it are ours.
const NEW: &str = "_upgraded";

impl Engine {
    /// Drops the retired columns of a table, in one transaction: SQLite cannot drop a column that a CHECK names.
    pub(in crate::store) async fn drop_retired(&self, relation: &Relation) -> Result<()> {
        let _writer = self.turn().await?;
        // A reference to the table would keep it from being replaced.
        let mut connection = self.options.clone().foreign_keys(false).connect().await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let name = &relation.name;
        let columns = list(relation.columns.iter().map(|column| column.name.as_str()));
        let indexes = relation
            .indexes
            .iter()
            .map(|(index, columns)| format!("CREATE INDEX `{index}` ON `{name}` ({columns})"));
        let statements = [
            create(&Relation { name: NEW.to_owned(), ..relation.clone() }, ""),
            format!("INSERT INTO `{NEW}` ({columns}) SELECT {columns} FROM `{name}`"),
            format!("DROP TABLE `{name}`"),
            format!("ALTER TABLE `{NEW}` RENAME TO `{name}`"),
        ];
        for statement in statements.into_iter().chain(indexes) {
            transaction.execute(AssertSqlSafe(statement)).await?;
        }
        transaction.commit().await?;
        Ok(connection.close().await?)
    }
}
