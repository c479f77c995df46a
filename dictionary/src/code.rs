//! The codes of row errors.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a row is rejected: Frictionless's names of row errors.
/// <https://framework.frictionlessdata.io/docs/errors/cell.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The cell is not of its field's type.
    TypeError,
    /// The value breaks a constraint of its field.
    ConstraintError,
    /// The record ends before this field.
    MissingCell,
    /// The record has more cells, or the object other members, than the table has fields.
    ExtraCell,
    /// The value of a unique field exists already.
    UniqueError,
    /// The primary key exists already.
    PrimaryKey,
    /// The value references no row of the parent table.
    ForeignKey,
    /// Bytes that are not UTF-8.
    EncodingError,
    /// A row that cannot be read as a row.
    FormatError,
}

impl Code {
    /// Every code.
    pub const ALL: [Code; 9] = [
        Code::TypeError,
        Code::ConstraintError,
        Code::MissingCell,
        Code::ExtraCell,
        Code::UniqueError,
        Code::PrimaryKey,
        Code::ForeignKey,
        Code::EncodingError,
        Code::FormatError,
    ];

    /// The code as written in answers and as part of `/problems/{code}`.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::TypeError => "type-error",
            Code::ConstraintError => "constraint-error",
            Code::MissingCell => "missing-cell",
            Code::ExtraCell => "extra-cell",
            Code::UniqueError => "unique-error",
            Code::PrimaryKey => "primary-key",
            Code::ForeignKey => "foreign-key",
            Code::EncodingError => "encoding-error",
            Code::FormatError => "format-error",
        }
    }

    /// Whether an error of this code says that a row is more, less or other than its cells. Without it, the cells
    /// would pass for the row.
    pub(crate) fn is_about_row(self) -> bool {
        match self {
            Code::MissingCell | Code::ExtraCell | Code::EncodingError | Code::FormatError => true,
            Code::TypeError
            | Code::ConstraintError
            | Code::UniqueError
            | Code::PrimaryKey
            | Code::ForeignKey => false,
        }
    }

    /// What the code means and what to do, for `/problems/{code}`.
    pub fn explanation(self) -> &'static str {
        match self {
            Code::TypeError => {
                "The cell is not of its field's type: for example letters in an integer, a day that does not \
                 exist, a string where JSON needs a number, or a string that is not of its format. Correct the \
                 cell; `expected` says what it should look like."
            }
            Code::ConstraintError => {
                "The cell is of the right type but breaks the constraint that `constraint` names: required, minimum, \
                 maximum, exclusiveMinimum, exclusiveMaximum, minLength, maxLength, pattern, enum or categories. \
                 Correct the cell, or change the constraint in the data dictionary."
            }
            Code::MissingCell => {
                "The CSV record has fewer cells than the table has fields. Add the missing cells; an empty one \
                 is null."
            }
            Code::ExtraCell => {
                "The CSV record has more cells than the table has fields, or the JSON object has a member that \
                 is not a field. Remove it; a delimiter inside a value must be quoted."
            }
            Code::UniqueError => {
                "The field is unique, and its value is already stored or is in an earlier row of the batch."
            }
            Code::PrimaryKey => {
                "A row with this primary key is already stored, or an earlier row of the batch has it. The \
                 earlier row stays."
            }
            Code::ForeignKey => {
                "No row of the parent table has this key. Load the parent's row first, or correct the cell."
            }
            Code::EncodingError => {
                "The row holds bytes that are not UTF-8. Convert the file to UTF-8; the row is kept as received, \
                 in base64."
            }
            Code::FormatError => {
                "The row cannot be read as a row: a quote that is never closed, an NDJSON line that is not a JSON \
                 object, an array element that is not an object, or an object that repeats a member."
            }
        }
    }
}
