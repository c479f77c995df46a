//! Where CSV records end, and which cells they hold (RFC 4180).
//!
//! A record ends at LF or CRLF outside quotes. A quote opens a quoted cell only at the start of the cell; inside a
//! quoted cell a doubled quote means one quote.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2};

/// Finds the end of one record at a time.
///
/// Time is linear in the input, whatever it holds: see [`Open`].
pub(crate) struct Scanner {
    delimiter: u8,
    /// How far the current record is scanned.
    progress: Progress,
    /// Whether a quote of the current record is opened: only then can it have several lines.
    is_quoted: bool,
    /// What is known of a quote that an earlier record left open.
    open: Option<Open>,
}

/// What is at the start of the input. Lengths are in bytes and include the line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scan {
    /// A record.
    Record(usize, Quotes),
    /// An empty line, which is no record.
    Blank(usize),
    /// More input is needed.
    Incomplete,
}

/// Whether the quotes of a record let it be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quotes {
    /// They do.
    Good,
    /// Text follows a closing quote. The end of the record is known, so that all its lines are one record.
    Bad,
    /// A quote is still open at the end of the input, as when a quote was forgotten. Only the first line is the record: the
    /// lines after it are scanned again, each as the start of a record.
    Open,
}

/// A record that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its bytes in the body, without the line end.
    pub(crate) raw: Range<usize>,
    /// The 1-based physical line where it starts.
    pub(crate) line: u64,
    pub(crate) quotes: Quotes,
}

#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    /// Bytes of the input that are scanned.
    at: usize,
    state: State,
    /// Where text follows a closing quote; the last such position.
    bad_quote: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    /// Outside quotes.
    #[default]
    Unquoted,
    /// Inside a quoted cell.
    Quoted,
    /// After a quote inside a quoted cell: it closes the cell, or it is the first one of a doubled quote.
    QuoteSeen,
}

/// How far an earlier record was scanned before it was given up, in bytes from the start of the current input.
///
/// At every line end up to there the scanner was inside quotes, or the record would have ended. So a later record
/// that is inside quotes at the end of its first line goes the same way from there on, and need not be scanned again.
#[derive(Debug, Clone, Copy)]
struct Open(Progress);

impl Scanner {
    pub(crate) fn new(delimiter: u8) -> Self {
        Scanner { delimiter, progress: Progress::default(), is_quoted: false, open: None }
    }

    /// Scans the record at the start of a non-empty `input`. After [`Scan::Incomplete`] the next call takes the same
    /// input that more bytes follow, or with `last` set when nothing follows.
    pub(crate) fn scan(&mut self, input: &[u8], last: bool) -> Scan {
        if self.progress.at == 0 {
            self.is_quoted = false;
            let returns = input.iter().take_while(|b| **b == b'\r').count();
            match input.get(returns) {
                Some(b'\n') => return Scan::Blank(returns + 1),
                None if last => return Scan::Blank(returns),
                None => return Scan::Incomplete,
                Some(_) => {}
            }
            if let Some(Open(known)) = self.open {
                let line = first_line(input);
                if let Some(length) = self.advance(&input[..line], false) {
                    return self.complete(length);
                }
                if line <= known.at && input[..line].ends_with(b"\n") {
                    let bad_quote = known.bad_quote.filter(|at| *at >= line).or(self.progress.bad_quote);
                    self.progress = Progress { bad_quote, ..known };
                }
            }
        }
        match self.advance(input, last) {
            Some(length) => self.complete(length),
            None if last => self.give_up(input),
            None => Scan::Incomplete,
        }
    }

    /// Gives up on a record that is still incomplete. The next scan starts after its first line.
    pub(crate) fn give_up(&mut self, input: &[u8]) -> Scan {
        self.open = Some(Open(std::mem::take(&mut self.progress)));
        Scan::Record(first_line(input), Quotes::Open)
    }

    /// How many lines end within bytes that were scanned last.
    pub(crate) fn line_ends(&self, scanned: &[u8]) -> u64 {
        if self.is_quoted {
            memchr_iter(b'\n', scanned).count() as u64
        } else {
            u64::from(scanned.ends_with(b"\n"))
        }
    }

    /// The next scan starts this many bytes after the start of the last one.
    pub(crate) fn pass(&mut self, length: usize) {
        self.open = self.open.and_then(|Open(known)| {
            let bad_quote = known.bad_quote.and_then(|at| at.checked_sub(length));
            let at = known.at.checked_sub(length).filter(|at| *at > 0)?;
            Some(Open(Progress { at, bad_quote, ..known }))
        });
    }

    /// Continues the scan. Returns the length of the record once its end is found.
    fn advance(&mut self, input: &[u8], last: bool) -> Option<usize> {
        let Progress { at, state, bad_quote } = &mut self.progress;
        loop {
            let rest = &input[*at..];
            match state {
                State::Unquoted => match memchr2(b'"', b'\n', rest) {
                    None => {
                        *at = input.len();
                        return last.then_some(*at);
                    }
                    Some(found) => {
                        *at += found + 1;
                        if rest[found] == b'\n' {
                            return Some(*at);
                        }
                        if *at == 1 || input[*at - 2] == self.delimiter {
                            *state = State::Quoted;
                            self.is_quoted = true;
                        }
                    }
                },
                State::Quoted => {
                    let Some(found) = memchr(b'"', rest) else {
                        *at = input.len();
                        return None;
                    };
                    *at += found + 1;
                    *state = State::QuoteSeen;
                }
                State::QuoteSeen => {
                    let returns = rest.iter().take_while(|b| **b == b'\r').count();
                    match (returns, rest.get(returns)) {
                        (_, Some(b'\n')) => return Some(*at + returns + 1),
                        (_, None) if last => return Some(input.len()),
                        (_, None) => return None,
                        (0, Some(b'"')) => {
                            *at += 1;
                            *state = State::Quoted;
                        }
                        (0, Some(next)) if *next == self.delimiter => *state = State::Unquoted,
                        (_, Some(_)) => {
                            *bad_quote = Some(*at);
                            *state = State::Unquoted;
                        }
                    }
                }
            }
        }
    }

