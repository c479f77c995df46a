//! Workbooks of Office Open XML: one sheet has the rows. Its cells are read one after the other, on a thread of their own.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use calamine::{DataRef, Reader as _, Xlsx};
use dictionary::Table;
use dictionary::source::{Sheet, Source};
use dictionary::split::{Form, MAX_RECORD};

use super::dialect::{Cells, write_cell};
use super::format::Rows;
use super::record::Written;
use super::sheet::{Shows, text};
use crate::compressions::zip::{self, Member};
use crate::input::damaged;
use crate::transcode::Transcoded;

/// The largest sheet. <https://support.microsoft.com/office/excel-specifications-and-limits>
const MOST_ROWS: u32 = 1_048_576;
const MOST_COLUMNS: u32 = 16_384;

/// The most bytes that a workbook may have when it is unpacked. Its shared strings are in memory.
const LARGEST: u64 = 512 << 20;

/// The most bytes of shared strings, styles and the like, which are in memory.
const LARGEST_PART: u64 = 128 << 20;

/// Bytes of rows that are made before they are passed on.
const PIECE: usize = 64 << 10;

/// Pieces that are made ahead of the reader.
const AHEAD: usize = 4;

/// Names that are listed in a message.
const LISTED: usize = 10;

/// Whether an archive is a workbook.
pub(super) fn recognises(members: &[Member]) -> bool {
    let is_there = |name: &str| members.iter().any(|member| member.name == name);
    is_there("[Content_Types].xml") && is_there("xl/workbook.xml")
}

/// What an archive is that is another document: the rest of a sentence.
pub(super) fn other(members: &[Member]) -> Option<String> {
    let is_there = |name: &str| members.iter().any(|member| member.name == name);
    let what = if is_there("mimetype") && is_there("content.xml") {
        "an .ods or other OpenDocument file"
    } else if is_there("xl/workbook.bin") {
        "an .xlsb workbook"
    } else if is_there("[Content_Types].xml") {
        "an Office document that is no workbook"
    } else {
        return None;
    };
    Some(format!("is {what}; save it as .xlsx, or as CSV in UTF-8"))
}

/// Opens the sheet that the dialect names. The error is the rest of a sentence.
pub(super) fn open(
    mut file: File,
    members: &[Member],
    source: &Source,
    table: &Table,
) -> Result<Rows, String> {
    check_sizes(&file, members)?;
    file.rewind().map_err(|error| format!("cannot be read: {error}"))?;
    let (sender, receiver) = sync_channel(AHEAD);
    let (sheet, delimiter) = (source.dialect.sheet.clone(), table.delimiter);
    // The first row says how many cells a row has; without a header, the table does.
    let width = if source.dialect.header { 0 } else { table.fields.len() };
    let reading = thread::Builder::new().name("workbook".to_owned());
    let reading = reading.spawn(move || {
        let writer = Writer { sender, out: Vec::new(), delimiter, width, row: 0, cells: Vec::new() };
        writer.run(file, sheet.as_ref());
    });
    reading.map_err(|error| format!("cannot be read: {error}"))?;
    match receiver.recv() {
        Ok(Ok(_)) => {}
        Ok(Err(why)) => return Err(why),
        Err(_) => {
            return Err("is a workbook that cannot be read; save it again, or as CSV in UTF-8".to_owned());
        }
    }
    let pieces: Box<dyn Read + Send> =
        Box::new(Pieces { receiver, piece: Vec::new(), at: 0, has_failed: false });
    let written = Written::rows_only(&source.dialect, delimiter);
    let text = if written.is_plain(delimiter) {
        pieces
    } else {
        Box::new(Transcoded::new(pieces, Cells::new(written, delimiter)))
    };
    Ok(Rows { text, form: Form::Csv, is_verbatim: false })
}

fn check_sizes(file: &File, members: &[Member]) -> Result<(), String> {
    let total: u64 = members.iter().map(|member| member.size).sum();
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let is_part = |member: &&Member| {
        !member.name.starts_with("xl/worksheets/") && !member.name.starts_with("xl/media/")
    };
    let parts: u64 = members.iter().filter(is_part).map(|member| member.size).sum();
    if total > LARGEST || total > (8 << 20) && total / 200 > length || parts > LARGEST_PART {
        return Err(format!(
            "is a workbook of {} MiB when it is unpacked, more than is read; save the sheet as CSV in UTF-8",
            total >> 20
        ));
    }
    let mut file = file.try_clone().map_err(|error| format!("cannot be read: {error}"))?;
    for member in members.iter().filter(is_part) {
        // An archive may say less than it holds: the reader of workbooks trusts it.
        let mut content = zip::content(&mut file, &member.name)?;
        io::copy(&mut content, &mut io::sink()).map_err(|error| error.to_string())?;
    }
    Ok(())
}

type Piece = Result<Vec<u8>, String>;

/// Writes the rows of a sheet as CSV.
struct Writer {
    sender: SyncSender<Piece>,
    out: Vec<u8>,
    delimiter: u8,
    /// The least number of cells of a row.
    width: usize,
    /// Rows that are written.
    row: u32,
    cells: Vec<String>,
}

