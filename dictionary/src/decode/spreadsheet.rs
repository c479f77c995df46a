//! Cells for a spreadsheet, which runs what looks like a formula, and the same cells when they come back.
//!
//! OWASP: CSV Injection, <https://owasp.org/www-community/attacks/CSV_Injection>. A spreadsheet may split a line
//! at another character than the delimiter, and so a part of a cell may become a cell: each part is marked.

use std::borrow::Cow;

use crate::types::number;

/// The column that a CSV for a spreadsheet has, if its rows come back: it names the columns in which a cell of the
/// row is marked. A header that has it says that the marks are to be taken off all cells.
pub const MARKED: &str = "_marked";

/// The apostrophe that stops a spreadsheet from running the text after it.
const MARK: char = '\'';

/// Characters at which a spreadsheet may split a line, whatever the delimiter is.
const SEPARATORS: [char; 7] = [',', ';', '\t', '\r', '\n', '"', '|'];

/// What a formula starts with. Some programs take the wide forms for the narrow ones.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Blanks that some programs take off the start of a cell before they look for a formula.
const BLANKS: [char; 3] = ['\t', '\r', '\n'];

/// A cell with a mark before each part that a spreadsheet would run; a cell that is a plain number has none. A part
/// that starts with apostrophes of its own before a formula gets one more, so that [`unmark`] knows which one to
/// take off.
pub fn mark(cell: &str) -> Cow<'_, str> {
    if number::read(cell).is_some() || !parts(cell).any(needs_mark) {
        return Cow::Borrowed(cell);
    }
    let mut marked = String::with_capacity(cell.len() + 1);
    for part in parts(cell) {
        if needs_mark(part) {
            marked.push(MARK);
        }
        marked.push_str(part.1);
    }
    Cow::Owned(marked)
}

/// The cell that [`mark`] was given.
pub fn unmark(cell: &str) -> Cow<'_, str> {
    let is_marked = |part: (bool, &str)| part.1.starts_with(MARK) && needs_mark(part);
    if !parts(cell).any(is_marked) {
        return Cow::Borrowed(cell);
    }
    let own = |part: (bool, &'_ str)| if is_marked(part) { MARK.len_utf8() } else { 0 };
    Cow::Owned(parts(cell).map(|part| &part.1[own(part)..]).collect())
}

/// The parts of a cell, each with the separator after it, and whether it is the first one.
fn parts(cell: &str) -> impl Iterator<Item = (bool, &str)> {
    cell.split_inclusive(SEPARATORS).enumerate().map(|(i, part)| (i == 0, part))
}

/// Whether a part is a formula, perhaps after apostrophes. Blanks start one only where a cell does.
fn needs_mark((first, part): (bool, &str)) -> bool {
    let bare = part.trim_start_matches(MARK);
    bare.starts_with(FORMULA) || first && bare.starts_with(BLANKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_that_a_spreadsheet_would_run_is_marked() {
        for (cell, marked) in [
            ("=1+1", "'=1+1"),
            ("+A1", "'+A1"),
            ("-A1", "'-A1"),
            ("-1+2", "'-1+2"),
            ("-", "'-"),
            ("-inf", "'-inf"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t'=1"),
            ("\r1", "'\r1"),
            ("＝1", "'＝1"),
            ("a;=1+1", "a;'=1+1"),
            ("a,+1;b", "a,'+1;b"),
            ("a\n@b\t-1", "a\n'@b\t'-1"),
            ("\"=1\"", "\"'=1\""),
            ("'=1", "''=1"),
            ("a;''=1", "a;'''=1"),
            ("'-5", "''-5"),
        ] {
            assert_eq!((mark(cell).as_ref(), unmark(marked).as_ref()), (marked, cell));
        }
    }

    #[test]
    fn text_and_plain_numbers_are_left_as_they_are() {
        for cell in
            ["", "a", "-5", "+5.5", "-1e3", "1-2", "a=1", " =1", "é", "'", "''", "O'-Neill", "a\r\nb", "a;b"]
        {
            assert_eq!((mark(cell).as_ref(), unmark(cell).as_ref()), (cell, cell));
        }
    }
}
