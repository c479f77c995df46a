//! Which resources are tables. A data package may hold others, which are passed over.

use serde_json::Value;

use super::object::Object;

/// Formats that hold records, as `format` or the end of a file's name says.
const TABULAR: [&str; 8] = ["csv", "tsv", "ndjson", "jsonl", "xlsx", "xls", "ods", "parquet"];

/// Ends of a file's name that say how the file is packed.
const PACKED: [&str; 4] = [".gz", ".zip", ".zst", ".bz2"];

/// Why a resource is passed over, as the end of a sentence; `None` if it is a table.
pub(super) fn passed_over(resource: &Object) -> Option<String> {
    let text = |property| resource.get(property).and_then(Value::as_str).unwrap_or_default();
    let has_schema = resource.get("schema").is_some();
    if has_schema || text("type") == "table" || text("profile").contains("tabular") {
        return None;
    }
    if text("path").contains("://") {
        return Some(
            "its file is not fetched, and it has no `schema`; download the file, and describe its fields"
                .to_owned(),
        );
    }
    let (kind, format) = (text("type"), format(resource));
    if kind.is_empty() && (TABULAR.contains(&format.as_str()) || holds_records(resource)) {
        return None;
    }
    Some(match (kind, format.as_str()) {
        ("", "") => "it is no table: it has no `schema`, and no tabular `format`".to_owned(),
        ("", format) => format!("it is no table: its format is \"{format}\", and it has no `schema`"),
        (kind, _) => format!("it is no table: its `type` is \"{kind}\", and it has no `schema`"),
    })
}

/// Its `format` in lower case, or the end of its first file's name.
fn format(resource: &Object) -> String {
    let path = match resource.get("path") {
        Some(Value::Array(paths)) => paths.first(),
        path => path,
    };
    let path = path.and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let unpacked = PACKED.iter().find_map(|end| path.strip_suffix(end)).unwrap_or(&path);
    let end = unpacked.rsplit_once('.').map_or("", |(_, end)| end);
    resource.get("format").and_then(Value::as_str).map_or(end.to_owned(), str::to_lowercase)
}

/// Whether its inline data are rows.
fn holds_records(resource: &Object) -> bool {
    let rows = resource.get("data").and_then(Value::as_array);
    rows.and_then(|rows| rows.first()).is_some_and(|row| row.is_array() || row.is_object())
}
