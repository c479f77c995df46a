//! Cells in any dialect as CSV in the plain form.

use std::io;

use dictionary::split::MAX_RECORD;
use memchr::memchr_iter;

use super::record::{Found, Written};
use crate::input::damaged;
use crate::transcode::Transcode;

/// Turns records into the plain form. A record that cannot be read becomes one that cannot be read either, and so is rejected.
pub(super) struct Cells {
    written: Written,
    /// The delimiter of the plain form.
    delimiter: u8,
    buffer: Vec<u8>,
    /// Bytes of the buffer at which to try again to read a record that was not complete.
    retry_at: usize,
    /// Bytes of the buffer up to where a quote is known to stay open: lines are records there.
    open_until: usize,
    /// Records so far, empty ones and comments included.
    row: u64,
    /// The parts of the header so far.
    labels: Vec<Vec<u8>>,
    has_header: bool,
    is_first: bool,
}

impl Cells {
    pub(super) fn new(written: Written, delimiter: u8) -> Cells {
        let has_header = written.header_rows.is_empty();
        Cells {
            written,
            delimiter,
            buffer: Vec::new(),
            retry_at: 0,
            open_until: 0,
            row: 0,
            labels: Vec::new(),
            has_header,
            is_first: true,
        }
    }

    fn run(&mut self, last: bool, out: &mut Vec<u8>) -> io::Result<()> {
        if self.buffer.len() < self.retry_at && !last {
            return Ok(());
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        let mut at = 0;
        while at < buffer.len() {
            let Some(found) = self.record(&buffer[at..], at < self.open_until, last)? else { break };
            if found.is_open && at >= self.open_until {
                self.open_until = buffer.len().min(at + MAX_RECORD);
            }
            let end = at + found.length;
            self.write(&buffer[at..end], found, out);
            at = end;
        }
        buffer.drain(..at);
        self.buffer = buffer;
        self.open_until = self.open_until.saturating_sub(at);
        // A record that is longer than a piece is not read again for each piece.
        self.retry_at = self.buffer.len() * 2;
        Ok(())
    }

    /// The record at the start of `rest`; `None` where more bytes are needed.
    fn record(&self, rest: &[u8], is_within_open: bool, last: bool) -> io::Result<Option<Found>> {
        let line = self.written.line_end(rest, 0).or(last.then_some(rest.len()));
        let is_comment = self.written.comment.as_deref().is_some_and(|comment| rest.starts_with(comment));
        if is_comment || is_within_open {
            let Some(length) = line else { return self.too_long(rest) };
            if is_comment {
                return Ok(Some(Found { length, cells: Vec::new(), has_tail: false, is_open: false }));
            }
            return Ok(self.written.record(&rest[..length], true));
        }
        match self.written.record(rest, last && rest.len() <= MAX_RECORD) {
            Some(Found { is_open: true, .. }) | None if rest.len() > MAX_RECORD || last => {
                let Some(length) = self.written.line_end(rest, 0).or(last.then_some(rest.len())) else {
                    return self.too_long(rest);
                };
                Ok(Some(Found { length, cells: Vec::new(), has_tail: false, is_open: true }))
            }
            found => Ok(found),
        }
    }

    fn too_long<T>(&self, rest: &[u8]) -> io::Result<Option<T>> {
        if rest.len() > MAX_RECORD {
            return Err(damaged(format!(
                "has a row {} that is longer than {MAX_RECORD} bytes, the longest row",
                self.row + 1
            )));
        }
        Ok(None)
    }

    fn write(&mut self, raw: &[u8], found: Found, out: &mut Vec<u8>) {
        self.row += 1;
        let lines = self.lines(raw);
        let is_blank = raw.iter().all(|b| matches!(b, b'\r' | b'\n'));
        let is_comment = found.cells.is_empty() && !found.is_open;
        if is_blank || is_comment || self.written.comment_rows.contains(&self.row) {
            return out.extend(std::iter::repeat_n(b'\n', lines));
        }
        if !self.has_header {
            return self.take_header(found.cells, lines, out);
        }
        if found.is_open {
            return write_unreadable(raw, "a quote is opened and never closed", out);
        }
        if found.has_tail {
            return write_unreadable(raw, "text follows a closing quote", out);
        }
        self.write_cells(&found.cells, out);
    }

    fn lines(&self, raw: &[u8]) -> usize {
        let end = if self.written.has_lone_returns { b'\r' } else { b'\n' };
        memchr_iter(end, raw).count().max(1)
    }

    /// Takes a row before the first one of data: a part of the header, or a row before it.
    fn take_header(&mut self, cells: Vec<(Vec<u8>, bool)>, lines: usize, out: &mut Vec<u8>) {
        // Comments before the header do not count where only the usual row is the header.
        let is_usual = self.written.header_rows == [1];
        if is_usual || self.written.header_rows.contains(&self.row) {
            for (i, (part, _)) in cells.into_iter().enumerate() {
                match self.labels.get_mut(i) {
                    None => self.labels.push(part),
                    Some(_) if part.is_empty() => {}
                    Some(label) => {
                        if !label.is_empty() {
                            label.extend_from_slice(&self.written.header_join);
                        }
                        label.extend_from_slice(&part);
                    }
                }
            }
        }
        let is_last = is_usual || self.written.header_rows.last().is_none_or(|last| *last <= self.row);
        out.extend(std::iter::repeat_n(b'\n', lines - usize::from(is_last)));
        if is_last {
            self.has_header = true;
            let labels = std::mem::take(&mut self.labels).into_iter().map(|label| (label, false));
            self.write_cells(&labels.collect::<Vec<_>>(), out);
        }
    }

    fn write_cells(&self, cells: &[(Vec<u8>, bool)], out: &mut Vec<u8>) {
        for (i, (cell, was_quoted)) in cells.iter().enumerate() {
            if i > 0 {
                out.push(self.delimiter);
            }
            write_cell(cell, *was_quoted, self.delimiter, out);
        }
        out.push(b'\n');
    }
}

/// Appends a cell in the plain form, quoted where it has to be.
pub(super) fn write_cell(cell: &[u8], was_quoted: bool, delimiter: u8, out: &mut Vec<u8>) {
    let special = |b: &u8| *b == delimiter || matches!(b, b'"' | b'\r' | b'\n');
    if was_quoted || cell.iter().any(special) {
        write_quoted(cell, out);
    } else {
        out.extend_from_slice(cell);
    }
}

/// Writes a record that cannot be read as one that cannot be read in the plain form either, and takes no other lines with it.
fn write_unreadable(raw: &[u8], why: &str, out: &mut Vec<u8>) {
    let end = raw.iter().rposition(|b| !matches!(b, b'\r' | b'\n')).map_or(0, |at| at + 1);
    write_quoted(&raw[..end], out);
    out.extend_from_slice(format!(" ({why})\n").as_bytes());
}

fn write_quoted(cell: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in cell {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

impl Transcode for Cells {
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        self.buffer.extend_from_slice(bytes);
        if std::mem::take(&mut self.is_first) && self.buffer.starts_with(b"\xef\xbb\xbf") {
            self.buffer.drain(..3);
        }
        self.run(false, out)
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        self.run(true, out)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails should panic")]

    use dictionary::source::Dialect;

    use super::*;

    fn read_in(dialect: &Dialect, text: &str, piece: usize) -> String {
        let delimiter = dialect.delimiter.unwrap_or(',');
        let lone = text.contains('\r') && !text.contains('\n');
        let mut cells = Cells::new(Written::new(dialect, delimiter, lone), b',');
        let mut out = Vec::new();
        text.as_bytes().chunks(piece).for_each(|piece| cells.push(piece, &mut out).unwrap());
        cells.finish(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// However the text is cut into pieces.
    #[track_caller]
    fn becomes(dialect: &Dialect, text: &str, expected: &str) {
        for piece in [1, 2, 3, 7, 1000] {
            // A byte order mark comes in one piece.
            if piece >= 3 || !text.starts_with('\u{feff}') {
                assert_eq!(read_in(dialect, text, piece), expected, "in pieces of {piece}");
            }
        }
    }

    #[test]
    fn cells_are_quoted_as_the_plain_form_needs() {
        let dialect = Dialect { quote: Some('|'), delimiter: Some(';'), ..Dialect::default() };
        becomes(
            &dialect,
            "\u{feff}a;b\n|x;|;1,5\n|p||q|;\"r\n\n||;2",
            "a,b\n\"x;\",\"1,5\"\n\"p|q\",\"\"\"r\"\n\n\"\",2\n",
        );
        let spaces = Dialect { skip_initial_space: true, ..Dialect::default() };
        becomes(&spaces, "a, b\r\n1,  \"x, y\"\r\n", "a,b\n1,\"x, y\"\n");
        let wide = Dialect { delimiter: Some('¦'), quote: None, ..Dialect::default() };
        becomes(&wide, "a¦b\n\"1¦2\n", "a,b\n\"\"\"1\",2\n");
    }

    #[test]
    fn an_escape_makes_the_next_character_a_part_of_the_cell_and_a_null_stays() {
        let null = Some("\\N".to_owned());
        let dialect =
            Dialect { escape: Some('\\'), double_quote: false, null_sequence: null, ..Dialect::default() };
        becomes(&dialect, "a,b\nx\\,y,\\N\n\"p\\\"q\",\\\\\n", "a,b\n\"x,y\",\\N\n\"p\"\"q\",\\\n");
        becomes(&dialect, "a\nx\\\ny\n", "a\n\"x\ny\"\n");
    }

    #[test]
    fn lines_that_are_left_out_are_empty_lines() {
        let comments = Dialect { comment: Some("#".to_owned()), comment_rows: vec![4], ..Dialect::default() };
        becomes(&comments, "# c\na,b\n#x,\"\n1,2\n3,4\n", "\na,b\n\n\n3,4\n");
        let rows = Dialect { header_rows: vec![2, 3], ..Dialect::default() };
        becomes(&rows, "title\nx,y\n1,\n5,6\n", "\n\nx 1,y\n5,6\n");
    }

    #[test]
    fn returns_alone_end_lines_if_nothing_else_does() {
        becomes(&Dialect::default(), "a,b\r1,2\r", "a,b\n1,2\n");
        becomes(
            &Dialect { skip_initial_space: true, ..Dialect::default() },
            "a,b\n1\r2,3\n",
            "a,b\n\"1\r2\",3\n",
        );
    }

    #[test]
    fn a_record_that_cannot_be_read_takes_no_other_lines_with_it() {
        let dialect = Dialect { quote: Some('|'), ..Dialect::default() };
        becomes(
            &dialect,
            "a,b\n|x|y,2\n|open,3\n4,\"q\n",
            "a,b\n\"|x|y,2\" (text follows a closing quote)\n\"|open,3\" (a quote is opened and never closed)\n4,\"\"\"q\"\n",
        );
    }
}
