//! The SQL of a [replacement](super::replace), made of the names of a table.

use dictionary::{ForeignKey, Table};

use super::sql_text::{quoted, row_of};
use super::staging::{ACTION, LIST, STAGING, key_column};

/// Only the table has the row.
pub(super) const REMOVE: u8 = 0;
/// Both tables have a row with this key, with different values.
pub(super) const CHANGE: u8 = 1;
/// Only the staging table has the row.
pub(super) const ADD: u8 = 2;

/// The SQL texts of one replacement, made of the names of the table.
pub(super) struct Texts {
    /// The table.
    pub(super) table: String,
    /// The staging table.
    pub(super) staging: String,
    /// The list.
    pub(super) list: String,
    /// The columns of the primary key.
    pub(super) key: Vec<String>,
    /// The columns of the list that hold a key.
    pub(super) listed_key: Vec<String>,
    /// Whether the rows of a key are the same row: the condition that joins both tables.
    same: String,
    /// Whether two rows of a key differ.
    differ: String,
}

impl Texts {
    pub(super) fn of(table: &Table) -> Texts {
        let (name, staging) = (quoted(&table.name), quoted(STAGING));
        let key: Vec<String> = table.key().map(|field| quoted(&field.name)).collect();
        let differ =
            table.columns().enumerate().filter(|(i, _)| !table.primary_key.contains(i)).map(|(_, field)| {
                let field_name = quoted(&field.name);
                let (ours, theirs) = (format!("{name}.{field_name}"), format!("{staging}.{field_name}"));
                // Null differs from every value but null.
                if field.constraints.required {
                    format!("{ours} <> {theirs}")
                } else {
                    format!("{ours} <> {theirs} OR ({ours} IS NULL) <> ({theirs} IS NULL)")
                }
            });
        let differ: Vec<String> = differ.collect();
        Texts {
            same: equal(&staging, &key, &name, &key),
            listed_key: (0..key.len()).map(|i| quoted(&key_column(i))).collect(),
            differ: any_of(&differ),
            list: quoted(LIST),
            table: name,
            staging,
            key,
        }
    }

    /// The key of a table, with the table's name before each column.
    fn key_of(&self, table: &str) -> String {
        self.key.iter().map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
    }

    /// Whether a joined row is missing in a table: no part of a key is null.
    fn is_missing_in(&self, table: &str) -> String {
        format!("{table}.{} IS NULL", self.key[0])
    }

    /// Lists the keys of rows to remove and to change.
    pub(super) fn list_removed_and_changed(&self) -> String {
        let Texts { table, staging, list, same, differ, .. } = self;
        let (key, is_missing) = (self.key_of(table), self.is_missing_in(staging));
        format!(
            "INSERT INTO {list} SELECT {key}, CASE WHEN {is_missing} THEN {REMOVE} ELSE {CHANGE} END \
             FROM {table} LEFT JOIN {staging} ON {same} WHERE {is_missing} OR {differ}"
        )
    }

    /// Lists the keys of rows to add.
    pub(super) fn list_added(&self) -> String {
        let Texts { table, staging, list, same, .. } = self;
        let (key, is_missing) = (self.key_of(staging), self.is_missing_in(table));
        format!(
            "INSERT INTO {list} SELECT {key}, {ADD} FROM {staging} LEFT JOIN {table} ON {same} WHERE {is_missing}"
        )
    }

    /// The listed keys with an action.
    pub(super) fn listed(&self, action: u8) -> String {
        let columns = self.listed_key.join(", ");
        format!("SELECT {columns} FROM {} WHERE {} = {action}", self.list, quoted(ACTION))
    }

    /// The listed keys of rows to insert: those to add, and those to change, which are deleted first.
    fn listed_to_insert(&self) -> String {
        let columns = self.listed_key.join(", ");
        format!("SELECT {columns} FROM {} WHERE {} IN ({CHANGE}, {ADD})", self.list, quoted(ACTION))
    }

    /// Inserts the rows to add and to change. If the table is empty, these are all.
    pub(super) fn insert(&self, columns: &str, is_empty: bool) -> String {
        let Texts { table, staging, key, .. } = self;
        let filter = format!(" WHERE {} IN ({})", row_of(key), self.listed_to_insert());
        let filter = if is_empty { "" } else { &filter };
        let order = key.join(", ");
        format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {staging}{filter} ORDER BY {order}")
    }

    /// The rows that both tables have and that are equal. `differ` is NULL where both values are NULL. CASE counts NULL as
    /// equal.
    pub(super) fn equal(&self) -> String {
        let Texts { table, staging, same, differ, .. } = self;
        format!("FROM {table} JOIN {staging} ON {same} WHERE CASE WHEN {differ} THEN 0 ELSE 1 END = 1")
    }
}

/// Whether one of some conditions holds. A chain of them is an expression as deep as it is long, and SQLite takes 1000
/// levels, so they are in groups.
fn any_of(conditions: &[String]) -> String {
    if conditions.is_empty() {
        return "1 = 0".to_owned();
    }
    let groups = conditions.chunks(50).map(|group| format!("({})", group.join(" OR ")));
    groups.collect::<Vec<_>>().join(" OR ")
}

/// The condition of staged rows whose reference is missing in the parent. Unchanged rows are in the table already, with what
/// they reference, unless they reference their own table, whose rows are replaced.
pub(super) fn dangling(
    texts: &Texts,
    columns: &[String],
    key: &ForeignKey,
    table: &str,
    is_empty: bool,
) -> String {
    let parents: Vec<String> = key.parent_fields.iter().map(|name| quoted(name)).collect();
    if key.parent == table {
        return without_parent(&texts.staging, columns, &texts.staging, &parents);
    }
    let dangling = without_parent(&texts.staging, columns, &quoted(&key.parent), &parents);
    if is_empty {
        return dangling;
    }
    format!("{} IN ({}) AND {dangling}", row_of(&texts.key), texts.listed_to_insert())
}

/// The condition of rows of a table that reference a row that another table does not have.
pub(super) fn without_parent(child: &str, columns: &[String], parent: &str, parents: &[String]) -> String {
    let given = columns.iter().map(|column| format!("{child}.{column} IS NOT NULL"));
    let given = given.collect::<Vec<_>>().join(" AND ");
    let same = equal("`_parent`", parents, child, columns);
    format!("{given} AND NOT EXISTS (SELECT 1 FROM {parent} AS `_parent` WHERE {same})")
}

/// Whether columns of a table equal columns of another one.
fn equal(one: &str, columns: &[String], other: &str, others: &[String]) -> String {
    let pairs = columns.iter().zip(others);
    pairs.map(|(a, b)| format!("{one}.{a} = {other}.{b}")).collect::<Vec<_>>().join(" AND ")
}
