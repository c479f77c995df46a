//! Rows as text: JSON, NDJSON and CSV.

use std::borrow::Cow;

use dictionary::Value;
use dictionary::decode::{MARKED, mark};
use serde::{Serialize, Serializer};

/// A row with the names of its cells, in their order.
pub struct Record<'a, V = &'a [Value]> {
    /// As many as there are values.
    pub names: &'a [&'a str],
    /// The cells.
    pub values: V,
}

impl<V: AsRef<[Value]>> Serialize for Record<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.names.iter().zip(self.values.as_ref()))
    }
}

/// The header of a CSV of items: the names of the members that an item without content has in JSON.
pub fn header<T: Default + Serialize>() -> Vec<String> {
    match serde_json::to_value(T::default()) {
        Ok(serde_json::Value::Object(members)) => members.into_iter().map(|(name, _)| name).collect(),
        Ok(
            serde_json::Value::Null
            | serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | serde_json::Value::String(_)
            | serde_json::Value::Array(_),
        )
        | Err(_) => Vec::new(),
    }
}

/// The members of an item's JSON as the cells of its CSV, whose header names them.
pub fn members(item: &impl Serialize, header: &[String]) -> Vec<String> {
    let members = serde_json::to_value(item).unwrap_or_default();
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_) => value.to_string(),
    };
    header.iter().map(|name| text(&members[name])).collect()
}

/// One line an item.
///
/// # Errors
/// When an item cannot be serialised.
pub fn ndjson(items: impl IntoIterator<Item = impl Serialize>) -> serde_json::Result<Vec<u8>> {
    let mut body = Vec::new();
    for item in items {
        serde_json::to_writer(&mut body, &item)?;
        body.push(b'\n');
    }
    Ok(body)
}

/// How CSV is written.
#[derive(Debug, Clone, Copy)]
pub struct Csv {
    /// Between the cells.
    pub delimiter: u8,
    /// Whether a spreadsheet will read it, which must run nothing of it: see [`mark`].
    pub spreadsheet: bool,
    /// Whether it is sent back as rows. If it has been in a spreadsheet, the marks are taken off then: a column
    /// [`MARKED`] says so.
    pub comes_back: bool,
}

impl Csv {
    /// RFC 4180: a header, then the rows.
    ///
    /// # Errors
    /// When a row has another number of cells than the header.
    pub fn write(
        self,
        header: &[&str],
        rows: impl IntoIterator<Item = Vec<String>>,
    ) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.delimiter)
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        let says_marked = self.spreadsheet && self.comes_back;
        writer.write_record(header.iter().copied().chain(says_marked.then_some(MARKED)))?;
        for mut cells in rows {
            let marked = if self.spreadsheet { mark_all(&mut cells, header) } else { Vec::new() };
            if says_marked {
                cells.push(marked.join(" "));
            }
            writer.write_record(cells)?;
        }
        writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }
}

/// Marks the cells of a row; the names of those that have marks now.
fn mark_all<'h>(cells: &mut [String], header: &[&'h str]) -> Vec<&'h str> {
    let mut names = Vec::new();
    for (cell, name) in cells.iter_mut().zip(header) {
        if let Cow::Owned(marked) = mark(cell) {
            *cell = marked;
            names.push(*name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use dictionary::wire::{Backup, Batch};

    use super::*;

    #[test]
    fn a_header_names_the_members_in_the_order_of_the_json() {
        assert_eq!(
            header::<Batch>().join(","),
            "id,table,kind,source,first_row,first_line,end_offset,actor,idempotency_key,fingerprint,received,inserted,\
             replaced,unchanged,rejected,removed,dictionary,created_at"
        );
        assert_eq!(
            header::<Backup>().join(","),
            "name,table,created_at,bytes,rows,refused,sha256,content_hash,codec,schema_fingerprint,dictionary,engine,\
             verified,verified_at,verify_seconds"
        );
    }
}
