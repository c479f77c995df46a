//! Writes rows into an Avro object container file, piece by piece.

use std::io;

use apache_avro::{Schema, Writer};
use dictionary::decode::{is_allowed, typed};
use dictionary::hash::hexadecimal;
use dictionary::{ContentHash, Table, Value};
use serde::Serialize;
use serde::ser::{Error as _, SerializeMap, SerializeTuple, Serializer};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::codec::Codec;
use super::object::Piece;
use super::read::refusal;
use super::{Error, schema};
use crate::store::Chunk;

/// Bytes of rows in a block before it is compressed.
const BLOCK: usize = 64 << 10;

/// Bytes that are handed on together.
const PIECE: usize = 64 << 10;

/// What is known of a file once it is written.
#[derive(Debug, Clone)]
pub struct Written {
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
    pub content_hash: String,
    pub schema_fingerprint: String,
    pub refused: Refused,
}

/// Rows that the dictionary refuses. Something other than the API wrote them into the table.
#[derive(Debug, Clone, Default)]
pub struct Refused {
    pub rows: u64,
    /// Why the first of them is.
    pub why: String,
}

/// Writes chunks of a table, which are in key order, as they come. Blocks the thread. `rows` is how many
/// there are to be.
///
/// # Errors
/// When a stored value does not match the schema, or the receiver of the pieces is gone.
pub fn write(
    table: &Table,
    codec: Codec,
    metadata: &[(&str, String)],
    rows: u64,
    mut chunks: mpsc::Receiver<Chunk>,
    pieces: mpsc::Sender<Piece>,
) -> Result<Option<Written>, Error> {
    let schema = Schema::parse(&schema::json(table)).map_err(fault)?;
    let sink = Sink { hash: Sha256::new(), bytes: 0, piece: Vec::with_capacity(PIECE), pieces };
    let writer = Writer::builder().schema(&schema).writer(sink).codec(codec.avro()).block_size(BLOCK);
    let mut writer = writer.build().map_err(fault)?;
    for (key, value) in metadata {
        writer.add_user_metadata((*key).to_owned(), value).map_err(fault)?;
    }
    let columns: Vec<Column> = table.columns().zip(schema::field_names(table)).map(Column::of).collect();
    let (mut content, mut refused) = (ContentHash::new(table), Refused::default());
    while let Some(chunk) = chunks.blocking_recv() {
        for row in chunk.rows()? {
            content.push(&row).map_err(fault)?;
            writer.append_ser(Record { columns: &columns, row: &row }).map_err(fault)?;
            if !is_allowed(table, &row) {
                if refused.rows == 0 {
                    refused.why = refusal(table, &typed(table, content.rows(), row));
                }
                refused.rows += 1;
            }
        }
    }
    // The chunks also end when a read fails; the reader returns that error.
    if content.rows() != rows {
        return Ok(None);
    }
    let (sha256, bytes) = writer.into_inner().map_err(fault)?.finish().map_err(fault)?;
    Ok(Some(Written {
        rows,
        bytes,
        sha256,
        content_hash: content.finish(),
        schema_fingerprint: schema::fingerprint(&schema),
        refused,
    }))
}

fn fault(error: impl std::fmt::Display) -> Error {
    Error::Fault(format!("the file cannot be written: {error}"))
}

/// Collects the file's bytes and sends them in pieces.
struct Sink {
    hash: Sha256,
    bytes: u64,
    piece: Vec<u8>,
    pieces: mpsc::Sender<Piece>,
}

impl Sink {
    fn send(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.hash.update(&piece);
        self.bytes += piece.len() as u64;
        self.pieces.blocking_send(Piece::Bytes(piece)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    /// The file's hash and length.
    fn finish(mut self) -> io::Result<(String, u64)> {
        self.send()?;
        self.pieces.blocking_send(Piece::End).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok((hexadecimal(&self.hash.finalize()), self.bytes))
    }
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How the values of a field are written.
struct Column {
    name: String,
    optional: bool,
    int: bool,
}

impl Column {
    fn of((field, name): (&dictionary::Field, String)) -> Column {
        let optional = !field.constraints.required;
        Column { name, optional, int: schema::fits_an_int(field) }
    }
}

/// A row as Avro's serializer takes it.
struct Record<'a> {
    columns: &'a [Column],
    row: &'a [Value],
}

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let cells = self.columns.iter().zip(self.row).map(|(column, value)| Cell { column, value });
        // The serializer would write a tuple of one as the value in it.
        if self.columns.len() == 1 {
            let mut map = serializer.serialize_map(Some(1))?;
            for cell in cells {
                map.serialize_entry(&cell.column.name, &cell)?;
            }
            return map.end();
        }
        let mut tuple = serializer.serialize_tuple(self.columns.len())?;
        for cell in cells {
            tuple.serialize_element(&cell)?;
        }
        tuple.end()
    }
}

struct Cell<'a> {
    column: &'a Column,
    value: &'a Value,
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.column.optional, self.value) {
            (true, Value::Null) => serializer.serialize_none(),
            (true, _) => serializer.serialize_some(&Present(self)),
            (false, _) => Present(self).serialize(serializer),
        }
    }
}

struct Present<'a>(&'a Cell<'a>);

impl Serialize for Present<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let unfit = || {
            let name = &self.0.column.name;
            S::Error::custom(format!("a stored value of the field `{name}` breaks the data dictionary"))
        };
        match self.0.value {
            Value::Null => Err(unfit()),
            Value::Integer(i) if self.0.column.int => {
                serializer.serialize_i32(i32::try_from(*i).map_err(|_| unfit())?)
            }
            Value::Integer(i) => serializer.serialize_i64(*i),
            Value::Number(n) => serializer.serialize_f64(*n),
            Value::Boolean(b) => serializer.serialize_bool(*b),
            Value::String(text) => serializer.serialize_str(text),
            Value::Date(_) | Value::DateTime(_) => serializer.serialize_str(&self.0.value.text()),
        }
    }
}
