//! Why a row is rejected. Rejects are data, not failures.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::model::Field;
use crate::text::shortened;

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
            Code::EncodingError => format!("field `{name}`: holds {}", received.not_unicode()),
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
                } else if let Some(fault) = received.text().and_then(|text| field.ty.fault(&text)) {
                    format!("field `{name}`: expected {expected}, got {}: {fault}", received.quoted())
                } else {
                    format!("field `{name}`: expected {expected}, got {}", received.quoted())
                }
            }
        };
        RowError { expected: Some(expected.into_owned()), ..Self::of(field, code, received, message) }
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
    /// The text that a type reads.
    fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Received::Text(text) => Some(Cow::Borrowed(text)),
            Received::Json(json) if json.starts_with('"') => serde_json::from_str(json).ok().map(Cow::Owned),
            Received::Json(json) => Some(Cow::Borrowed(json)),
            Received::Absent => None,
        }
    }

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

    /// What is wrong with a cell that is not text.
    fn not_unicode(self) -> &'static str {
        match self {
            Received::Text(_) | Received::Absent => "bytes that are not UTF-8; save the file in UTF-8",
            Received::Json(_) => "characters that are not Unicode",
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
