//! Why a row is rejected. Rejects are data, not failures.

use serde::{Deserialize, Serialize};

use crate::model::Field;
use crate::text::shortened;

/// Why a row is rejected: Frictionless's names of row errors.
/// <https://framework.frictionlessdata.io/docs/errors/cell.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// Bytes that are no UTF-8.
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
                "The cell is of the right type but breaks the constraint that `constraint` names: required, \
                 minimum, maximum, minLength, maxLength, pattern or enum. Correct the cell, or change the \
                 constraint in the data dictionary."
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

/// One reason why a row is rejected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowError {
    /// What kind of reason.
    pub code: Code,
    /// The field, or the unknown member; null where the whole row is meant.
    pub field: Option<String>,
    /// The cell as received, at most 200 characters of it.
    pub cell: Option<String>,
    /// The reason in a sentence.
    pub message: String,
    /// The constraint that failed, as named in Table Schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
    /// What would have been valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
}

impl RowError {
    pub(crate) fn cell_type(field: &Field, code: Code, received: Received) -> RowError {
        let (name, expected) = (&field.name, field.ty.expected());
        let message = match code {
            Code::EncodingError => format!("field `{name}`: holds characters that are not Unicode"),
            Code::TypeError
            | Code::ConstraintError
            | Code::MissingCell
            | Code::ExtraCell
            | Code::UniqueError
            | Code::PrimaryKey
            | Code::ForeignKey
            | Code::FormatError => {
                if received.holds_nul() {
                    format!("field `{name}`: holds the character U+0000, which cannot be stored")
                } else {
                    format!("field `{name}`: expected {expected}, got {}", received.quoted())
                }
            }
        };
        RowError { expected: Some(expected.to_owned()), ..Self::of(field, code, received, message) }
    }

    pub(crate) fn constraint(field: &Field, name: &str, received: Received, expected: String) -> RowError {
        let message = match name {
            "required" => format!("field `{}`: a value is required", field.name),
            _ => format!("field `{}`: {name} expects {expected}, got {}", field.name, received.quoted()),
        };
        RowError {
            constraint: Some(name.to_owned()),
            expected: Some(expected),
            ..Self::of(field, Code::ConstraintError, received, message)
        }
    }

    pub(crate) fn of(field: &Field, code: Code, received: Received, message: String) -> RowError {
        RowError {
            code,
            field: Some(field.name.clone()),
            cell: received.cell(),
            message,
            constraint: None,
            expected: None,
        }
    }

    /// About how many bytes it takes, in memory or as JSON, whichever is more.
    pub(crate) fn size(&self) -> usize {
        // JSON writes a control character with six.
        let escaped = |text: &String| text.len() + 5 * text.bytes().filter(u8::is_ascii_control).count();
        let texts = [&self.field, &self.cell, &self.constraint, &self.expected];
        let texts = texts.into_iter().flatten().map(escaped).sum::<usize>();
        size_of::<RowError>() + escaped(&self.message) + texts
    }

    /// Says how many more errors a row has than those that are kept.
    pub(crate) fn left_out(code: Code, count: u64) -> RowError {
        let (errors, are) = if count == 1 { ("error", "is") } else { ("errors", "are") };
        let message = format!(
            "{count} more {errors} of this row {are} not listed; the row is kept whole in the reject log"
        );
        RowError::row(code, message)
    }

    pub(crate) fn row(code: Code, message: String) -> RowError {
        RowError { code, field: None, cell: None, message, constraint: None, expected: None }
    }
}

/// A cell as it was received.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Received<'a> {
    /// The text of a CSV cell.
    Text(&'a str),
    /// The JSON of a member's value.
    Json(&'a str),
    /// No cell at all.
    Absent,
}

impl Received<'_> {
    fn cell(self) -> Option<String> {
        match self {
            Received::Text(text) | Received::Json(text) => Some(shortened(text)),
            Received::Absent => None,
        }
    }

    fn quoted(self) -> String {
        match self {
            Received::Text(text) => format!("\"{}\"", shortened(text)),
            // JSON strings have their quotes, and numbers are none.
            Received::Json(json) => shortened(json),
            Received::Absent => "nothing".to_owned(),
        }
    }

    fn holds_nul(self) -> bool {
        match self {
            Received::Text(text) => text.contains('\0'),
            // An escaped backslash may come before `u0000`.
            Received::Json(json) => {
                json.contains("\\u0000")
                    && serde_json::from_str::<String>(json).is_ok_and(|text| text.contains('\0'))
            }
            Received::Absent => false,
        }
    }
}

/// A rejected row as answers show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// The 1-based record in the sender's file or request.
    pub row: u64,
    /// The 1-based physical line where the record starts; null for a JSON array.
    pub line: Option<u64>,
    /// All the reasons, in field order.
    pub errors: Vec<RowError>,
}
