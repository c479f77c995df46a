//! Rows as text: JSON, NDJSON and CSV.

use dictionary::Value;
use serde::{Serialize, Serializer};

/// A row with the names of its cells, in their order.
pub struct Record<'a> {
    /// As many as there are values.
    pub names: &'a [&'a str],
    /// The cells.
    pub values: &'a [Value],
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.names.iter().zip(self.values))
    }
}

/// The members of an item's JSON as the cells of its CSV, whose header names them.
pub fn members(item: &impl Serialize, header: &[&str]) -> Vec<String> {
    let members = serde_json::to_value(item).unwrap_or_default();
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
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
    /// Whether a spreadsheet will read it: cells that it would run as a formula then begin with an
    /// apostrophe, as OWASP advises. <https://owasp.org/www-community/attacks/CSV_Injection>
    pub spreadsheet: bool,
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
        writer.write_record(header)?;
        for mut cells in rows {
            if self.spreadsheet {
                cells.iter_mut().filter(|cell| is_formula(cell)).for_each(|cell| cell.insert(0, '\''));
            }
            writer.write_record(cells)?;
        }
        writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
    }
}

/// Whether a spreadsheet would run a cell; a negative number is none.
fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
        && cell.parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for formula in ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "-", "＝1", "-1+2"] {
            assert!(is_formula(formula), "{formula:?}");
        }
        for text in ["", "a", "-5", "+5.5", "-1e3", "1-2", "'=1", " =1", "é"] {
            assert!(!is_formula(text), "{text:?}");
        }
    }
}
