//! Reads a file batch by batch.

use std::fs::File;
use std::io::Read;

use anyhow::{Context, anyhow};
use dictionary::Table;
use dictionary::hash::hexadecimal;
use dictionary::split::{Batch, End, Splitter};
use sha2::{Digest, Sha256};

use crate::source::Source;

/// Bytes of one read.
const PIECE: usize = 256 << 10;

/// Reads the batches of a file.
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
    /// A reader of a file. `ends` are ends of batches that are in the ledger: a batch of this file ends there too.
    pub fn new(source: Source, table: &'t Table, ends: Vec<End>) -> BatchReader<'t> {
        let splitter = Splitter::new(table, ends);
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

    /// The splitter. It knows the header and columns after the first batch.
    pub fn splitter(&self) -> &Splitter<'_> {
        &self.splitter
    }

    /// SHA-256 (in hexadecimal) and length (in bytes) of what was read: after the last batch, of the whole file.
    pub fn digest(self) -> (String, u64) {
        (hexadecimal(&self.hash.finalize()), self.read)
    }

    /// The next batch; `None` after the last one.
    ///
    /// # Errors
    /// When the file cannot be read or split into batches.
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
