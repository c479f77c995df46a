//! A cell of a row that is described.

use std::borrow::Cow;

/// A cell that has a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'c> {
    /// The text of a cell of CSV.
    Text(&'c str),
    /// The JSON text of a member.
    Json(&'c str),
}

impl<'c> Cell<'c> {
    /// The text: of a JSON string, what it says; of another JSON value, its JSON text.
    pub(super) fn text(self) -> Cow<'c, str> {
        match self {
            Cell::Text(text) => Cow::Borrowed(text),
            Cell::Json(json) if json.starts_with('"') => {
                serde_json::from_str(json).map_or(Cow::Borrowed(json), Cow::Owned)
            }
            Cell::Json(json) => Cow::Borrowed(json),
        }
    }
}
