//! CSV, in any dialect.

use dictionary::Table;
use dictionary::source::{Format as Kind, Source};
use dictionary::split::Form;

use super::dialect::Cells;
use super::format::{Format, Rows};
use super::record::Written;
use crate::encodings::Utf8;
use crate::transcode::Transcoded;

pub(super) const CSV: Format =
    Format { kind: Kind::Csv, what: "CSV", extensions: &["csv", "txt"], recognises: |_| false, open };

fn open(utf8: Utf8, source: &Source, table: &Table) -> Rows {
    // A table that is described as TSV may get a CSV.
    let default = if source.format == Some(Kind::Tsv) { '\t' } else { char::from(table.delimiter) };
    read(utf8, source, table, source.dialect.delimiter.unwrap_or(default))
}

/// Reads cells that are separated by a delimiter.
pub(super) fn read(utf8: Utf8, source: &Source, table: &Table, delimiter: char) -> Rows {
    let written = Written::new(&source.dialect, delimiter, has_lone_returns(&utf8.head));
    if written.is_plain(table.delimiter) {
        return Rows { text: utf8.text, form: Form::Csv, is_verbatim: true };
    }
    let cells = Cells::new(written, table.delimiter);
    Rows { text: Box::new(Transcoded::new(utf8.text, cells)), form: Form::Csv, is_verbatim: false }
}

/// Whether lines end with CR alone, as they did on old Macs.
fn has_lone_returns(head: &[u8]) -> bool {
    head.contains(&b'\r') && !head.contains(&b'\n') && head.iter().filter(|b| **b == b'\r').count() > 1
}
