//! Replaces a table's rows by those of its scratch table, in the open transaction. First the keys of all rows that
//! differ are listed; then these rows are changed.

use dictionary::{Physical, Table, Value};

use super::schema::{Column, Relation};
use super::scratch::{NAME, Scratch};
use super::snapshot::count;
use super::sql::{list, sql};
use super::{Error, Result};

/// The list of keys whose rows differ, each with what is to be done. This name and those of its columns begin
/// with an underscore, as no name of the dictionary does: in one question with any table they stay unambiguous.
const LIST: &str = "_difference";
pub(super) const LISTED_KEY: &str = "_key";
const WHAT: &str = "_what";

/// The table has the key, and the scratch table has not.
const REMOVED: u8 = 0;
/// Both have it, with other values.
const CHANGED: u8 = 1;
/// Only the scratch table has it.
const ADDED: u8 = 2;

/// What replacing changes, in rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changes {
    /// Rows that the table has.
    pub before: u64,
    /// Rows that it has then: those of the scratch table.
    pub after: u64,
    /// Rows whose key it has not.
    pub added: u64,
    /// Rows whose key the scratch table has not.
    pub removed: u64,
    /// Rows that differ in some field.
    pub changed: u64,
    /// Rows that are equal in every field.
    pub unchanged: u64,
}

/// Rows that would reference nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphans {
    /// Their table.
    pub table: String,
    /// The column that references.
    pub column: String,
    /// The table that it references.
    pub parent: String,
    /// How many rows.
    pub rows: u64,
    /// A value that they reference.
    pub example: Value,
}

/// The list, for keys of a table.
pub(super) fn list_for(table: &Table) -> Relation {
    let scratch = Relation::scratch_of(table, LIST);
    let key = scratch
        .columns
        .into_iter()
        .filter(|column| column.key)
        .map(|column| Column { name: LISTED_KEY.to_owned(), ..column });
    Relation { columns: key.chain([super::schema::number(WHAT)]).collect(), ..scratch }
}

/// Whether the two tables' rows of a key differ.
fn differ(table: &Table) -> String {
    let others = table.fields.iter().enumerate().filter(|(i, _)| *i != table.primary_key);
    let differ = others.map(|(_, field)| {
        let (ours, theirs) =
            (format!("`{}`.`{}`", table.name, field.name), format!("`{NAME}`.`{}`", field.name));
        // Null differs from every value but null.
        if field.constraints.required {
            format!("{ours} <> {theirs}")
        } else {
            format!("{ours} <> {theirs} OR ({ours} IS NULL) <> ({theirs} IS NULL)")
        }
    });
    let differ: Vec<String> = differ.collect();
    if differ.is_empty() { "1 = 0".to_owned() } else { differ.join(" OR ") }
}

