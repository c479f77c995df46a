//! The input of a command: a file, or standard input. Standard input is first copied to a temporary file, so that
//! the client can read a batch again.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, IsTerminal, Read, Seek};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use dictionary::Table;
use dictionary::decode::Columns;

use crate::print;

/// How many bytes at the start of a file are used to recognise its format.
const HEAD: u64 = 64 << 10;

/// The longest source name that the ledger accepts, in characters.
const NAME: usize = 255;

/// An input file.
pub struct Source {
    /// The file, positioned at its start.
    pub file: File,
    /// Its name in the ledger: the file name without its folder.
    pub name: String,
    /// Its length in bytes, at least 1.
    pub length: u64,
    /// Its first bytes.
    head: Vec<u8>,
}

impl Source {
    /// Whether a path leads to this same file, also through a link.
    pub fn is(&self, path: &Path) -> bool {
        let id = |metadata: Metadata| (metadata.dev(), metadata.ino());
        let this = self.file.metadata().map(id);
        matches!((this, fs::metadata(path).map(id)), (Ok(this), Ok(that)) if this == that)
    }

    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// In a sentence, when it cannot be read or is empty.
    pub fn open(path: &Path) -> anyhow::Result<Source> {
        let (mut file, name) = if path == Path::new("-") {
            if io::stdin().is_terminal() {
                print::remark("reading rows from the terminal; Ctrl-D ends the input");
            }
            (copy_to_temporary_file(io::stdin(), "standard input")?, "stdin".into())
        } else {
            let file = File::open(path).map_err(|error| cannot_open(path, &error))?;
            let metadata = file.metadata()?;
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            match metadata.file_type() {
                kind if kind.is_dir() => bail!("{} is a folder; name a CSV file in it", path.display()),
                kind if kind.is_file() => (file, name),
                _ => (copy_to_temporary_file(file, &name)?, name),
            }
        };
        let mut head = Vec::new();
        (&file).take(HEAD).read_to_end(&mut head).with_context(|| format!("{name} cannot be read"))?;
        file.rewind()?;
        if head.is_empty() {
            bail!("{name} is empty: it has no rows");
        }
        let name = print::visible(&name).chars().take(NAME).collect();
        Ok(Source { length: file.metadata()?.len(), file, name, head })
    }

    /// The table, with the header setting of this file: a CSV of rejects has a header even if the table's files have none.
    ///
    /// # Errors
    /// When the file is not text in UTF-8 or similar, such as a spreadsheet.
    pub fn table(&self, table: &Arc<Table>) -> anyhow::Result<Arc<Table>> {
        if let Some(what) = binary(&self.head, table.delimiter) {
            bail!("{} is {what}; save it as CSV in UTF-8", self.name);
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

/// Copies input that is not a regular file to a temporary file, which has no name and disappears when the process ends.
fn copy_to_temporary_file(mut from: impl Read, name: &str) -> anyhow::Result<File> {
    let copied = tempfile::tempfile().and_then(|mut file| {
        let length = io::copy(&mut from, &mut file)?;
        tracing::info!("{name}: copied {length} bytes to a temporary file");
        file.rewind()?;
        Ok(file)
    });
    let folder = std::env::temp_dir();
    copied.with_context(|| {
        format!(
            "{name} cannot be copied to a temporary file in {}; set TMPDIR to another folder",
            folder.display()
        )
    })
}

fn cannot_open(path: &Path, error: &io::Error) -> anyhow::Error {
    let path = path.display();
    #[expect(clippy::wildcard_enum_match_arm, reason = "the kinds are of the standard library, and many")]
    match error.kind() {
        ErrorKind::NotFound => anyhow!("there is no file {path}"),
        ErrorKind::PermissionDenied => anyhow!("{path} cannot be opened: permission denied"),
        _ => anyhow!("{path} cannot be opened: {error}"),
    }
}

/// What a file is, judged by its first bytes, if it is not text. A few control characters do not make a file binary:
/// rows that contain them are judged like all others.
fn binary(head: &[u8], delimiter: u8) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 7] = [
        (b"PK\x03\x04", "a spreadsheet or a ZIP archive"),
        (b"\x1f\x8b", "a file compressed with gzip"),
        (b"\x28\xb5\x2f\xfd", "a file compressed with zstd"),
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
