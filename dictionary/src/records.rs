//! Where CSV records begin and end. RFC 4180; a record ends at LF or CRLF outside quotes.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

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
}

/// What stands at the start of the input; lengths include the line terminator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan {
    /// A record.
    Record(usize),
    /// The first line of a record whose quote is never closed.
    OpenQuote(usize),
    /// A line without anything on it, which is no record.
    Blank(usize),
    /// More input is needed.
    Incomplete,
}

impl Scanner {
    pub(crate) fn new(delimiter: u8) -> Self {
        Scanner {
            delimiter,
            reader: reader(delimiter),
            fed: 0,
            cells: vec![0; 1024],
            used: 0,
            ends: vec![0; 32],
            ended: 0,
        }
    }

    /// Scans the record at the start of a non-empty `input`. After [`Scan::Incomplete`] the next call
    /// gets the same input with more behind it, or the same with `last` set, when nothing follows.
    pub(crate) fn scan(&mut self, input: &[u8], last: bool) -> Scan {
        match input {
            [b'\n', ..] => return Scan::Blank(1),
            [b'\r', b'\n', ..] => return Scan::Blank(2),
            [b'\r'] if last => return Scan::Blank(1),
            [b'\r'] => return Scan::Incomplete,
            _ => {}
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
        self.reader = reader(self.delimiter);
        self.start_over();
        Scan::OpenQuote(first_line(input))
    }

    /// The cells of the record that was scanned last, unquoted, without its line terminator.
    pub(crate) fn cells(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let start = |i: usize| if i == 0 { 0 } else { self.ends[i - 1] };
        (0..self.ended).map(move |i| &self.cells[start(i)..self.ends[i]])
    }

    /// Feeds the reader; whether that completed the record.
    fn feed(&mut self, mut input: &[u8]) -> bool {
        if self.fed == 0 {
            (self.used, self.ended) = (0, 0);
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
        let raw = input[..length].strip_suffix(b"\n").unwrap_or(&input[..length]);
        if raw.ends_with(b"\r") {
            self.ends[self.ended - 1] -= 1;
        }
        Scan::Record(length)
    }

    fn start_over(&mut self) {
        (self.fed, self.used, self.ended) = (0, 0, 0);
    }
}

/// A reader past its first record: a new one would swallow a byte order mark anywhere.
fn reader(delimiter: u8) -> Reader {
    let mut reader = ReaderBuilder::new().delimiter(delimiter).terminator(Terminator::Any(b'\n')).build();
    reader.read_record(b"x\n", &mut [0; 8], &mut [0; 8]);
    reader
}

fn first_line(input: &[u8]) -> usize {
    input.iter().position(|b| *b == b'\n').map_or(input.len(), |at| at + 1)
}

/// A line or record without its terminator.
pub(crate) fn without_terminator(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
    raw.strip_suffix(b"\r").unwrap_or(raw)
}
