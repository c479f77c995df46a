//! What would have to change in a table of the database, so that it is the needed one.

use std::fmt::{self, Display, Formatter};

use super::existing::{Check, ExistingReference, Unique, VARCHAR};
use super::schema::Reference;
use super::sql_text::list;

/// The type of texts without a limit, where an engine has another one for those.
const LONGTEXT: &str = "longtext";

/// One change of a table.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// It is no table as this program makes it, such as a view. No statement changes that.
    Kind(String),
    /// A field has no column.
    AddColumn { column: String, required: bool },
    /// A column belongs to no field.
    DropColumn { column: String },
    /// A column has a property that no field has: the end of a sentence that begins with the column.
    Property { column: String, property: String },
    /// A column has another type. Types are as the engine reports them.
    Type { column: String, has: String, needs: String },
    /// A column may be null, or not.
    Required { column: String, needs: bool },
    /// A column is part of the primary key, or not.
    PrimaryKey { column: String, needs: bool },
    /// A key is not unique. `are_new` says that no stored row has such a key, because one of its columns is new.
    AddUnique { columns: Vec<String>, are_new: bool },
    /// Something is unique that is no key of the dictionary.
    DropUnique(Unique),
    /// A CHECK is missing.
    AddCheck(&'static str),
    /// There is a CHECK that this program does not make.
    DropCheck(Check),
    /// A foreign key is missing. `are_new` says that no stored row has one, because one of its columns is new.
    AddReference { reference: Reference, are_new: bool },
    /// There is a foreign key that is none of the dictionary.
    DropReference(ExistingReference),
}

impl Change {
    /// Whether each row that the table takes and holds now is taken after the change too.
    pub(super) fn widens(&self) -> bool {
        match self {
            Change::AddColumn { required, .. } => !required,
            Change::Required { needs, .. } => !needs,
            Change::Type { has, needs, .. } => is_longer(has, needs),
            Change::AddUnique { are_new, .. } | Change::AddReference { are_new, .. } => *are_new,
            // Another index was made by somebody else, for a reason of their own.
            Change::DropUnique(unique) => unique.is_constraint && unique.plain,
            Change::DropReference(_) => true,
            Change::Kind(_)
            | Change::DropColumn { .. }
            | Change::Property { .. }
            | Change::PrimaryKey { .. }
            | Change::AddCheck(_)
            | Change::DropCheck(_) => false,
        }
    }
}

impl Change {
    /// What is done where the change only widens the table: a phrase for the log.
    pub(super) fn done(&self) -> String {
        let names = |columns: &[String]| list(columns.iter().map(String::as_str));
        match self {
            Change::AddColumn { column, .. } => format!("the column `{column}` is added"),
            Change::Required { column, .. } => format!("the column `{column}` may be null"),
            Change::Type { column, needs, .. } => {
                let needs = needs.split(' ').next().unwrap_or_default();
                format!("the column `{column}` takes longer texts: {needs}")
            }
            Change::AddUnique { columns, .. } => format!("UNIQUE ({}) is added", names(columns)),
            Change::DropUnique(unique) => format!("UNIQUE ({}) is dropped", names(&unique.columns)),
            Change::AddReference { reference, .. } => {
                format!("a foreign key ({}) to `{}` is added", names(&reference.columns), reference.table)
            }
            Change::DropReference(ExistingReference { reference, .. }) => {
                format!("the foreign key ({}) to `{}` is dropped", names(&reference.columns), reference.table)
            }
            Change::Kind(_)
            | Change::DropColumn { .. }
            | Change::Property { .. }
            | Change::PrimaryKey { .. }
            | Change::AddCheck(_)
            | Change::DropCheck(_) => self.to_string(),
        }
    }
}

/// Whether a type of texts takes all that another one takes, which compares them in the same way.
fn is_longer(has: &str, needs: &str) -> bool {
    let parts = |ty: &str| {
        let (ty, collation) = ty.split_once(' ')?;
        let length = match ty.strip_prefix(VARCHAR) {
            Some(length) => length.strip_suffix(')')?.parse().ok()?,
            None => (ty == LONGTEXT).then_some(u64::MAX)?,
        };
        Some((length, collation.to_owned()))
    };
    match (parts(has), parts(needs)) {
        (Some((has, before)), Some((needs, after))) => has < needs && before == after,
        (None, _) | (_, None) => false,
    }
}

/// What is different now: a sentence that begins with a column or with `it`.
impl Display for Change {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let names = |columns: &[String]| list(columns.iter().map(String::as_str));
        let differs = |f: &mut Formatter<'_>, column: &str, what: &str, has: &str, needs: &str| {
            write!(f, "the column `{column}` has {what} {has}, but needs {needs}")
        };
        let is = |f: &mut Formatter<'_>, column: &str, what: &str, needs: bool| {
            differs(f, column, what, &(!needs).to_string(), &needs.to_string())
        };
        match self {
            Change::Kind(kind) => write!(f, "it is {kind}"),
            Change::AddColumn { column, .. } => write!(f, "the column `{column}` is missing"),
            Change::DropColumn { column } => write!(f, "it has a column `{column}` that is no field"),
            Change::Property { column, property } => write!(f, "the column `{column}` {property}"),
            Change::Type { column, has, needs } => differs(f, column, "type", has, needs),
            Change::Required { column, needs } => is(f, column, "required", *needs),
            Change::PrimaryKey { column, needs } => is(f, column, "primary key", *needs),
            Change::AddUnique { columns, .. } => match columns.as_slice() {
                [column] => is(f, column, "unique", true),
                columns => write!(f, "it lacks UNIQUE ({})", names(columns)),
            },
            Change::DropUnique(Unique { name, columns, plain, is_constraint }) => match columns.as_slice() {
                [column] if *plain => is(f, column, "unique", false),
                columns if *plain && *is_constraint => {
                    write!(f, "it has UNIQUE ({}), which is no key of the dictionary", names(columns))
                }
                _ => write!(f, "it has a unique index `{name}` that is no constraint of a field"),
            },
            Change::AddCheck(check) => write!(f, "it lacks CHECK ({check})"),
            Change::DropCheck(Check { condition, .. }) => {
                write!(f, "it has CHECK ({condition}), which is no constraint of a field")
            }
            Change::AddReference { reference: Reference { columns, table, .. }, .. } => {
                write!(f, "it lacks a foreign key ({}) to `{table}`", names(columns))
            }
            Change::DropReference(ExistingReference { reference, .. }) => {
                let (columns, table) = (names(&reference.columns), &reference.table);
                write!(
                    f,
                    "it has a foreign key ({columns}) to `{table}` that is no foreign key of the dictionary"
                )
            }
        }
    }
}
