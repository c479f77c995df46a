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
use dictionary::split::Form;
use files::{Found, Opened};

use crate::print;

/// How many bytes at the start of a file are used to recognise its format.
const HEAD: u64 = 64 << 10;

/// The longest source name that the ledger accepts, in characters.
const NAME: usize = 255;

/// An input file, as text in the plain form of its table.
pub struct Source {
    /// The text, positioned at its start: the file, or a temporary file with what it was transcoded to.
    pub file: File,
    /// The name in the ledger: the file name without its folder.
    pub name: String,
    /// The length of the text in bytes, at least 1.
    pub length: u64,
    /// How each record is written.
    pub form: Form,
    /// The device and inode of the file, if one was named.
    id: Option<(u64, u64)>,
}

impl Source {
    /// Whether a path leads to this same file, also through a link.
    pub fn is(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|that| Some(id(&that)) == self.id)
    }

    /// Opens a file, or standard input for `-`. Returns the table with the header setting of this file: a CSV of rejects has a
    /// header even if the table's files have none.
    ///
    /// # Errors
    /// In a sentence, when it cannot be read as rows of the table, or is empty.
    pub fn open(path: &Path, table: &Arc<Table>) -> anyhow::Result<(Source, Arc<Table>)> {
        let (file, name) = open_path(path)?;
        let id = id(&file.metadata()?);
        let head = read_head(&file, &name)?;
        if head.is_empty() {
            bail!("{name} is empty: it has no rows");
        }
        let of_rejects =
            Columns::from_header(table, first_line(&head)).is_ok_and(|columns| columns.hold_reasons());
        let table = if of_rejects { with_header(table) } else { Arc::clone(table) };
        let open = if of_rejects { files::open_plain } else { files::open_file };
        let Opened { text, format: _, form, is_verbatim, remarks } = open(file.try_clone()?, &name, &table)?;
        remarks.iter().for_each(|remark| print::remark(&format!("{name}: {remark}")));
        let (mut file, table) = if is_verbatim {
            (file, table)
        } else {
            let file = copy_to_temporary_file(text, &name)?;
            let head = read_head(&file, &name)?;
            // Who saves a sheet gives it a header, which files of the table may not have.
            let has_header = form == Form::Csv && Columns::from_header(&table, first_line(&head)).is_ok();
            (file, if has_header { with_header(&table) } else { table })
        };
        file.rewind()?;
        let name = print::visible(&name).chars().take(NAME).collect();
        Ok((Source { length: file.metadata()?.len(), file, name, form, id: Some(id) }, table))
    }

    /// Opens the rows that a data package names for a table, as the server opens them for its history.
    ///
    /// # Errors
    /// In a sentence, when there are none, or they cannot be read as rows of the table.
    pub fn of_package(descriptor: &Path, table: &Table) -> anyhow::Result<Source> {
        if !descriptor.is_file() {
            bail!(
                "there is no data package {}; name it with --data-package, or name a file",
                descriptor.display()
            );
        }
        let folder = descriptor.parent().unwrap_or(Path::new(""));
        let name = &table.path;
        let Opened { text, form, remarks, .. } = match files::open_table(folder, table)? {
            Found::Rows(opened) => opened,
            Found::Missing(files) => {
                bail!("{} is missing in the folder of {}", files.join(", "), descriptor.display())
            }
            Found::Remote(urls) => {
                bail!("the rows of {} are at {}; download them", table.name, urls.join(", "))
            }
        };
        remarks.iter().for_each(|remark| print::remark(&format!("{name}: {remark}")));
        let file = copy_to_temporary_file(text, name)?;
        let length = file.metadata()?.len();
        if length == 0 {
            bail!("{name} is empty: it has no rows");
        }
        let name = print::visible(name).chars().take(NAME).collect();
        Ok(Source { file, name, length, form, id: None })
    }
}

fn id(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn with_header(table: &Arc<Table>) -> Arc<Table> {
    if table.header {
        return Arc::clone(table);
    }
    Arc::new(Table { header: true, ..Table::clone(table) })
}

/// The first line that is not empty.
fn first_line(head: &[u8]) -> &[u8] {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut lines = text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_end);
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}

/// The first bytes of a file, which is then at its start again.
fn read_head(mut file: &File, name: &str) -> anyhow::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head).with_context(|| format!("{name} cannot be read"))?;
    file.rewind()?;
    Ok(head)
}

/// A file that can be read at any position, and its name.
fn open_path(path: &Path) -> anyhow::Result<(File, String)> {
    if path == Path::new("-") {
        if io::stdin().is_terminal() {
            print::remark("reading rows from the terminal; Ctrl-D ends the input");
        }
        return Ok((copy_to_temporary_file(io::stdin(), "standard input")?, "stdin".into()));
    }
    let file = File::open(path).map_err(|error| cannot_open(path, &error))?;
    let metadata = file.metadata()?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    match metadata.file_type() {
        kind if kind.is_dir() => bail!("{} is a folder; name a CSV file in it", path.display()),
        kind if kind.is_file() => Ok((file, name)),
        _ => Ok((copy_to_temporary_file(file, &name)?, name)),
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
    if let Err(error) = &copied
        && error.kind() == ErrorKind::InvalidData
    {
        bail!("{error}");
    }
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