impl Scratch<'_> {
    /// Finds what differs, once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn compare(&mut self) -> Result<Changes> {
        let (name, key) = (self.table.name.clone(), self.table.key().name.clone());
        let before = match count(&mut self.tx, &format!("FROM `{name}`")).await {
            // Until a restore makes it again.
            Err(Error::Missing(_)) => 0,
            counted => counted?,
        };
        let after = count(&mut self.tx, &format!("FROM `{NAME}`")).await?;
        // Of an empty table there is nothing to list: all is added.
        if before == 0 {
            return Ok(Changes { before, after, added: after, removed: 0, changed: 0, unchanged: 0 });
        }
        let same = format!("`{NAME}`.`{key}` = `{name}`.`{key}`");
        let differ = differ(&self.table);
        self.tx
            .run(&sql(format!(
                "INSERT INTO `{LIST}` SELECT `{name}`.`{key}`, \
                 CASE WHEN `{NAME}`.`{key}` IS NULL THEN {REMOVED} ELSE {CHANGED} END \
                 FROM `{name}` LEFT JOIN `{NAME}` ON {same} WHERE `{NAME}`.`{key}` IS NULL OR {differ}"
            )))
            .await?;
        let removed = count(&mut self.tx, &format!("FROM `{LIST}` WHERE `{WHAT}` = {REMOVED}")).await?;
        let changed = count(&mut self.tx, &format!("FROM `{LIST}` WHERE `{WHAT}` = {CHANGED}")).await?;
        let added = self
            .tx
            .run(&sql(format!(
                "INSERT INTO `{LIST}` SELECT `{NAME}`.`{key}`, {ADDED} \
                 FROM `{NAME}` LEFT JOIN `{name}` ON {same} WHERE `{name}`.`{key}` IS NULL"
            )))
            .await?;
        let unchanged = before.checked_sub(removed + changed);
        match unchanged.filter(|unchanged| unchanged + changed + added == after) {
            Some(unchanged) => Ok(Changes { before, after, added, removed, changed, unchanged }),
            // Somebody else has written in between.
            None => Err(Error::Lost),
        }
    }

    /// Changes what was found. Rows that differ are taken out first, all of them, so that two can swap a unique
    /// value.
    ///
    /// # Errors
    /// [`Error::Lost`] when a reference is against it, which [`orphans`](Scratch::orphans) tells before, or the
    /// table is not equal to the scratch table then, since somebody else writes.
    pub async fn replace(&mut self, changes: &Changes) -> Result<()> {
        let (name, key) = (self.table.name.clone(), self.table.key().name.clone());
        let delete = |what: u8| format!("SELECT `{LISTED_KEY}` FROM `{LIST}` WHERE `{WHAT}` = {what}");
        if changes.removed > 0 {
            self.tx.delete_listed(&name, &key, &delete(REMOVED)).await?;
        }
        if changes.changed > 0 {
            // They come back under their keys, so whoever references them may go on to.
            self.tx.check_references(false).await?;
            self.tx.delete_listed(&name, &key, &delete(CHANGED)).await?;
            self.tx.check_references(true).await?;
        }
        if changes.added + changes.changed > 0 {
            let columns = list(self.table.fields.iter().map(|field| field.name.as_str()));
            let listed =
                format!(" WHERE `{key}` IN (SELECT `{LISTED_KEY}` FROM `{LIST}` WHERE `{WHAT}` > {REMOVED})");
            let listed = if changes.before == 0 { "" } else { &listed };
            self.tx
                .run(&sql(format!(
                    "INSERT INTO `{name}` ({columns}) SELECT {columns} FROM `{NAME}`{listed} ORDER BY `{key}`"
                )))
                .await?;
        }
        // The proof: as many rows as there, and each of them equal. What compares with null is null, which is
        // no difference and no equality.
        let differ = differ(&self.table);
        let equal = format!(
            "FROM `{name}` JOIN `{NAME}` ON `{NAME}`.`{key}` = `{name}`.`{key}` \
             WHERE CASE WHEN {differ} THEN 0 ELSE 1 END = 1"
        );
        let equal = count(&mut self.tx, &equal).await?;
        let all = count(&mut self.tx, &format!("FROM `{name}`")).await?;
        if equal == changes.after && all == changes.after { Ok(()) } else { Err(Error::Lost) }
    }

    /// Rows that would reference nothing once what was found is changed: first of the table's children, then its
    /// own. Within [`begin`](Scratch::begin) nobody can add to them meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn orphans(&mut self, changes: &Changes) -> Result<Option<Orphans>> {
        let table = self.table.clone();
        if changes.removed > 0 {
            for child in self.store.engine.children(&table.name).await? {
                let (name, column) = (child.table.replace('`', "``"), child.column.replace('`', "``"));
                let gone =
                    format!("`{column}` IN (SELECT `{LISTED_KEY}` FROM `{LIST}` WHERE `{WHAT}` = {REMOVED})");
                if let Some((rows, example)) =
                    self.find(&name, &column, &gone, table.key().ty.physical()).await?
                {
                    let parent = table.name.clone();
                    return Ok(Some(Orphans {
                        table: child.table,
                        column: child.column,
                        parent,
                        rows,
                        example,
                    }));
                }
            }
        }
        let key = &table.key().name;
        for (i, parent) in table.references() {
            let (column, parent_key) = (&table.fields[i].name, parent.key());
            // What is unchanged is there already, with what it references.
            let new =
                format!("`{key}` IN (SELECT `{LISTED_KEY}` FROM `{LIST}` WHERE `{WHAT}` > {REMOVED}) AND ");
            let new = if changes.before == 0 { "" } else { &new };
            let (parent_name, parent_column) = (&parent.name, &parent_key.name);
            let dangling = format!(
                "{new}`{column}` IS NOT NULL AND NOT EXISTS \
                 (SELECT 1 FROM `{parent_name}` WHERE `{parent_name}`.`{parent_column}` = `{NAME}`.`{column}`)"
            );
            if let Some((rows, example)) =
                self.find(NAME, column, &dangling, parent_key.ty.physical()).await?
            {
                let (table, column, parent) = (table.name.clone(), column.clone(), parent.name.clone());
                return Ok(Some(Orphans { table, column, parent, rows, example }));
            }
        }
        Ok(None)
    }

    /// How many rows there are, and the least value of a column among them; nothing if there are none. Nobody
    /// else may change them, once the table's own rows are at stake.
    async fn find(
        &mut self,
        table: &str,
        column: &str,
        which: &str,
        ty: Physical,
    ) -> Result<Option<(u64, Value)>> {
        let lock = if self.alone.is_some() { self.tx.lock() } else { "" };
        let question = sql(format!("SELECT COUNT(*), MIN(`{column}`) FROM `{table}` WHERE {which}{lock}"));
        let mut rows = self.tx.ask(&question, &[Physical::Integer, ty]).await?;
        match rows.pop().map(Vec::into_boxed_slice).as_deref() {
            Some([Value::Integer(rows), example]) if *rows > 0 => {
                Ok(Some((rows.unsigned_abs(), example.clone())))
            }
            _ => Ok(None),
        }
    }
}
