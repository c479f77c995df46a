//! What separates the cells of a CSV, by its first lines.

use crate::csv_scanner::{self, Quotes};
use crate::decode::byte_order_mark;

/// Delimiters that files are commonly written with, the most common one first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Records that are looked at.
const RECORDS: usize = 200;

/// The delimiter with which the most records have as many cells as the first one, at least two; of several, the one that gives
/// the most cells. `None` where that is true of fewer than half of the records with each delimiter: the file has one column.
/// `is_whole` says whether nothing follows the text.
pub fn sniff(head: &[u8], is_whole: bool) -> Option<u8> {
    let scored =
        DELIMITERS.into_iter().filter_map(|delimiter| Some((score(head, delimiter, is_whole)?, delimiter)));
    // Of equal ones, the first.
    let best = scored.fold(None, |best: Option<((usize, usize), u8)>, one| match best {
        Some((score, _)) if score >= one.0 => best,
        Some(_) | None => Some(one),
    });
    best.map(|(_, delimiter)| delimiter)
}

/// Tenths of the records that have as many cells as the first one, and how many cells that is.
fn score(head: &[u8], delimiter: u8, is_whole: bool) -> Option<(usize, usize)> {
    let mut records = csv_scanner::records(head, delimiter, byte_order_mark(head), 1, RECORDS);
    if !is_whole && records.len() < RECORDS && records.len() > 1 {
        records.pop();
    }
    let count = |raw| csv_scanner::cells(raw, delimiter).count();
    let cells = count(&head[records.first()?.raw.clone()]);
    let is_same = |record: &&csv_scanner::Record| {
        record.quotes == Quotes::Good && count(&head[record.raw.clone()]) == cells
    };
    let same = records.iter().filter(is_same).count();
    // In tenths, so that a few bad records do not decide between two delimiters.
    (cells > 1 && same * 2 >= records.len()).then(|| (same * 10 / records.len(), cells))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_gives_each_record_the_same_cells() {
        for (text, delimiter) in [
            ("a,b\n1,2\n", Some(b',')),
            ("a;b\n1,5;2,5\n", Some(b';')),
            ("a\tb\n1\t2,0\n", Some(b'\t')),
            ("a|b|c\n1|2|3\n", Some(b'|')),
            ("name,note\nx,\"a;b;c\"\n", Some(b',')),
            ("a;b,c\n1;2,3\n", Some(b',')),
            ("name\nx\n", None),
            ("note;x\nhello\nworld\nfoo\n", None),
            ("", None),
        ] {
            assert_eq!(sniff(text.as_bytes(), true), delimiter, "{text}");
        }
        // The last record is cut off.
        assert_eq!(sniff(b"a;b\n1;2\n3", false), Some(b';'));
    }
}
