//! Where the rows of a table come from: its file and the file's dialect.

use serde_json::json;

use super::error::Result;
use super::object::Object;

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
    resource.only_default("format", &[json!("csv")])?;
    resource.only_default("mediatype", &[json!("text/csv")])?;
    resource.only_default("encoding", &[json!("utf-8"), json!("UTF-8"), json!("utf8")])?;
    resource.unsupported(&["data", "compression", "innerpath", "extrapaths"])?;
    let (header, delimiter) = read_dialect(resource)?;
    Ok(Source { path: read_path(resource)?, header, delimiter })
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
    dialect.only_default("caseSensitiveHeader", &[json!(true)])?;
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
    let outside = path.starts_with(['/', '\\', '~'])
        || path.contains("://")
        || path.contains([':', '\0'])
        || path.split(['/', '\\']).any(|part| part == ".." || part.is_empty());
    if outside {
        return resource
            .refuse(&format!("`path` is \"{path}\", but must name a file inside the data package's folder"));
    }
    Ok(path)
}
