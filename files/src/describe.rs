//! Describes the rows of a resource that has no schema.

use std::io::{self, Read};
use std::path::Path;

use dictionary::describe::{Description, Evidence, sniff};
use dictionary::source::Format;
use dictionary::split::SplitError;
use dictionary::{DescriptorError, Table};
use serde_json::{Map, Value, json};

use crate::opened::Opened;
use crate::{Found, input, open_table};

/// How many bytes at the start of a text show its delimiter.
const HEAD: u64 = 256 << 10;

/// The encoding of files that are not UTF-8 and do not say what they are. It gives every byte a character.
const OTHER_ENCODING: &str = "windows-1252";

/// Why the rows of a resource cannot be described.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The resource is refused for another reason than its schema.
    #[error(transparent)]
    Refused(#[from] DescriptorError),
    /// A file cannot be opened.
    #[error(transparent)]
    Unreadable(#[from] input::Error),
    /// A file cannot be read to its end.
    #[error("{0} cannot be read to its end: {1}")]
    Broken(String, #[source] io::Error),
    /// The rows cannot be told apart.
    #[error("{0}: {1}")]
    NotSplit(String, #[source] SplitError),
    /// Files are not there.
    #[error("there is no file {0}")]
    Missing(String),
    /// Files are not fetched.
    #[error("{0} is not fetched; download it into the data package's folder")]
    Remote(String),
    /// The rows show no fields.
    #[error("{0} {1}")]
    NoFields(String, String),
}

/// Reads all rows of a resource, and writes the schema that they show into it, with what its dialect and encoding lack. What it
/// says already stays as it is. `folder` has the descriptor.
///
/// # Errors
/// When the rows cannot be read, or show no fields.
pub fn describe(folder: &Path, resource: &mut Value) -> Result<Description, Error> {
    let mut remarks = find_delimiter(folder, resource)?;
    let (probe, mut evidence) = read(folder, resource, &mut remarks)?;
    if evidence.seems_to_be_of_another_encoding() && probe.source.encoding.is_none() {
        set(resource, "encoding", json!(OTHER_ENCODING));
        remarks.push(format!(
            "it is not UTF-8, and is read as {OTHER_ENCODING}; if letters with accents are wrong, correct `encoding`"
        ));
        evidence = read(folder, resource, &mut Vec::new())?.1;
    }
    let mut description = evidence.describe().map_err(|why| Error::NoFields(probe.path, why))?;
    if let Value::Object(members) = resource {
        description.write_into(members);
    }
    remarks.append(&mut description.remarks);
    description.remarks = remarks;
    Ok(description)
}

/// Writes the delimiter into the dialect of a CSV that has none and is not separated by commas.
fn find_delimiter(folder: &Path, resource: &mut Value) -> Result<Vec<String>, Error> {
    let probe = Table::probe(resource, 0)?;
    let dialect = &probe.source.dialect;
    let Opened { text, format, .. } = open(folder, &probe)?;
    if format != Format::Csv || dialect.delimiter.is_some() || probe.source.format == Some(Format::Tsv) {
        return Ok(Vec::new());
    }
    let mut head = Vec::new();
    let read = text.take(HEAD).read_to_end(&mut head);
    read.map_err(|error| Error::Broken(probe.path.clone(), error))?;
    let is_whole = (head.len() as u64) < HEAD;
    let Some(delimiter) = sniff(&head, is_whole).filter(|delimiter| *delimiter != b',') else {
        return Ok(Vec::new());
    };
    let delimiter = char::from(delimiter);
    let mut members = match resource.get("dialect") {
        Some(Value::Object(members)) => members.clone(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) | None => {
            Map::new()
        }
    };
    members.insert("delimiter".to_owned(), json!(delimiter.to_string()));
    set(resource, "dialect", Value::Object(members));
    Ok(vec![format!("its cells are separated by {delimiter:?}")])
}

/// The probe of a resource, and what its rows show.
fn read(folder: &Path, resource: &Value, remarks: &mut Vec<String>) -> Result<(Table, Evidence), Error> {
    let probe = Table::probe(resource, 0)?;
    let Opened { mut text, form, remarks: of_file, .. } = open(folder, &probe)?;
    remarks.extend(of_file);
    let evidence = Evidence::read(&probe, form, |piece| text.read(piece));
    let evidence = evidence.map_err(|error| Error::Broken(probe.path.clone(), error))?;
    let evidence = evidence.map_err(|error| Error::NotSplit(probe.path.clone(), error))?;
    Ok((probe, evidence))
}

fn open(folder: &Path, probe: &Table) -> Result<Opened, Error> {
    match open_table(folder, probe)? {
        Found::Rows(opened) => Ok(opened),
        Found::Missing(files) => Err(Error::Missing(files.join(", "))),
        Found::Remote(urls) => Err(Error::Remote(urls.join(", "))),
    }
}

fn set(resource: &mut Value, property: &str, value: Value) {
    if let Value::Object(members) = resource {
        members.insert(property.to_owned(), value);
    }
}
