//! Where a file is that a descriptor names.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::input::Error;

/// The file of a path below a folder; `None` if there is none.
///
/// # Errors
/// When the path leads out of the folder through a link, or to no regular file: a pipe would be waited for, and could not be
/// read again.
pub(crate) fn locate(folder: &Path, path: &str) -> Result<Option<PathBuf>, Error> {
    let failed = |error: std::io::Error| Error::new(path, format!("cannot be opened: {error}"));
    let folder = folder_path(folder).canonicalize().map_err(failed)?;
    let file = match find(&folder, path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if !file.starts_with(&folder) {
        return Err(Error::new(
            path,
            "leads out of the data package's folder through a link; copy the file into the folder",
        ));
    }
    if !std::fs::metadata(&file).map_err(failed)?.is_file() {
        return Err(Error::new(path, "is no regular file"));
    }
    Ok(Some(file))
}

/// The folder of a file that is named without one.
fn folder_path(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// As written, or with the separators of this system.
fn find(folder: &Path, path: &str) -> std::io::Result<PathBuf> {
    let found = folder.join(path).canonicalize();
    match &found {
        Err(error) if error.kind() == ErrorKind::NotFound && path.contains('\\') => {
            folder.join(path.replace('\\', "/")).canonicalize()
        }
        Ok(_) | Err(_) => found,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails should panic")]

    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_may_lead_to_a_file_of_the_folder_and_not_out_of_it() {
        let outside = tempfile::tempdir().unwrap();
        let folder = outside.path().join("package");
        fs::create_dir_all(folder.join("data")).unwrap();
        fs::write(outside.path().join("secret.csv"), "x").unwrap();
        fs::write(folder.join("data/a.csv"), "x").unwrap();
        symlink("data/a.csv", folder.join("inside.csv")).unwrap();
        symlink(outside.path().join("secret.csv"), folder.join("leaves.csv")).unwrap();
        symlink(outside.path(), folder.join("up")).unwrap();
        assert!(locate(&folder, "inside.csv").unwrap().is_some());
        assert!(locate(&folder, "data\\a.csv").unwrap().is_some());
        assert!(locate(&folder, "none.csv").unwrap().is_none());
        for path in ["leaves.csv", "up/secret.csv"] {
            let why = locate(&folder, path).unwrap_err().to_string();
            assert!(why.contains("leads out of the data package's folder"), "{why}");
        }
        assert_eq!(locate(&folder, "data").unwrap_err().to_string(), "data is no regular file");
    }
}
