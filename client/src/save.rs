//! Files that the client writes.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// Writes a file, and replaces one of the same name. If the process is interrupted, the old file stays as it is.
///
/// # Errors
/// When the file cannot be written.
pub fn save(file: &Path, content: &[u8]) -> anyhow::Result<()> {
    replace(file, content).with_context(|| format!("{} cannot be written", file.display()))
}

/// Writes a file that is not there yet.
///
/// # Errors
/// When it is there, or cannot be written.
pub fn create(file: &Path, content: &[u8]) -> anyhow::Result<()> {
    match File::create_new(file).and_then(|mut new| new.write_all(content)) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} is there already, and is not replaced; name another file", file.display())
        }
        written => written.with_context(|| format!("{} cannot be written", file.display())),
    }
}

fn replace(file: &Path, content: &[u8]) -> io::Result<()> {
    // The target of a link is replaced, not the link. Pipes and terminals are written directly.
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    if fs::metadata(&file).is_ok_and(|there| !there.is_file()) {
        return fs::write(&file, content);
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_owned);
    fs::create_dir_all(&folder)?;
    let permissions = Permissions::from_mode(0o666);
    let mut new = tempfile::Builder::new().permissions(permissions).tempfile_in(&folder)?;
    new.write_all(content)?;
    new.persist(&file).map(drop).map_err(io::Error::from)
}
