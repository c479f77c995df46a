//! Why a row is rejected. Rejects are data, not failures.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use compact_str::{CompactString, format_compact};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::model::Field;
use crate::text::shortened;

/// One reason why a row is rejected. Its text is the reason in a sentence.
///
/// It is read from an object, as answers have it, or from an array of its parts in this order, as the reject log has it
/// (see [`InLog`](crate::wire::InLog)).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RowError {
    /// What kind of reason.
    pub code: Code,
    /// The field, or the unknown member; `None` where the whole row is meant.
    #[serde(default)]
    pub field: Option<CompactString>,
    /// The cell as received, at most 200 characters of it.
    #[serde(default)]
    pub cell: Option<CompactString>,
    /// What would have been valid.
    #[serde(default)]
    pub expected: Option<CompactString>,
    /// The constraint that failed, as named in Table Schema.
    #[serde(default)]
    pub constraint: Option<CompactString>,
    /// The reason in a sentence; `None` where it is made of the other parts when it is shown.
    #[serde(default)]
    pub(crate) message: Option<CompactString>,
    /// Whether the sentence that is made shows the cell without quotes: JSON strings have their own.
    #[serde(default)]
    pub(crate) is_json: bool,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if let Some(message) = &self.message {
            return f.write_str(message);
        }
        let expected = self.expected.as_deref().unwrap_or_default();
        write!(f, "field `{}`: ", self.field.as_deref().unwrap_or_default())?;
        match self.constraint.as_deref() {
            Some("required") => return f.write_str("a value is required"),
            Some(constraint) => write!(f, "{constraint} expects {expected}, got ")?,
            None => write!(f, "expected {expected}, got ")?,
        }
        match &self.cell {
            Some(cell) if self.is_json => f.write_str(cell),
            Some(cell) => write!(f, "\"{cell}\""),
            None => f.write_str("nothing"),
        }
    }
}

impl RowError {
    pub(crate) fn cell_type(field: &Field, code: Code, received: Received) -> RowError {
        let expected = CompactString::from(field.ty.expected());
        let name = &field.name;
        let message = match code {
            Code::EncodingError => Some(format!("field `{name}`: holds {}", received.not_unicode())),
            Code::TypeError
            | Code::ConstraintError
            | Code::MissingCell
            | Code::ExtraCell
            | Code::UniqueError
            | Code::PrimaryKey
            | Code::ForeignKey
            | Code::FormatError => received
                .holds_nul()
                .then(|| format!("field `{name}`: holds the character U+0000, which cannot be stored")),
        };
        let is_explained = message.is_some();
        let mut error = RowError { expected: Some(expected), ..Self::of(field, code, received, message) };
        let fault = received.text().filter(|_| !is_explained).and_then(|text| field.ty.fault(&text));
        if let Some(fault) = fault {
            error.message = Some(format_compact!("{error}: {fault}"));
            error.is_json = false;
        }
        error
    }

    pub(crate) fn constraint(
        field: &Field,
        name: &'static str,
        received: Received,
        expected: CompactString,
    ) -> RowError {
        RowError {
            constraint: Some(CompactString::const_new(name)),
            expected: Some(expected),
            ..Self::of(field, Code::ConstraintError, received, None)
        }
    }

    /// About a field. Without a message, it is made of the other parts.
    pub(crate) fn of(field: &Field, code: Code, received: Received, message: Option<String>) -> RowError {
        RowError {
            code,
            field: Some(field.name.as_str().into()),
            cell: received.cell(),
            expected: None,
            constraint: None,
            is_json: message.is_none() && matches!(received, Received::Json(_)),
            message: message.map(CompactString::from),
        }
    }

    /// About how many bytes it takes, in memory or as JSON, whichever is more.
    pub(crate) fn size(&self) -> usize {
        let mut bytes = JsonBytes(size_of::<RowError>());
        let parts = [&self.field, &self.cell, &self.constraint, &self.expected];
        parts.into_iter().flatten().for_each(|part| bytes.add(part));
        let _never_fails = write!(bytes, "{self}");
        bytes.0
    }

    /// Says how many more errors a row has than those that are kept.
    pub(crate) fn left_out(code: Code, count: u64) -> RowError {
        let (errors, are) = if count == 1 { ("error", "is") } else { ("errors", "are") };
        let message = format!(
            "{count} more {errors} of this row {are} not listed; the row is kept whole in the reject log"
        );
        RowError::row(code, message)
    }

    /// About the row as a whole.
    pub(crate) fn row(code: Code, message: String) -> RowError {
        RowError {
            code,
            field: None,
            cell: None,
            expected: None,
            constraint: None,
            message: Some(message.into()),
            is_json: false,
        }
    }
}

/// Counts the bytes of texts in JSON.
struct JsonBytes(usize);

impl JsonBytes {
    fn add(&mut self, text: &str) {
        // JSON writes a control character with six.
        self.0 += text.len() + 5 * text.bytes().filter(u8::is_ascii_control).count();
    }
}

impl fmt::Write for JsonBytes {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.add(text);
        Ok(())
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

    fn cell(self) -> Option<CompactString> {
        match self {
            Received::Text(text) | Received::Json(text) => Some(shortened(text)),
            Received::Absent => None,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reject {
    /// The 1-based record in the sender's file or request.
    pub row: u64,
    /// The 1-based physical line where the record starts; null for a JSON array.
    pub line: Option<u64>,
    /// All the reasons, in field order.
    pub errors: Vec<RowError>,
}
