//! Records in any dialect.

use dictionary::source::Dialect;
use memchr::memchr;

/// How cells are written, in bytes.
pub(super) struct Written {
    delimiter: Vec<u8>,
    quote: Option<Vec<u8>>,
    double_quote: bool,
    escape: Option<Vec<u8>>,
    null: Option<Vec<u8>>,
    skip_initial_space: bool,
    /// Rows that make the header; empty where there is none.
    pub(super) header_rows: Vec<u64>,
    pub(super) header_join: Vec<u8>,
    pub(super) comment_rows: Vec<u64>,
    pub(super) comment: Option<Vec<u8>>,
    /// Whether CR alone ends a line.
    pub(super) has_lone_returns: bool,
}

impl Written {
    pub(super) fn new(dialect: &Dialect, delimiter: char, has_lone_returns: bool) -> Written {
        let bytes = |c: char| c.to_string().into_bytes();
        Written {
            delimiter: bytes(delimiter),
            quote: dialect.quote.map(bytes),
            double_quote: dialect.double_quote,
            escape: dialect.escape.map(bytes),
            null: dialect.null_sequence.clone().map(String::into_bytes),
            skip_initial_space: dialect.skip_initial_space,
            header_rows: if dialect.header { dialect.header_rows.clone() } else { Vec::new() },
            header_join: dialect.header_join.clone().into_bytes(),
            comment_rows: dialect.comment_rows.clone(),
            comment: dialect.comment.clone().map(String::into_bytes),
            has_lone_returns,
        }
    }

    /// Cells as in RFC 4180, as another format writes them before rows are left out.
    pub(super) fn rows_only(dialect: &Dialect, delimiter: u8) -> Written {
        let plain = Dialect::plain(dialect.header, delimiter);
        let Dialect { header_rows, header_join, comment_rows, comment, .. } = dialect.clone();
        let dialect = Dialect { header_rows, header_join, comment_rows, comment, ..plain };
        Written::new(&dialect, char::from(delimiter), false)
    }

    /// Whether text is in the plain form already.
    pub(super) fn is_plain(&self, delimiter: u8) -> bool {
        self.delimiter == [delimiter]
            && self.quote.as_deref() == Some(b"\"")
            && self.double_quote
            && self.escape.is_none()
            && !self.skip_initial_space
            && (self.header_rows.is_empty() || self.header_rows == [1])
            && self.comment_rows.is_empty()
            && self.comment.is_none()
            && !self.has_lone_returns
    }
}

/// A record that was found.
#[derive(Default)]
pub(super) struct Found {
    /// Its bytes with the line end.
    pub(super) length: usize,
    /// The cells, and whether they were quoted.
    pub(super) cells: Vec<(Vec<u8>, bool)>,
    /// Text after a closing quote.
    pub(super) has_tail: bool,
    /// A quote that is still open.
    pub(super) is_open: bool,
}

/// Where the text within quotes ends.
enum Quoted {
    /// After the closing quote, at this position.
    At(usize),
    /// Nowhere: the quote is still open at the end of the input.
    Open,
    /// More bytes are needed.
    Incomplete,
}

/// What ends a cell, and the position after its text.
enum End {
    Delimiter(usize),
    /// With the position after the line end.
    Line(usize, usize),
}

/// Bytes in which no escape, doubled quote, delimiter or line end is cut.
const LOOK_AHEAD: usize = 12;

impl Written {
    /// Reads the cells of the record at the start of a text. `None` where it is not complete.
    pub(super) fn record(&self, text: &[u8], last: bool) -> Option<Found> {
        let mut found = Found::default();
        let mut at = 0;
        loop {
            while self.skip_initial_space && text.get(at) == Some(&b' ') {
                at += 1;
            }
            let mut cell = Vec::new();
            let quote = self.quote.as_deref().filter(|quote| text[at..].starts_with(quote));
            if let Some(quote) = quote {
                match self.quoted(text, at + quote.len(), quote, last, &mut cell) {
                    Quoted::At(end) => at = end,
                    Quoted::Open => return Some(Found { length: text.len(), is_open: true, ..found }),
                    Quoted::Incomplete => return None,
                }
            }
            let end = self.unquoted(text, at, last, &mut cell)?;
            let (End::Delimiter(text_end) | End::Line(text_end, _)) = end;
            found.has_tail |= quote.is_some() && text_end > at;
            found.cells.push((cell, quote.is_some()));
            match end {
                End::Delimiter(_) => at = text_end + self.delimiter.len(),
                End::Line(_, length) => return Some(Found { length, ..found }),
            }
        }
    }

