//! The tables in the database: those of the dictionary, and the ledger's two.

use dictionary::{Physical, Table};

/// A table as each engine creates it.
#[derive(Clone)]
pub(super) struct Relation {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// Columns that are unique together.
    pub(super) unique: Option<&'static str>,
    /// Name and columns of secondary indexes; each costs every insert, so each names its query.
    pub(super) indexes: Vec<(&'static str, &'static str)>,
    pub(super) check: Option<&'static str>,
    /// Columns that earlier versions of this program had. They are dropped where they are found.
    pub(super) retired: &'static [&'static str],
}

#[derive(Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) ty: Physical,
    /// In characters.
    pub(super) max_length: Option<u64>,
    pub(super) required: bool,
    pub(super) key: bool,
    pub(super) unique: bool,
    /// Table and column.
    pub(super) references: Option<(String, String)>,
}

impl Relation {
    /// A table of the dictionary. No secondary index: no query of the product needs one.
    pub(super) fn of(table: &Table) -> Relation {
        let many = table.fields.len() > MANY_COLUMNS;
        let indexed = |i: usize, field: &dictionary::Field| {
            i == table.primary_key || field.constraints.unique || field.references.is_some()
        };
        let column = |(i, field): (usize, &dictionary::Field)| Column {
            name: field.name.clone(),
            ty: field.ty.physical(),
            max_length: field.constraints.max_length.filter(|_| !many || indexed(i, field)),
            required: field.constraints.required,
            key: i == table.primary_key,
            unique: field.constraints.unique && i != table.primary_key,
            references: field.references.as_ref().map(|to| (to.name.clone(), to.key().name.clone())),
        };
        Relation {
            name: table.name.clone(),
            columns: table.fields.iter().enumerate().map(column).collect(),
            unique: None,
            indexes: Vec::new(),
            check: None,
            retired: &[],
        }
    }

    /// A table of the dictionary under another name and without references, on which rows are checked.
    pub(super) fn scratch_of(table: &Table, name: &str) -> Relation {
        let relation = Relation::of(table);
        let columns = relation.columns.into_iter().map(|column| Column { references: None, ..column });
        Relation { name: name.to_owned(), columns: columns.collect(), ..relation }
    }

    /// Foreign keys, and constraints over several columns.
    pub(super) fn table_constraints(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for column in &self.columns {
            if let Some((table, key)) = &column.references {
                lines.push(format!("FOREIGN KEY (`{}`) REFERENCES `{table}` (`{key}`)", column.name));
            }
        }
        lines.extend(self.unique.map(|columns| format!("UNIQUE ({columns})")));
        lines.extend(self.check.map(|check| format!("CHECK ({check})")));
        lines
    }
}

/// Columns of a table from which on strings that are no key count as without a limit: a row has room
/// for so many short strings only (InnoDB: 65,535 bytes).
const MANY_COLUMNS: usize = 50;

fn column(name: &str, ty: Physical, max_length: Option<u64>) -> Column {
    Column {
        name: name.to_owned(),
        ty,
        max_length,
        required: true,
        key: false,
        unique: false,
        references: None,
    }
}

pub(super) fn number(name: &str) -> Column {
    column(name, Physical::Integer, None)
}

fn time(name: &str) -> Column {
    column(name, Physical::DateTime, None)
}

fn text(name: &str) -> Column {
    column(name, Physical::Text, None)
}

/// A string of at most this many characters.
fn word(name: &str, most: u64) -> Column {
    column(name, Physical::Text, Some(most))
}

fn id() -> Column {
    Column { key: true, ..word("id", 36) }
}

fn optional(column: Column) -> Column {
    Column { required: false, ..column }
}

/// Every batch: what it was, and how each of its rows ended.
pub(super) fn batches() -> Relation {
    let counts = ["received", "inserted", "replaced", "unchanged", "rejected", "withheld"];
    let mut columns = vec![
        id(),
        word("table_name", 48),
        word("kind", 16),
        optional(word("source", 255)),
        number("first_row"),
        optional(number("first_line")),
        optional(number("end_offset")),
        word("actor", 64),
        optional(word("idempotency_key", 255)),
        optional(word("fingerprint", 64)),
    ];
    columns.extend(counts.map(number));
    columns.extend([number("removed"), optional(text("answer")), word("dictionary", 64), time("created_at")]);
    Relation {
        name: "_batches".to_owned(),
        columns,
        unique: Some("`table_name`, `idempotency_key`, `actor`"),
        // A second run of a file asks for what its source has stored.
        indexes: vec![("_batches_source", "`source`")],
        check: Some("`received` = `inserted` + `replaced` + `unchanged` + `rejected` + `withheld`"),
        // Nothing has set the first one, and the counts say what the second one did.
        retired: &["skipped", "status"],
    }
}

/// The reject log: each rejected row as received, with all its errors.
pub(super) fn rejected() -> Relation {
    Relation {
        name: "_rejected".to_owned(),
        columns: vec![
            id(),
            Column { references: Some(("_batches".to_owned(), "id".to_owned())), ..word("batch", 36) },
            word("table_name", 48),
            number("row_number"),
            optional(number("line")),
            text("raw"),
            word("encoding", 8),
            optional(text("columns")),
            text("errors"),
            word("status", 16),
            time("created_at"),
        ],
        unique: None,
        // The log is read by table and by batch. Ids ascend with time, so both indexes grow at their ends.
        indexes: vec![("_rejected_table", "`table_name`, `id`"), ("_rejected_batch", "`batch`, `id`")],
        check: None,
        retired: &[],
    }
}
