//! Where CSV records begin and end. RFC 4180; a record ends at LF or CRLF outside quotes.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

/// Cells of a record that are kept at the least.
const MOST_CELLS: usize = 8192;

/// Finds records one at a time and splits them into cells.
pub(crate) struct Scanner {
    delimiter: u8,
    reader: Reader,
    /// Bytes of the record at hand that the reader has seen.
    fed: usize,
    cells: Vec<u8>,
    used: usize,
    ends: Vec<usize>,
    ended: usize,
    /// Cells of the record whose ends are not kept.
    beyond: usize,
    /// Length of the lines from here on that an open quote went through.
    open: usize,
}

/// What stands at the start of the input; lengths include the line terminator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan {
    /// A record.
    Record(usize),
    /// The first line of a record whose quote is never closed, or closed before other text: as when a
    /// quote was forgotten, and the next row's opening one closes it.
    OpenQuote(usize),
    /// A line without anything on it, which is no record.
    Blank(usize),
    /// More input is needed.
    Incomplete,
}

impl Scanner {
    pub(crate) fn new(delimiter: u8) -> Self {
        let mut reader = ReaderBuilder::new().delimiter(delimiter).terminator(Terminator::Any(b'\n')).build();
        start(&mut reader);
        Scanner {
            delimiter,
            reader,
            fed: 0,
            cells: vec![0; 1024],
            used: 0,
            ends: vec![0; 32],
            ended: 0,
            beyond: 0,
            open: 0,
        }
    }

    /// Scans the record at the start of a non-empty `input`. After [`Scan::Incomplete`] the next call
    /// gets the same input with more behind it, or the same with `last` set, when nothing follows.
    pub(crate) fn scan(&mut self, input: &[u8], last: bool) -> Scan {
        if self.fed == 0 {
            let returns = input.iter().take_while(|b| **b == b'\r').count();
            match input.get(returns) {
                Some(b'\n') => return Scan::Blank(returns + 1),
                None if last => return Scan::Blank(returns),
                None => return Scan::Incomplete,
                Some(_) => {}
            }
            if self.open > 0 {
                if self.feed(&input[..first_line(input)]) {
                    return self.complete(input);
                }
                // Two quotes that are open at one line end close together, so none closes before that.
                self.fed = self.open;
            }
        }
        if self.feed(&input[self.fed..]) {
            return self.complete(input);
        }
        if !last {
            return Scan::Incomplete;
        }
        // Nothing follows: a line end now ends the record, unless a quote is open.
        let length = input.len();
        if self.feed(b"\n") {
            self.fed = length;
            return self.complete(input);
        }
        self.give_up(input)
    }

    /// Gives up on a record that is still incomplete; the next scan starts behind its first line.
    pub(crate) fn give_up(&mut self, input: &[u8]) -> Scan {
        self.reader.reset();
        start(&mut self.reader);
        (self.fed, self.used, self.ended, self.beyond) = (0, 0, 0, 0);
        // Only a quote that was open there took the record past its last line end.
        self.open = input.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        Scan::OpenQuote(first_line(input))
    }

    /// Says that the next scan starts so many bytes behind the start of this one.
    pub(crate) fn pass(&mut self, length: usize) {
        self.open = self.open.saturating_sub(length);
    }

    /// The cells of the record that was scanned last, unquoted, without its line terminator; of very many, the
    /// first ones.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let start = |i: usize| if i == 0 { 0 } else { self.ends[i - 1] };
        let kept = if self.beyond > 0 { MOST_CELLS } else { self.ended };
        (0..kept).map(move |i| &self.cells[start(i)..self.ends[i]])
    }

    /// How many cells the record has that was scanned last.
    pub(crate) fn count(&self) -> usize {
        self.ended + self.beyond
    }

    /// Feeds the reader; whether that completed the record.
    fn feed(&mut self, mut input: &[u8]) -> bool {
        if self.fed == 0 {
            (self.used, self.ended, self.beyond) = (0, 0, 0);
        }
        while !input.is_empty() {
            let (result, read, written, ended) =
                self.reader.read_record(input, &mut self.cells[self.used..], &mut self.ends[self.ended..]);
            input = &input[read..];
            self.fed += read;
            self.used += written;
            self.ended += ended;
            match result {
                ReadRecordResult::Record => return true,
                ReadRecordResult::OutputFull => self.cells.resize(self.cells.len() * 2, 0),
                // More than any table has columns: they are counted, and cost no memory.
                ReadRecordResult::OutputEndsFull if self.ended > 2 * MOST_CELLS => {
                    self.beyond += self.ended - MOST_CELLS;
                    self.ended = MOST_CELLS;
                }
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            }
        }
        false
    }

    fn complete(&mut self, input: &[u8]) -> Scan {
        let length = self.fed;
        self.fed = 0;
        // The reader ends records at LF, so the CR of a CRLF is still in the last cell.
        let line = input[..length].strip_suffix(b"\n").unwrap_or(&input[..length]);
        let record = without_terminator(line);
        if !is_well_quoted(record, self.delimiter) {
            return Scan::OpenQuote(first_line(input));
        }
        self.ends[self.ended - 1] -= line.len() - record.len();
        Scan::Record(length)
    }
}

/// Takes a reader past its first record: a new one would swallow a byte order mark anywhere.
fn start(reader: &mut Reader) {
    reader.read_record(b"x\n", &mut [0; 8], &mut [0; 8]);
}

/// Whether each quote that closes a cell stands before a delimiter or the end. The reader is lenient there,
/// and would join rows without a word.
fn is_well_quoted(record: &[u8], delimiter: u8) -> bool {
    let mut rest = record;
    if !rest.contains(&b'"') {
        return true;
    }
    loop {
        if let [b'"', quoted @ ..] = rest {
            rest = quoted;
            loop {
                let Some(quote) = rest.iter().position(|b| *b == b'"') else { return false };
                rest = &rest[quote + 1..];
                match rest {
                    [b'"', doubled @ ..] => rest = doubled,
                    [] => return true,
                    [next, ..] if *next == delimiter => break,
                    _ => return false,
                }
            }
        }
        match rest.iter().position(|b| *b == delimiter) {
            Some(end) => rest = &rest[end + 1..],
            None => return true,
        }
    }
}

fn first_line(input: &[u8]) -> usize {
    input.iter().position(|b| *b == b'\n').map_or(input.len(), |at| at + 1)
}

/// A line or record without its terminator: LF or the end of the input, and any CR before it.
pub(crate) fn without_terminator(raw: &[u8]) -> &[u8] {
    let mut raw = raw.strip_suffix(b"\n").unwrap_or(raw);
    while let [line @ .., b'\r'] = raw {
        raw = line;
    }
    raw
}
