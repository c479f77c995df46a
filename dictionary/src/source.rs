//! Where the rows of a table come from, as its descriptor says. A description only: nothing here opens a file.

use encoding_rs::Encoding;
use serde_json::Value;

/// The rows of a resource: where they are and how they are written.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Where they are.
    pub place: Place,
    /// What `format` says, or else `mediatype`.
    pub format: Option<Format>,
    /// What `encoding` says; `None` for UTF-8.
    pub encoding: Option<&'static Encoding>,
    /// What `compression` says.
    pub compression: Option<Compression>,
    /// The member of an archive that has the rows.
    pub inner_path: Option<String>,
    /// How cells are written.
    pub dialect: Dialect,
}

/// Where rows are.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// In files below the descriptor's folder, one after the other.
    Files(Vec<String>),
    /// At URLs, which are not fetched.
    Remote(Vec<String>),
    /// In the descriptor: an array of arrays or objects, or the text of a file.
    Inline(Value),
}

impl Place {
    /// A short name, for the ledger and for messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Place::Files(paths) | Place::Remote(paths) => match paths.as_slice() {
                [path] => path.clone(),
                [first, rest @ ..] => format!("{first} and {} more", rest.len()),
                [] => String::new(),
            },
            Place::Inline(_) => "data of the descriptor".to_owned(),
        }
    }
}

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines of cells.
    Csv,
    /// Lines of cells that tabs separate.
    Tsv,
    /// One JSON array of objects or arrays.
    Json,
    /// A JSON object or array on each line.
    Ndjson,
    /// A workbook of Office Open XML.
    Xlsx,
}

/// How each record of a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// Cells, in the table's plain form.
    #[default]
    Csv,
    /// A JSON object on one line.
    Ndjson,
}

/// A way to compress files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not compressed.
    None,
    /// RFC 1952.
    Gzip,
    /// A ZIP archive.
    Zip,
    /// RFC 8878.
    Zstd,
}

/// How cells are written. <https://datapackage.org/standard/table-dialect/>
#[derive(Debug, Clone, PartialEq)]
pub struct Dialect {
    /// What separates cells; `None` is the format's default.
    pub delimiter: Option<char>,
    /// What encloses a cell that holds delimiters.
    pub quote: Option<char>,
    /// Whether a quote inside a quoted cell is written twice.
    pub double_quote: bool,
    /// What makes the next character a part of the cell.
    pub escape: Option<char>,
    /// A cell without a value.
    pub null_sequence: Option<String>,
    /// Whether blanks after a delimiter are no part of the cell.
    pub skip_initial_space: bool,
    /// Whether there is a header.
    pub header: bool,
    /// The rows that make the header, ascending, from 1.
    pub header_rows: Vec<u64>,
    /// What is between the parts of a header of several rows.
    pub header_join: String,
    /// Rows that are passed over, from 1.
    pub comment_rows: Vec<u64>,
    /// What a row begins with that is passed over.
    pub comment: Option<String>,
    /// Whether labels and names must agree in case.
    pub case_sensitive_header: bool,
    /// Names of the members on the way to the rows in a JSON file.
    pub property: Vec<String>,
    /// The members of an object that are cells; `None` for all.
    pub item_keys: Option<Vec<String>>,
    /// The sheet of a workbook; `None` is the first one.
    pub sheet: Option<Sheet>,
}

/// A sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sheet {
    /// By position, from 1.
    Number(u64),
    /// By name.
    Name(String),
}

impl Default for Dialect {
    fn default() -> Self {
        Dialect {
            delimiter: None,
            quote: Some('"'),
            double_quote: true,
            escape: None,
            null_sequence: None,
            skip_initial_space: false,
            header: true,
            header_rows: vec![1],
            header_join: " ".to_owned(),
            comment_rows: Vec::new(),
            comment: None,
            case_sensitive_header: true,
            property: Vec::new(),
            item_keys: None,
            sheet: None,
        }
    }
}

impl Dialect {
    /// The dialect in which a table's rows come in requests, and in which its rejects go out: quotes as in RFC 4180.
    pub fn plain(header: bool, delimiter: u8) -> Dialect {
        Dialect { header, delimiter: Some(char::from(delimiter)), ..Dialect::default() }
    }

    /// The delimiter of the table's plain form: the dialect's own where it can be, else a comma.
    pub(crate) fn plain_delimiter(&self, format: Option<Format>) -> u8 {
        match (self.delimiter, format) {
            (Some(own), _) => match u8::try_from(own) {
                // A delimiter that occurs in the text of a number or a date would split it.
                Ok(b)
                    if b.is_ascii_punctuation() && !matches!(b, b'"' | b'-' | b'+' | b'.') || b == b'\t' =>
                {
                    b
                }
                Ok(_) | Err(_) => b',',
            },
            (None, Some(Format::Tsv)) => b'\t',
            (None, Some(Format::Csv | Format::Json | Format::Ndjson | Format::Xlsx) | None) => b',',
        }
    }
}
