//! Where the rows of a table come from: its file and the file's dialect.

use serde_json::json;

use super::error::Result;
use super::object::Object;
use super::references::is_inside;

/// A resource's file.
pub(super) struct Source {
    /// See [`Table::path`](crate::model::Table::path).
    pub(super) path: String,
    /// Whether its first record is a header.
    pub(super) header: bool,
    /// What separates its cells.
    pub(super) delimiter: u8,
}

/// Reads the properties of a resource that are about its file.
pub(super) fn read(resource: &Object) -> Result<Source> {
    if resource.string("format")?.is_some_and(|format| !format.eq_ignore_ascii_case("csv")) {
        resource.only_default("format", &[json!("csv")])?;
    }
    if resource.string("mediatype")?.is_some_and(|mediatype| !is_csv(mediatype)) {
        resource.only_default("mediatype", &[json!("text/csv")])?;
    }
    resource.only_default("encoding", &[json!("utf-8"), json!("UTF-8"), json!("utf8")])?;
    resource.unsupported(&["data", "compression", "innerpath", "extrapaths"])?;
    let (header, delimiter) = read_dialect(resource)?;
    Ok(Source { path: read_path(resource)?, header, delimiter })
}

/// Whether a media type is CSV, whatever its parameters say.
fn is_csv(mediatype: &str) -> bool {
    let name = mediatype.split(';').next().unwrap_or_default();
    name.trim().eq_ignore_ascii_case("text/csv")
}

fn read_dialect(resource: &Object) -> Result<(bool, u8)> {
    let Some(dialect) = resource.object("dialect")? else {
        return Ok((true, b','));
    };
    dialect.only_default("lineTerminator", &[json!("\r\n"), json!("\n")])?;
    dialect.only_default("quoteChar", &[json!("\"")])?;
    dialect.only_default("doubleQuote", &[json!(true)])?;
    dialect.only_default("skipInitialSpace", &[json!(false)])?;
    dialect.only_default("headerRows", &[json!([1])])?;
    dialect.unsupported(&[
        "escapeChar",
        "nullSequence",
        "commentChar",
        "commentRows",
        "headerJoin",
        "property",
        "itemType",
        "itemKeys",
        "sheetNumber",
        "sheetName",
        "table",
    ])?;
    let header = dialect.boolean("header")?.unwrap_or(true);
    let delimiter = match dialect.string("delimiter")?.unwrap_or(",").as_bytes() {
        // A delimiter that occurs in the text of a number or a date would split it.
        [b] if b.is_ascii_punctuation() && !matches!(b, b'"' | b'-' | b'+' | b'.') || *b == b'\t' => *b,
        _ => {
            return dialect.refuse(
                "`dialect.delimiter` must be one of the characters that separate, such as , ; | or a tab",
            );
        }
    };
    Ok((header, delimiter))
}

/// A file below the descriptor's folder. <https://datapackage.org/standard/data-resource/#path-or-data>
fn read_path(resource: &Object) -> Result<String> {
    let Some(path) = resource.one_string("path")? else {
        return resource.refuse("`path` is missing");
    };
    if !is_inside(&path) {
        return resource
            .refuse(&format!("`path` is \"{path}\", but must name a file inside the data package's folder"));
    }
    Ok(path)
}
