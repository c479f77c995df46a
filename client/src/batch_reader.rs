//! Files cut into batches.

use std::fs::File;
use std::io::Read;

use anyhow::{Context, anyhow};
use dictionary::Table;
use dictionary::hash::hexadecimal;
use dictionary::split::{Batch, End, Splitter};
use sha2::{Digest, Sha256};

use crate::source::Source;

/// Bytes read at once.
const PIECE: usize = 256 << 10;

/// An iterator over the batches of a file.
pub struct BatchReader<'t> {
    splitter: Splitter<'t>,
    file: File,
    name: String,
    piece: Vec<u8>,
    hash: Sha256,
    read: u64,
    at_end: bool,
}

impl<'t> BatchReader<'t> {
    /// Those of a file. `recorded` are ends of batches stored earlier.
    pub fn new(source: Source, table: &'t Table, recorded: Vec<End>) -> BatchReader<'t> {
        let splitter = Splitter::new(table, recorded);
        let Source { file, name, .. } = source;
        BatchReader {
            splitter,
            file,
            name,
            piece: vec![0; PIECE],
            hash: Sha256::new(),
            read: 0,
            at_end: false,
        }
    }

    /// The splitter. It has the header and columns once there is a batch.
    pub fn splitter(&self) -> &Splitter<'_> {
        &self.splitter
    }

    /// SHA-256 of what was read, in hexadecimal, and its bytes: of the whole file, once there are no more batches.
    pub fn digest(self) -> (String, u64) {
        (hexadecimal(&self.hash.finalize()), self.read)
    }

    /// The next batch.
    pub fn next_batch(&mut self) -> anyhow::Result<Option<Batch>> {
        loop {
            if let Some(batch) =
                self.splitter.next_batch().map_err(|error| anyhow!("{}: {error}", self.name))?
            {
                return Ok(Some(batch));
            }
            if self.at_end {
                return Ok(None);
            }
            let read = self.file.read(&mut self.piece);
            let length = read.with_context(|| format!("{} cannot be read to its end", self.name))?;
            self.hash.update(&self.piece[..length]);
            self.read += length as u64;
            self.splitter.push(&self.piece[..length]);
            if length == 0 {
                self.at_end = true;
                self.splitter.finish();
            }
        }
    }
}
