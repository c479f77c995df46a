//! Reads a file batch by batch.

use std::fs::File;
use std::io::Read;

use anyhow::{Context, anyhow};
use dictionary::Table;
use dictionary::hash::hexadecimal;
use dictionary::split::{self, Batch, End, Splitter};
use sha2::{Digest, Sha256};

use crate::source::Source;

/// Reads the batches of a file.
pub struct BatchReader<'t> {
    batches: split::Reader<'t>,
    file: File,
    name: String,
    hash: Sha256,
    read: u64,
}

impl<'t> BatchReader<'t> {
    /// A reader of a file. `ends` are ends of batches that are in the ledger: a batch of this file ends there too.
    pub fn new(source: Source, table: &'t Table, ends: Vec<End>) -> BatchReader<'t> {
        let Source { file, name, form, .. } = source;
        BatchReader {
            batches: split::Reader::of_form(form, table, ends),
            file,
            name,
            hash: Sha256::new(),
            read: 0,
        }
    }

    /// The splitter. It knows the header and columns after the first batch.
    pub fn splitter(&self) -> &Splitter<'_> {
        self.batches.splitter()
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
        let BatchReader { batches, file, name, hash, read } = self;
        let batch = batches.next_batch(|piece| -> std::io::Result<usize> {
            let length = file.read(piece)?;
            hash.update(&piece[..length]);
            *read += length as u64;
            Ok(length)
        });
        let batch = batch.with_context(|| format!("{name} cannot be read to its end"))?;
        batch.map_err(|error| anyhow!("{name}: {error}"))
    }
}
