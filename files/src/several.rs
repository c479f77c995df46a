//! Several files as one text, in order, with one header.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;

use dictionary::Table;
use dictionary::split::{Form, MAX_RECORD};

use crate::formats;
use crate::input::{Error, Input, damaged};
use crate::opened::Opened;

/// Opens several files as one text. If the table has a header, each file has it.
pub(crate) fn open(files: Vec<(String, PathBuf)>, table: &Table) -> Result<Opened, Error> {
    let mut files = VecDeque::from(files);
    let Some((name, path)) = files.pop_front() else {
        return Err(Error::new(&table.path, "is no file"));
    };
    let mut first = open_one(&name, path, table)?;
    if files.is_empty() {
        return Ok(first);
    }
    let has_header = first.form == Form::Csv && table.header;
    let header = if has_header {
        let read = read_header(&mut first.text).map_err(|error| Error::new(&name, error.to_string()))?;
        let header = read.header().to_vec();
        first.text = Box::new(Cursor::new(read.bytes).chain(first.text));
        Some(header)
    } else {
        None
    };
    let Opened { text, format, form, is_verbatim: _, remarks } = first;
    let table = Arc::new(table.clone());
    let several = Several { current: text, name, files, form, header, table, ends_with_line_end: true };
    Ok(Opened { text: Box::new(several), format, form, is_verbatim: false, remarks })
}

fn open_one(name: &str, path: PathBuf, table: &Table) -> Result<Opened, Error> {
    let file = File::open(path).map_err(|error| Error::new(name, format!("cannot be opened: {error}")))?;
    formats::open(Input::new(file, name)?, &table.source, table)
}

/// What was read of a text up to the end of its header.
struct Start {
    bytes: Vec<u8>,
    /// The first byte of the header, and the first one after its line end.
    header: (usize, usize),
}

impl Start {
    /// Without its line end.
    fn header(&self) -> &[u8] {
        self.bytes[self.header.0..self.header.1].trim_ascii_end()
    }
}

/// Reads up to the end of the first record that is not empty.
fn read_header(text: &mut dyn Read) -> io::Result<Start> {
    let mut bytes = Vec::new();
    let mut piece = vec![0; 4096];
    let (mut at, mut start, mut is_quoted) = (0, None, false);
    loop {
        while let Some(byte) = bytes.get(at) {
            at += 1;
            match byte {
                b'\xef' | b'\xbb' | b'\xbf' if at <= 3 => {}
                b'\r' | b'\n' if start.is_none() => {}
                b'\n' if !is_quoted => return Ok(Start { bytes, header: (start.unwrap_or(at), at) }),
                b'"' => {
                    is_quoted = !is_quoted;
                    start.get_or_insert(at - 1);
                }
                _ => drop(start.get_or_insert(at - 1)),
            }
        }
        let length = text.read(&mut piece)?;
        if length == 0 || bytes.len() > MAX_RECORD {
            let end = bytes.len();
            return Ok(Start { bytes, header: (start.unwrap_or(end), end) });
        }
        bytes.extend_from_slice(&piece[..length]);
    }
}

struct Several {
    current: Box<dyn Read + Send>,
    /// The file that is read.
    name: String,
    files: VecDeque<(String, PathBuf)>,
    form: Form,
    /// The header of the first file, if files have one.
    header: Option<Vec<u8>>,
    table: Arc<Table>,
    ends_with_line_end: bool,
}

impl Several {
    /// Goes on with the next file.
    fn advance(&mut self, name: String, path: PathBuf) -> io::Result<()> {
        let mut opened = open_one(&name, path, &self.table).map_err(|error| damaged(error.to_string()))?;
        if opened.form != self.form {
            return Err(damaged(format!(
                "{name} is of another format than {}, the file before it",
                self.name
            )));
        }
        let mut before = if self.ends_with_line_end { Vec::new() } else { vec![b'\n'] };
        if let Some(header) = &self.header {
            let Start { bytes, header: (start, end) } = read_header(&mut opened.text)?;
            let found = bytes[start..end].trim_ascii_end();
            if found != header.as_slice() && !found.is_empty() {
                return Err(damaged(format!(
                    "{name} has another header than the first file; files of one resource have the same header"
                )));
            }
            // A header is an empty line, so that line numbers stay.
            before.extend(bytes[..end].iter().filter(|b| **b == b'\n'));
            before.extend_from_slice(&bytes[end..]);
        } else {
            let mut mark = Vec::new();
            (&mut opened.text).take(3).read_to_end(&mut mark)?;
            before.extend_from_slice(mark.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&mark));
        }
        self.ends_with_line_end = before.last().is_none_or(|b| *b == b'\n');
        self.current = Box::new(Cursor::new(before).chain(opened.text));
        self.name = name;
        Ok(())
    }
}

impl Read for Several {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let length = self.current.read(buffer)?;
            if length > 0 {
                self.ends_with_line_end = buffer[length - 1] == b'\n';
                return Ok(length);
            }
            match self.files.pop_front() {
                Some((name, path)) if !buffer.is_empty() => self.advance(name, path)?,
                Some(file) => {
                    self.files.push_front(file);
                    return Ok(0);
                }
                None => return Ok(0),
            }
        }
    }
}
