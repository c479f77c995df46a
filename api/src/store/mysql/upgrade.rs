//! Changes a table of an earlier version of this program: drops the columns that this version does not have.

use sqlx::AssertSqlSafe;

use super::Engine;
use super::inspect::checks;
use crate::store::Result;
use crate::store::existing::Existing;
use crate::store::schema::Relation;

impl Engine {
    /// Drops the retired columns of a table and replaces its CHECK, in one statement. If the process or the server is
    /// killed, either all of it is done or nothing.
    pub(in crate::store) async fn drop_retired(
        &self,
        relation: &Relation,
        existing: &Existing,
    ) -> Result<()> {
        let checks = checks(&self.pool, self.dialect, &relation.name).await?;
        let mut changes: Vec<String> =
            checks.iter().map(|(name, _)| format!("DROP CONSTRAINT `{name}`")).collect();
        let retired =
            relation.retired.iter().filter(|name| existing.columns.iter().any(|c| c.name == **name));
        changes.extend(retired.map(|name| format!("DROP COLUMN `{name}`")));
        changes.extend(relation.check.map(|check| format!("ADD CHECK ({check})")));
        let alter = format!("ALTER TABLE `{}` {}", relation.name, changes.join(", "));
        sqlx::query(AssertSqlSafe(alter)).execute(&self.pool).await?;
        Ok(())
    }
}
