//! The reject log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decode::Rejected;
use crate::row_error::RowError;

/// A rejected row, as `GET /rejected/{table}` lists it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoggedReject {
    /// UUIDv7, so ids ascend with time and, within a batch, with rows.
    pub id: String,
    /// The id of the batch that the row belongs to.
    pub batch: String,
    /// The table's name.
    pub table: String,
    /// The 1-based record in the sender's file or request.
    pub row: u64,
    /// The 1-based physical line where the record starts; null for a JSON array.
    pub line: Option<u64>,
    /// The row as received, without byte order mark and line end.
    pub raw: String,
    /// How `raw` is written: `utf-8`, or `base64` where the row is not UTF-8.
    pub encoding: String,
    /// The fields of its CSV columns, separated by commas; null where they are in schema order.
    pub columns: Option<String>,
    /// All its errors, in field order.
    pub errors: Vec<RowError>,
    /// One of [`STATUSES`](LoggedReject::STATUSES).
    pub status: String,
    /// When the row was judged, in UTC.
    pub created_at: String,
}

impl LoggedReject {
    /// The status of a reject that nothing has been done about yet.
    pub const OPEN: &str = "open";

    /// Every status. There is one: nothing settles a reject yet.
    pub const STATUSES: [&str; 1] = [LoggedReject::OPEN];
}

/// What a correction of the row needs.
impl<'r> From<&'r LoggedReject> for Rejected<'r> {
    fn from(reject: &'r LoggedReject) -> Self {
        Rejected {
            raw: &reject.raw,
            encoding: &reject.encoding,
            columns: reject.columns.as_deref(),
            line: reject.line,
            errors: &reject.errors,
        }
    }
}
