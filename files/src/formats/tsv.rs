//! Cells that tabs separate.

use dictionary::Table;
use dictionary::source::{Format as Kind, Source};

use super::csv;
use super::format::{Format, Rows};
use crate::encodings::Utf8;

pub(super) const TSV: Format =
    Format { kind: Kind::Tsv, what: "TSV", extensions: &["tsv", "tab"], recognises: |_| false, open };

fn open(utf8: Utf8, source: &Source, table: &Table) -> Rows {
    // Where only the name says that it is TSV, it may have the delimiter that the descriptor says.
    let said = source
        .dialect
        .delimiter
        .filter(|said| source.format.is_some() || utf8.head.contains_delimiter(*said));
    csv::read(utf8, source, table, said.unwrap_or('\t'))
}

trait FirstLine {
    fn contains_delimiter(&self, delimiter: char) -> bool;
}

impl FirstLine for Vec<u8> {
    /// Whether the first line has this delimiter and no tab.
    fn contains_delimiter(&self, delimiter: char) -> bool {
        let line = self.split(|b| *b == b'\n').next().unwrap_or_default();
        let text = String::from_utf8_lossy(line);
        text.contains(delimiter) && !text.contains('\t')
    }
}
