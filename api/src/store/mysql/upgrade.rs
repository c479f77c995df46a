//! A table of an earlier version of this program loses the columns that this version has not.

use sqlx::AssertSqlSafe;

use super::{Dialect, Engine};
use crate::store::Result;
use crate::store::existing::Existing;
use crate::store::schema::Relation;

impl Engine {
    /// Drops the retired columns of a table and makes its CHECK anew, in one statement: the table is as before or as
    /// after, whatever is killed.
    pub(in crate::store) async fn drop_retired(
        &self,
        relation: &Relation,
        existing: &Existing,
    ) -> Result<()> {
        let names = check_names(&self.pool, self.dialect, &relation.name).await?;
        let mut changes: Vec<String> = names.iter().map(|name| format!("DROP CONSTRAINT `{name}`")).collect();
        let retired =
            relation.retired.iter().filter(|name| existing.columns.iter().any(|c| c.name == **name));
        changes.extend(retired.map(|name| format!("DROP COLUMN `{name}`")));
        changes.extend(relation.check.map(|check| format!("ADD CHECK ({check})")));
        let alter = format!("ALTER TABLE `{}` {}", relation.name, changes.join(", "));
        sqlx::query(AssertSqlSafe(alter)).execute(&self.pool).await?;
        Ok(())
    }
}

async fn check_names(pool: &sqlx::MySqlPool, dialect: Dialect, table: &str) -> Result<Vec<String>> {
    let sql = match dialect {
        Dialect::MariaDb => {
            "SELECT CAST(CONSTRAINT_NAME AS CHAR) FROM information_schema.CHECK_CONSTRAINTS
            WHERE CONSTRAINT_SCHEMA = DATABASE() AND TABLE_NAME = ?"
        }
        Dialect::MySql => {
            "SELECT CAST(CONSTRAINT_NAME AS CHAR) FROM information_schema.TABLE_CONSTRAINTS
            WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND CONSTRAINT_TYPE = 'CHECK'"
        }
    };
    Ok(sqlx::query_scalar(sql).bind(table).fetch_all(pool).await?)
}
