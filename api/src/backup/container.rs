//! The Avro object container file, block by block.
//!
//! Avro's own reader takes a file as whole that ends inside a block's count, and a block as read of which
//! bytes are left over; a backup must be trusted, so its frame is checked here. Schemas, values and codecs
//! are the library's. <https://avro.apache.org/docs/1.12.0/specification/#object-container-files>

use std::collections::HashMap;
use std::io::{self, Read};

use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value as Avro;
use apache_avro::{Codec as AvroCodec, Schema};
use dictionary::hash::hexadecimal;
use sha2::{Digest, Sha256};

use super::codec::Codec;

/// The largest block, in bytes, compressed or not. A row is never larger than a request's body.
const LARGEST_BLOCK: usize = 64 << 20;

/// What is wrong with a file, in words.
pub type Damage = String;

/// A file whose header is read.
pub struct Container<R> {
    input: Counted<R>,
    marker: [u8; 16],
    codec: AvroCodec,
    /// The schema that it was written with.
    pub schema: Schema,
    metadata: HashMap<String, Vec<u8>>,
    largest_block: usize,
}

/// A block, decompressed.
pub struct Block {
    /// The number of rows that its header states.
    pub rows: u64,
    /// The rows.
    pub bytes: Vec<u8>,
    /// Where it starts in the file, for messages.
    pub at: u64,
}

/// Says how large a block may be, for values and codecs too; the first word counts. To be called before
/// anything is read.
pub fn limit_blocks(body_limit: usize) -> usize {
    apache_avro::util::max_allocation_bytes(LARGEST_BLOCK.saturating_add(body_limit))
}

impl<R: Read> Container<R> {
    /// Reads the header.
    pub fn open(input: R, body_limit: usize) -> Result<Container<R>, Damage> {
        let mut input = Counted { input, hash: Sha256::new(), bytes: 0 };
        let mut magic = [0; 4];
        match input.read_exact(&mut magic) {
            Err(_) if input.bytes == 0 => return Err("the file is empty".to_owned()),
            Err(_) => return Err("the file ends inside its header".to_owned()),
            Ok(()) if magic != *b"Obj\x01" => {
                return Err("the file is not an Avro object container file: it does not start with `Obj` 1"
                    .to_owned());
            }
            Ok(()) => {}
        }
        let of_bytes = Schema::map(Schema::Bytes).build();
        let reader = GenericDatumReader::builder(&of_bytes).build().map_err(|error| error.to_string())?;
        let unreadable = |error| format!("the file's header cannot be read: {error}");
        let Avro::Map(entries) = reader.read_value(&mut input).map_err(unreadable)? else {
            return Err("the file's header is not a map".to_owned());
        };
        let bytes = |(key, value)| {
            let Avro::Bytes(bytes) = value else { return (key, Vec::new()) };
            (key, bytes)
        };
        let metadata: HashMap<String, Vec<u8>> = entries.into_iter().map(bytes).collect();
        let mut marker = [0; 16];
        input.read_exact(&mut marker).map_err(|_| "the file ends inside its header".to_owned())?;

        let text = |key: &str| metadata.get(key).map(|value| String::from_utf8_lossy(value).into_owned());
        let name = text("avro.codec").unwrap_or_else(|| Codec::Null.as_str().to_owned());
        let codec: Codec = name.parse().map_err(|error| format!("the file's codec is unknown: {error}"))?;
        let schema = text("avro.schema").ok_or("the file's header has no schema")?;
        let schema =
            Schema::parse_str(&schema).map_err(|error| format!("the file's schema is invalid: {error}"))?;
        let largest_block = limit_blocks(body_limit);
        Ok(Container { input, marker, codec: codec.avro(), schema, metadata, largest_block })
    }

    /// A text that the file's writer left in its header.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        std::str::from_utf8(self.metadata.get(key)?).ok()
    }

    /// The next block; `None` after the last one.
    pub fn next_block(&mut self) -> Result<Option<Block>, Damage> {
        let at = self.input.bytes;
        let Some(rows) = self.count(at)? else { return Ok(None) };
        let Some(length) = self.count(at)? else { return Err(self.ends_inside(at)) };
        if length > self.largest_block as u64 {
            return Err(format!(
                "the block at byte {at} says that it has {length} bytes; {} is the most",
                self.largest_block
            ));
        }
        // Not reserved at once: the block may be shorter than it states.
        let mut bytes = Vec::new();
        let read = self.input.by_ref().take(length).read_to_end(&mut bytes);
        if read.map_err(|error| error.to_string())? as u64 != length {
            return Err(self.ends_inside(at));
        }
        let mut marker = [0; 16];
        self.input.read_exact(&mut marker).map_err(|_| self.ends_inside(at))?;
        if marker != self.marker {
            return Err(format!("the block at byte {at} does not end with the file's sync marker"));
        }
        self.codec
            .decompress(&mut bytes)
            .map_err(|error| format!("the block at byte {at} cannot be decompressed: {error}"))?;
        // Each row has a key, and a key has at least one byte.
        if rows > bytes.len() as u64 {
            return Err(format!("the block at byte {at} says that it has {rows} rows, which it cannot hold"));
        }
        Ok(Some(Block { rows, bytes, at }))
    }

    /// Length and SHA-256 of what was read.
    pub fn finish(self) -> (u64, String) {
        (self.input.bytes, hexadecimal(&self.input.hash.finalize()))
    }

    /// A number that is not negative, as variable-length zig-zag; `None` at the file's end.
    fn count(&mut self, at: u64) -> Result<Option<u64>, Damage> {
        let mut zigzag = 0_u64;
        for shift in (0..63).step_by(7) {
            let mut byte = [0];
            match self.input.read(&mut byte) {
                Ok(0) if shift == 0 => return Ok(None),
                Ok(0) => return Err(self.ends_inside(at)),
                Ok(_) => zigzag |= u64::from(byte[0] & 0x7f) << shift,
                Err(error) => return Err(error.to_string()),
            }
            if byte[0] < 0x80 {
                if zigzag & 1 == 1 {
                    return Err(format!("the block at byte {at} has a negative size"));
                }
                return Ok(Some(zigzag >> 1));
            }
        }
        Err(format!("the block at byte {at} has a size beyond 63 bits"))
    }

    fn ends_inside(&self, at: u64) -> Damage {
        format!("the file ends at byte {}, inside the block that starts at byte {at}", self.input.bytes)
    }
}

/// Counts and hashes what is read.
struct Counted<R> {
    input: R,
    hash: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.hash.update(&buffer[..length]);
        self.bytes += length as u64;
        Ok(length)
    }
}
