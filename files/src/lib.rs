//! Files of any supported format, compression and encoding, opened as text in the plain form of a table.
//!
//! The plain form is what requests have too: UTF-8, and either CSV with the table's delimiter and quotes as in RFC 4180, or
//! one JSON object on each line. A file that is written so already is passed through as it is. Other files are transcoded
//! while they are read, in bounded memory. A line that is left out (a comment, an empty row of a sheet) becomes an empty
//! line, so that line numbers stay those of the file.
//!
//! Formats, compressions and encodings are recognised by content first, then by what the descriptor or the name says.

mod compressions;
mod describe;
mod encodings;
mod foreign;
mod formats;
mod input;
mod opened;
pub mod package;
mod place;
mod several;
mod transcode;

use std::fs::File;
use std::path::Path;

use dictionary::Table;
use dictionary::source::{Dialect, Place, Source};

pub use describe::{Error as DescribeError, describe};
pub use input::Error;
use input::Input;
pub use opened::Opened;

/// What is there of a table's rows.
#[derive(Debug)]
pub enum Found {
    /// The rows.
    Rows(Opened),
    /// These files are not there.
    Missing(Vec<String>),
    /// The rows are at these URLs, which are not fetched.
    Remote(Vec<String>),
}

/// Opens the rows that a table's descriptor names. `folder` has the descriptor.
///
/// # Errors
/// When a file cannot be read as rows of a table, or is outside the folder.
pub fn open_table(folder: &Path, table: &Table) -> Result<Found, Error> {
    match &table.source.place {
        Place::Remote(urls) => Ok(Found::Remote(urls.clone())),
        Place::Inline(data) => formats::inline(data, &table.source, table).map(Found::Rows),
        Place::Files(paths) => {
            let mut located = Vec::new();
            let mut missing = Vec::new();
            for path in paths {
                match place::locate(folder, path)? {
                    Some(file) => located.push((path.clone(), file)),
                    None => missing.push(path.clone()),
                }
            }
            if !missing.is_empty() {
                return Ok(Found::Missing(missing));
            }
            several::open(located, table).map(Found::Rows)
        }
    }
}

/// Opens one file that is named otherwise, such as on a command line. Its content and name say what it is; cells are
/// written as the table's descriptor says.
///
/// # Errors
/// When it cannot be read as rows of a table.
pub fn open_file(file: File, name: &str, table: &Table) -> Result<Opened, Error> {
    let source = Source {
        format: None,
        compression: None,
        inner_path: None,
        encoding: table.source.encoding,
        place: Place::Files(Vec::new()),
        dialect: table.source.dialect.clone(),
    };
    formats::open(Input::new(file, name)?, &source, table)
}

/// Opens one file in the table's plain form, such as a CSV of rejects, with a header or without.
///
/// # Errors
/// When it cannot be read as rows of a table.
pub fn open_plain(file: File, name: &str, table: &Table) -> Result<Opened, Error> {
    let source = Source {
        format: None,
        compression: None,
        inner_path: None,
        encoding: None,
        place: Place::Files(Vec::new()),
        dialect: Dialect::plain(table.header, table.delimiter),
    };
    formats::open(Input::new(file, name)?, &source, table)
}
