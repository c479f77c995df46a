//! What is to be sent or checked: a file, or standard input, which is first kept in a temporary file, so that
//! a batch can be sent again.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, IsTerminal, Read, Seek};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use dictionary::Table;
use dictionary::decode::Columns;

use crate::print;

/// Bytes at the start of a file that show its format.
const HEAD: u64 = 64 << 10;

/// The longest name that the ledger takes.
const NAME: usize = 255;

/// A file that can be read from its start.
pub struct Source {
    /// At its start.
    pub file: File,
    /// What the ledger calls it: its name without its folder.
    pub name: String,
    /// Its length in bytes, at least 1.
    pub length: u64,
    /// What it starts with.
    head: Vec<u8>,
}

impl Source {
    /// Whether a path leads to this very file.
    pub fn is(&self, path: &Path) -> bool {
        let id = |metadata: Metadata| (metadata.dev(), metadata.ino());
        let this = self.file.metadata().map(id);
        matches!((this, fs::metadata(path).map(id)), (Ok(this), Ok(that)) if this == that)
    }

    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// In a sentence, when it cannot be read, is empty or is no text.
    pub fn open(path: &Path) -> anyhow::Result<Source> {
        let (mut file, name) = if path == Path::new("-") {
            if io::stdin().is_terminal() {
                print::remark("reading from the terminal; Ctrl-D ends it");
            }
            (kept(io::stdin(), "standard input")?, "stdin".into())
        } else {
            let file = File::open(path).map_err(|error| cannot_open(path, &error))?;
            let metadata = file.metadata()?;
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            match metadata.file_type() {
                kind if kind.is_dir() => bail!("{} is a folder, not a CSV file", path.display()),
                kind if kind.is_file() => (file, name),
                _ => (kept(file, &name)?, name),
            }
        };
        let mut head = Vec::new();
        (&file).take(HEAD).read_to_end(&mut head).with_context(|| format!("{name} cannot be read"))?;
        file.rewind()?;
        if head.is_empty() {
            bail!("{name} is empty: there are no rows in it");
        }
        let name = print::visible(&name).chars().take(NAME).collect();
        Ok(Source { length: file.metadata()?.len(), file, name, head })
    }

    /// The table as this file is written: with a header, where it has the one of a CSV of rejects.
    ///
    /// # Errors
    /// When it is no text.
    pub fn table(&self, table: &Arc<Table>) -> anyhow::Result<Arc<Table>> {
        if let Some(what) = binary(&self.head, table.delimiter) {
            bail!("{} is no CSV file but {what}; save it as CSV in UTF-8", self.name);
        }
        let text = self.head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.head);
        let first = text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end).find(|line| !line.is_empty());
        let columns = Columns::from_header(table, first.unwrap_or_default());
        if table.header || !columns.is_ok_and(|columns| columns.hold_reasons()) {
            return Ok(Arc::clone(table));
        }
        Ok(Arc::new(Table { header: true, ..Table::clone(table) }))
    }
}

/// What comes from elsewhere than a file, in a temporary file that nobody else sees and that ends with the
/// process.
fn kept(mut from: impl Read, name: &str) -> anyhow::Result<File> {
    let kept = tempfile::tempfile().and_then(|mut file| {
        let length = io::copy(&mut from, &mut file)?;
        tracing::info!("{name}: {length} bytes, kept in a temporary file until they are sent");
        file.rewind()?;
        Ok(file)
    });
    let folder = std::env::temp_dir();
    kept.with_context(|| format!("{name} cannot be kept in {}; see TMPDIR", folder.display()))
}

fn cannot_open(path: &Path, error: &io::Error) -> anyhow::Error {
    let path = path.display();
    match error.kind() {
        ErrorKind::NotFound => anyhow!("there is no file {path}"),
        ErrorKind::PermissionDenied => anyhow!("{path} cannot be opened: permission denied"),
        _ => anyhow!("{path} cannot be opened: {error}"),
    }
}

/// What a file is, judged by its first bytes, if it is no text. A few control characters are no proof: the
/// rows that hold them are judged like all others.
fn binary(head: &[u8], delimiter: u8) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 7] = [
        (b"PK\x03\x04", "a spreadsheet or a ZIP archive"),
        (b"\x1f\x8b", "compressed with gzip"),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
        (b"\xff\xfe", "text in UTF-16"),
        (b"\xfe\xff", "text in UTF-16"),
        (b"Obj\x01", "an Avro file"),
        (b"PAR1", "a Parquet file"),
    ];
    let known = KNOWN.iter().find(|(mark, _)| head.starts_with(mark)).map(|(_, what)| *what);
    let control = |b: &&u8| b.is_ascii_control() && !b"\t\r\n".contains(b) && **b != delimiter;
    let controls = head.iter().filter(control).count();
    known.or_else(|| (controls > 8 && controls * 20 > head.len()).then_some("binary data"))
}
