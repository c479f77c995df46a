//! Files to send or to check, cut into batches.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::Context;
use dictionary::Table;
use dictionary::split::{Batch, End, Splitter};

/// Bytes read at once.
const PIECE: usize = 256 << 10;

/// A file or standard input.
pub struct Source {
    reader: Box<dyn Read + Send>,
    /// What the ledger calls it: the file's name without its folder.
    pub name: String,
    /// Its length in bytes, where known.
    pub length: Option<u64>,
}

impl Source {
    /// Opens a file, or standard input for `-`.
    pub fn open(path: &Path) -> anyhow::Result<Source> {
        if path == Path::new("-") {
            return Ok(Source { reader: Box::new(io::stdin()), name: "stdin".to_owned(), length: None });
        }
        let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            anyhow::bail!("{} is a folder, not a CSV file", path.display());
        }
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Ok(Source { reader: Box::new(file), name, length: Some(metadata.len()) })
    }

    /// Its batches, with the splitter as it is behind each. `recorded` are ends of batches stored earlier.
    pub fn batches<'t>(self, table: &'t Table, recorded: Vec<End>) -> Batches<'t> {
        let splitter = Splitter::new(table, recorded);
        Batches { splitter, reader: self.reader, piece: vec![0; PIECE], at_end: false }
    }
}

/// An iterator over the batches of a file.
pub struct Batches<'t> {
    splitter: Splitter<'t>,
    reader: Box<dyn Read + Send>,
    piece: Vec<u8>,
    at_end: bool,
}

impl Batches<'_> {
    /// The splitter, which knows the header and columns once there is a batch.
    pub fn splitter(&self) -> &Splitter<'_> {
        &self.splitter
    }

    /// The next batch.
    pub fn next_batch(&mut self) -> anyhow::Result<Option<Batch>> {
        loop {
            if let Some(batch) = self.splitter.next_batch()? {
                return Ok(Some(batch));
            }
            if self.at_end {
                return Ok(None);
            }
            let length = self.reader.read(&mut self.piece).context("the file cannot be read")?;
            self.splitter.push(&self.piece[..length]);
            if length == 0 {
                self.at_end = true;
                self.splitter.finish();
            }
        }
    }
}
