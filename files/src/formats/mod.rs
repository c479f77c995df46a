//! The formats, each in a file.

mod csv;
mod dialect;
mod format;
mod items;
mod json;
mod ndjson;
mod record;
mod sheet;
mod tsv;
mod xlsx;

use std::io::{Cursor, Read};

use dictionary::Table;
use dictionary::source::{Format as Kind, Source};
use serde_json::Value;

use crate::compressions;
use crate::encodings::{self, Utf8};
use crate::foreign;
use crate::input::{Bytes, Error, Input, damaged};
use crate::opened::Opened;
use format::{Format, Rows};

/// All formats of text. A workbook is none: it is recognised before.
const FORMATS: [&Format; 4] = [&json::JSON, &ndjson::NDJSON, &tsv::TSV, &csv::CSV];

/// Opens a file, whatever it is.
pub(crate) fn open(mut input: Input, source: &Source, table: &Table) -> Result<Opened, Error> {
    let mut remarks = Vec::new();
    refuse_foreign(&input)?;
    if let Some(rows) = workbook(&mut input, source, table, &mut remarks)? {
        return Ok(opened(&input.name, Kind::Xlsx, rows, remarks));
    }
    let input = compressions::open(input, source, &mut remarks)?;
    refuse_foreign(&input)?;
    if input.head.starts_with(compressions::zip::MARK) {
        return input.refuse("has a workbook or an archive as its content; unpack it");
    }
    let (name, extension) = (input.name.clone(), input.extension());
    let utf8 = encodings::open(input, source, table.delimiter, &mut remarks)?;
    let format = choose(&utf8.head, &extension, source, &mut remarks);
    if let Some(what) = foreign::what(&utf8.head) {
        return Err(Error::new(&name, what));
    }
    let was_verbatim = utf8.is_verbatim;
    let mut rows = (format.open)(utf8, source, table);
    rows.is_verbatim &= was_verbatim;
    Ok(opened(&name, format.kind, rows, remarks))
}

/// Opens data of the descriptor.
pub(crate) fn inline(data: &Value, source: &Source, table: &Table) -> Result<Opened, Error> {
    let name = &table.path;
    let (text, format) = match data {
        Value::String(text) => (text.clone().into_bytes(), None),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            (data.to_string().into_bytes(), Some(Kind::Json))
        }
    };
    let source = Source { format: format.or(source.format), encoding: None, ..source.clone() };
    let input = Input::of_stream(Box::new(Cursor::new(text)), name, "")?;
    let utf8 = Utf8 { head: input.head, text: input.bytes.stream(), is_verbatim: false };
    let format = choose(&utf8.head, "", &source, &mut Vec::new());
    Ok(opened(name, format.kind, (format.open)(utf8, &source, table), Vec::new()))
}

fn opened(name: &str, format: Kind, rows: Rows, remarks: Vec<String>) -> Opened {
    let Rows { text, form, is_verbatim } = rows;
    let text: Box<dyn Read + Send> =
        if is_verbatim { text } else { Box::new(Named { text, name: name.to_owned() }) };
    Opened { text, format, form, is_verbatim, remarks }
}

/// Text whose errors name its file.
struct Named {
    text: Box<dyn Read + Send>,
    name: String,
}

impl Read for Named {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.text.read(buffer).map_err(|error| damaged(format!("{} {error}", self.name)))
    }
}

fn refuse_foreign(input: &Input) -> Result<(), Error> {
    foreign::what(&input.head).map_or(Ok(()), |what| input.refuse(what))
}

/// Content that is certain, then what the descriptor says, then the name, then CSV.
fn choose(head: &[u8], extension: &str, source: &Source, remarks: &mut Vec<String>) -> &'static Format {
    let said = source.format;
    let of_kind = |kind: Kind| FORMATS.into_iter().find(|format| format.kind == kind);
    // One object may also be a JSON file in which the rows are a member.
    let is_one_object = || ndjson::lines(head) < 2 && said == Some(Kind::Json);
    let has_property = !source.dialect.property.is_empty();
    let certain = FORMATS
        .into_iter()
        .find(|format| (format.recognises)(head))
        .filter(|format| format.kind != Kind::Ndjson || !has_property && !is_one_object());
    let named = FORMATS.into_iter().find(|format| format.extensions.contains(&extension));
    let chosen = certain.or_else(|| said.and_then(of_kind)).or(named).unwrap_or(&csv::CSV);
    // Commas or tabs are a matter of the dialect.
    let is_cells = |kind| matches!(kind, Kind::Csv | Kind::Tsv);
    if let Some(said) = said
        && said != chosen.kind
        && !(is_cells(said) && is_cells(chosen.kind))
    {
        remarks.push(format!("`format` says {}, but it is {}, and is read so", name_of(said), chosen.what));
    }
    chosen
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Csv => "csv",
        Kind::Tsv => "tsv",
        Kind::Json => "json",
        Kind::Ndjson => "ndjson",
        Kind::Xlsx => "xlsx",
    }
}

/// Opens a workbook, if the file is one.
fn workbook(
    input: &mut Input,
    source: &Source,
    table: &Table,
    remarks: &mut Vec<String>,
) -> Result<Option<Rows>, Error> {
    let Bytes::File(file) = &mut input.bytes else { return Ok(None) };
    if !input.head.starts_with(compressions::zip::MARK) {
        return Ok(None);
    }
    let (_, members) = compressions::zip::members(file).map_err(|why| Error::new(&input.name, why))?;
    if !xlsx::recognises(&members) {
        return match xlsx::other(&members) {
            Some(what) => Err(Error::new(&input.name, what)),
            None => Ok(None),
        };
    }
    if let Some(said) = source.format.filter(|kind| *kind != Kind::Xlsx) {
        remarks.push(format!("`format` says {}, but it is a workbook, and is read so", name_of(said)));
    }
    let file = file.try_clone().map_err(|error| error.to_string());
    let rows = file.and_then(|file| xlsx::open(file, &members, source, table));
    rows.map(Some).map_err(|why| Error::new(&input.name, why))
}