    /// Reads the text after an opening quote into a cell.
    fn quoted(&self, text: &[u8], mut at: usize, quote: &[u8], last: bool, cell: &mut Vec<u8>) -> Quoted {
        loop {
            let rest = &text[at..];
            if rest.is_empty() {
                return if last { Quoted::Open } else { Quoted::Incomplete };
            }
            if rest.len() < LOOK_AHEAD && !last {
                return Quoted::Incomplete;
            }
            if let Some((from, to)) = self.escaped(rest) {
                cell.extend_from_slice(&rest[from..to]);
                at += to;
            } else if rest.starts_with(quote) {
                at += quote.len();
                if !(self.double_quote && text[at..].starts_with(quote)) {
                    return Quoted::At(at);
                }
                cell.extend_from_slice(quote);
                at += quote.len();
            } else {
                cell.push(rest[0]);
                at += 1;
            }
        }
    }

    /// Reads text without quotes into a cell. `None` where more bytes are needed.
    fn unquoted(&self, text: &[u8], start: usize, last: bool, cell: &mut Vec<u8>) -> Option<End> {
        let mut at = start;
        loop {
            let rest = &text[at..];
            if rest.is_empty() {
                return last.then_some(End::Line(at, at));
            }
            if rest.len() < LOOK_AHEAD && !last && !rest.contains(&b'\n') {
                return None;
            }
            if rest.starts_with(&self.delimiter) {
                return Some(End::Delimiter(at));
            }
            if let Some(length) = self.ends_line(rest, last) {
                return Some(End::Line(at, at + length));
            }
            match self.escaped(rest).filter(|_| !self.is_null(&text[start..], at - start)) {
                Some((from, to)) => {
                    cell.extend_from_slice(&rest[from..to]);
                    at += to;
                }
                None => {
                    cell.push(rest[0]);
                    at += 1;
                }
            }
        }
    }

    /// The first position after a line end.
    pub(super) fn line_end(&self, text: &[u8], from: usize) -> Option<usize> {
        let end = if self.has_lone_returns { b'\r' } else { b'\n' };
        memchr(end, &text[from..]).map(|at| from + at + 1)
    }

    /// Whether a cell is the null sequence, which may hold the escape character.
    fn is_null(&self, cell: &[u8], at: usize) -> bool {
        let Some(null) = self.null.as_deref().filter(|null| at == 0 && cell.starts_with(null)) else {
            return false;
        };
        let after = &cell[null.len()..];
        after.is_empty() || after.starts_with(&self.delimiter) || matches!(after[0], b'\r' | b'\n')
    }

    /// The position and end of an escaped character.
    fn escaped(&self, rest: &[u8]) -> Option<(usize, usize)> {
        let escape = self.escape.as_deref().filter(|escape| rest.starts_with(escape))?;
        let next = rest.get(escape.len())?;
        let width = match next {
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xff => 4,
            0..=0xbf => 1,
        };
        Some((escape.len(), (escape.len() + width).min(rest.len())))
    }

    /// The length of the line end at the start of a text.
    fn ends_line(&self, rest: &[u8], last: bool) -> Option<usize> {
        if self.has_lone_returns && rest[0] == b'\r' {
            return Some(1);
        }
        let returns = rest.iter().take_while(|b| **b == b'\r').count();
        match rest.get(returns) {
            Some(b'\n') => Some(returns + 1),
            None if last => Some(returns),
            Some(_) | None => None,
        }
    }
}