/// Why reading stops: the workbook, or the receiver is gone.
enum Stop {
    Refused(String),
    Closed,
}

impl Writer {
    fn run(mut self, file: File, sheet: Option<&Sheet>) {
        match self.read(file, sheet) {
            Ok(()) | Err(Stop::Closed) => {}
            // The reason is lost if the reader was dropped.
            Err(Stop::Refused(why)) => drop(self.sender.send(Err(why))),
        }
    }

    fn read(&mut self, file: File, sheet: Option<&Sheet>) -> Result<(), Stop> {
        let unreadable = |error: calamine::XlsxError| {
            Stop::Refused(format!(
                "is a workbook that cannot be read: {error}; save it again, or as CSV in UTF-8"
            ))
        };
        let mut workbook = Xlsx::new(BufReader::new(file)).map_err(unreadable)?;
        let name = choose(&workbook.sheet_names(), sheet).map_err(Stop::Refused)?;
        let mut cells = workbook.worksheet_cells_reader(&name).map_err(unreadable)?;
        let styles: Vec<Shows> = cells.styles().iter().map(shown).collect();
        self.send()?;
        let mut current = None;
        while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(unreadable)? {
            let (row, column) = cell.get_position();
            if *cell.get_value() == DataRef::Empty {
                continue;
            }
            if row >= MOST_ROWS || column >= MOST_COLUMNS {
                return Err(Stop::Refused(format!(
                    "is a workbook with a cell below row {MOST_ROWS} or right of column {MOST_COLUMNS}, which no program \
                     that writes workbooks makes; save it again"
                )));
            }
            if current != Some(row) {
                if current.is_some_and(|current| current > row) {
                    return Err(Stop::Refused(
                        "is a workbook whose rows are not in order; save it again".to_owned(),
                    ));
                }
                self.end_row()?;
                self.skip_to(row)?;
                current = Some(row);
            }
            let column = column as usize;
            if self.cells.len() <= column {
                self.cells.resize(column + 1, String::new());
            }
            self.cells[column] =
                text(cell.get_value(), || styles.get(style).copied().unwrap_or(Shows::DateTime));
        }
        self.end_row()?;
        self.send()
    }

    /// An empty line for each row without cells.
    fn skip_to(&mut self, row: u32) -> Result<(), Stop> {
        while self.row < row {
            self.out.push(b'\n');
            self.row += 1;
            if self.out.len() >= PIECE {
                self.send()?;
            }
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), Stop> {
        if self.cells.is_empty() {
            return Ok(());
        }
        let mut cells = std::mem::take(&mut self.cells);
        if self.width == 0 {
            self.width = cells.len();
        }
        if cells.len() < self.width {
            cells.resize(self.width, String::new());
        }
        let start = self.out.len();
        for (i, cell) in cells.iter().enumerate() {
            if i > 0 {
                self.out.push(self.delimiter);
            }
            write_cell(cell.as_bytes(), false, self.delimiter, &mut self.out);
        }
        self.out.push(b'\n');
        self.row += 1;
        if self.out.len() - start > MAX_RECORD {
            return Err(Stop::Refused(format!(
                "has a row {} that is longer than {MAX_RECORD} bytes",
                self.row
            )));
        }
        if self.out.len() >= PIECE { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<(), Stop> {
        self.sender.send(Ok(std::mem::take(&mut self.out))).map_err(|_| Stop::Closed)
    }
}

/// What a style shows of a day.
fn shown(style: &calamine::Style) -> Shows {
    style.number_format.as_ref().map_or(Shows::DateTime, |format| Shows::of(&format.format_code))
}

/// The name of the sheet that is read.
fn choose(names: &[String], sheet: Option<&Sheet>) -> Result<String, String> {
    let found = match sheet {
        None => names.first(),
        Some(Sheet::Number(number)) => {
            usize::try_from(*number).ok().and_then(|number| names.get(number.checked_sub(1)?))
        }
        Some(Sheet::Name(wanted)) => names.iter().find(|name| *name == wanted),
    };
    let listed = || {
        let names: Vec<_> = names.iter().take(LISTED).map(|name| format!("\"{name}\"")).collect();
        names.join(", ")
    };
    found.cloned().ok_or_else(|| match sheet {
        Some(Sheet::Number(number)) => {
            format!("is a workbook without a sheet {number}; its sheets are {}", listed())
        }
        Some(Sheet::Name(name)) => {
            format!("is a workbook without the sheet \"{name}\"; its sheets are {}", listed())
        }
        None => "is a workbook without a sheet".to_owned(),
    })
}

/// Reads the pieces of another thread.
struct Pieces {
    receiver: Receiver<Piece>,
    piece: Vec<u8>,
    at: usize,
    has_failed: bool,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() && !self.has_failed {
            match self.receiver.recv() {
                Ok(Ok(piece)) => (self.piece, self.at) = (piece, 0),
                Ok(Err(why)) => {
                    self.has_failed = true;
                    return Err(damaged(why));
                }
                Err(_) => return Ok(0),
            }
        }
        let ready = &self.piece[self.at..];
        let length = ready.len().min(buffer.len());
        buffer[..length].copy_from_slice(&ready[..length]);
        self.at += length;
        Ok(length)
    }
}