    fn complete(&mut self, length: usize) -> Scan {
        let is_bad = std::mem::take(&mut self.progress).bad_quote.is_some();
        Scan::Record(length, if is_bad { Quotes::Bad } else { Quotes::Good })
    }
}

/// Finds the records of a body from a position on; at most `most`. `line` is the line at that position.
pub(crate) fn records(body: &[u8], delimiter: u8, mut at: usize, mut line: u64, most: usize) -> Vec<Record> {
    let mut scanner = Scanner::new(delimiter);
    let mut records = Vec::new();
    while at < body.len() && records.len() < most {
        let length = match scanner.scan(&body[at..], true) {
            Scan::Record(length, quotes) => {
                let raw = at..at + without_line_end(&body[at..at + length]).len();
                records.push(Record { raw, line, quotes });
                length
            }
            Scan::Blank(length) => length,
            Scan::Incomplete => body.len() - at,
        };
        line += scanner.line_ends(&body[at..at + length]);
        scanner.pass(length);
        at += length;
    }
    records
}

/// The cells of a [record](Record) without its line end, unquoted.
pub(crate) fn cells(record: &[u8], delimiter: u8) -> Cells<'_> {
    Cells { rest: Some(record), delimiter }
}

/// See [`cells`].
#[derive(Debug, Clone)]
pub(crate) struct Cells<'r> {
    /// `None` after the last cell.
    rest: Option<&'r [u8]>,
    delimiter: u8,
}

impl<'r> Iterator for Cells<'r> {
    type Item = Cow<'r, [u8]>;

    fn next(&mut self) -> Option<Cow<'r, [u8]>> {
        let rest = self.rest?;
        let (cell, after) = match rest {
            [b'"', quoted @ ..] => unquote(quoted),
            _ => {
                let end = memchr(self.delimiter, rest).unwrap_or(rest.len());
                (Cow::Borrowed(&rest[..end]), &rest[end..])
            }
        };
        self.rest = after.split_first().map(|(_delimiter, next)| next);
        Some(cell)
    }
}

/// The cells of a record as text. `text` is the record, if it is known to be UTF-8. The error is a cell that is not UTF-8,
/// with a replacement character for what is not.
pub(crate) fn text_cells<'r>(record: &'r [u8], text: Option<&'r str>, delimiter: u8) -> TextCells<'r> {
    TextCells { length: record.len(), text, cells: cells(record, delimiter) }
}

/// See [`text_cells`].
pub(crate) struct TextCells<'r> {
    length: usize,
    /// The record, if all of it is known to be UTF-8.
    text: Option<&'r str>,
    cells: Cells<'r>,
}

impl<'r> Iterator for TextCells<'r> {
    type Item = Result<Cow<'r, str>, Cow<'r, str>>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.cells.rest?;
        let start = self.length - rest.len() + usize::from(rest.starts_with(b"\""));
        Some(match (self.cells.next()?, self.text) {
            (Cow::Borrowed(cell), Some(text)) => Ok(Cow::Borrowed(&text[start..start + cell.len()])),
            (Cow::Borrowed(cell), None) => {
                std::str::from_utf8(cell).map(Cow::Borrowed).map_err(|_| String::from_utf8_lossy(cell))
            }
            (Cow::Owned(cell), _) => String::from_utf8(cell)
                .map(Cow::Owned)
                .map_err(|error| Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned())),
        })
    }
}

/// Splits the text after an opening quote into the quoted cell and what follows its closing quote.
fn unquote(quoted: &[u8]) -> (Cow<'_, [u8]>, &[u8]) {
    let mut unescaped = Vec::new();
    let mut rest = quoted;
    loop {
        let end = memchr(b'"', rest).unwrap_or(rest.len());
        let (part, after) = (&rest[..end], &rest[(end + 1).min(rest.len())..]);
        match after.strip_prefix(b"\"") {
            Some(more) => {
                unescaped.extend_from_slice(&rest[..=end]);
                rest = more;
            }
            None if unescaped.is_empty() => return (Cow::Borrowed(part), after),
            None => {
                unescaped.extend_from_slice(part);
                return (Cow::Owned(unescaped), after);
            }
        }
    }
}

/// The line at the start of a non-empty input, where each line is a record. A line of white space alone is no record.
pub(crate) fn line(input: &[u8], last: bool) -> Scan {
    let length = match memchr(b'\n', input) {
        Some(end) => end + 1,
        None if last => input.len(),
        None => return Scan::Incomplete,
    };
    let is_blank = input[..length].iter().all(u8::is_ascii_whitespace);
    if is_blank { Scan::Blank(length) } else { Scan::Record(length, Quotes::Good) }
}

fn first_line(input: &[u8]) -> usize {
    memchr(b'\n', input).map_or(input.len(), |at| at + 1)
}

/// A line or record without its line end: LF or the end of the input, and any CR before it.
pub(crate) fn without_line_end(raw: &[u8]) -> &[u8] {
    let mut raw = raw.strip_suffix(b"\n").unwrap_or(raw);
    while let [line @ .., b'\r'] = raw {
        raw = line;
    }
    raw
}
