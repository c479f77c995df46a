//! Reads a data package's descriptor, with the files in its folder that it references.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use dictionary::descriptor::MAX_BYTES;
use dictionary::{DescriptorError, Dictionary, Reserved};
use serde_json::Value;

use crate::describe::describe;

/// Why a data package is not read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The descriptor cannot be read: its path, and what to do.
    #[error("the data package {0} cannot be read; {1}")]
    Unreadable(PathBuf, &'static str, #[source] io::Error),
    /// The descriptor is refused.
    #[error("{0} is refused")]
    Refused(PathBuf, #[source] DescriptorError),
}

/// Reads the descriptor at a path. A table without a schema gets the one that its rows show. No table may have a reserved name. `advice` says where the path comes from.
///
/// # Errors
/// When it cannot be read or is refused.
pub fn open(path: &Path, reserved: &[Reserved], advice: &'static str) -> Result<Dictionary, Error> {
    let bytes = read(path).map_err(|error| Error::Unreadable(path.to_owned(), advice, error))?;
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let describe = |resource: &mut Value| describe_missing(&folder, resource);
    Dictionary::parse_described(&bytes, reserved, &|part| read_part(&folder, part), Some(&describe))
        .map_err(|error| Error::Refused(path.to_owned(), error))
}

/// Describes a table that has no schema.
fn describe_missing(folder: &Path, resource: &mut Value) -> Result<String, String> {
    let description = describe(folder, resource).map_err(|error| {
        format!("`schema` is missing, and its fields cannot be found out: {error}; describe them in `schema`")
    })?;
    let key = description
        .primary_key
        .as_ref()
        .filter(|_| !description.may_lack_header)
        .map(|key| format!("; primary key {key}"))
        .unwrap_or_default();
    Ok(format!(
        "`schema` is missing, and is made of its {}: {}{key}; `client describe` writes such a schema, so that it stays \
         the same when the rows change",
        description.count(),
        description.summary()
    ))
}

/// Reads a file that the descriptor references. A link must not lead out of the folder: a descriptor may come from
/// elsewhere, and its parts are shown to everybody.
fn read_part(folder: &Path, part: &str) -> Result<Vec<u8>, String> {
    let path = folder.join(part);
    let find = |path: &Path| fs::canonicalize(path).map_err(|error| why(&error));
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if !find(&path)?.starts_with(find(folder)?) {
        return Err("which is a link out of the data package's folder; put the file itself there".to_owned());
    }
    read(&path).map_err(|error| why(&error))
}

/// Reads a regular file, and of a longer one than a descriptor may be no more than shows that.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    // A pipe would be waited for.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > MAX_BYTES as u64 {
        let why = format!("it has {length} bytes, and a descriptor may have {MAX_BYTES}");
        return Err(io::Error::other(why));
    }
    let mut bytes = Vec::new();
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds are of the standard library, and many")]
fn why(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "which is not there; put the file into the data package's folder".to_owned(),
        _ => format!("which cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is all it can do")]

    use std::os::unix::fs::symlink;

    use super::*;

    const SCHEMA: &str = r#"{"fields": [{"name": "id", "type": "integer"}], "primaryKey": "id"}"#;

    /// Why a package is refused whose schema is in another file; empty if it is not.
    fn refusal(folder: &Path, schema: &str) -> String {
        let package = format!(r#"{{"resources": [{{"name": "t", "path": "t.csv", "schema": "{schema}"}}]}}"#);
        let file = folder.join("datapackage.json");
        fs::write(&file, package).unwrap();
        match open(&file, &[], "check the path") {
            Ok(_) => String::new(),
            Err(error @ Error::Unreadable(..)) => panic!("{error}"),
            Err(Error::Refused(_, error)) => error.to_string(),
        }
    }

    #[test]
    fn a_schema_is_read_from_the_folder_and_through_no_link_out_of_it() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("package");
        fs::create_dir_all(folder.join("schemas")).unwrap();
        fs::write(root.path().join("outside.json"), SCHEMA).unwrap();
        fs::write(folder.join("schemas/t.json"), SCHEMA).unwrap();
        symlink("schemas/t.json", folder.join("inside.json")).unwrap();
        symlink("../outside.json", folder.join("link.json")).unwrap();
        symlink("..", folder.join("up")).unwrap();
        assert_eq!(refusal(&folder, "schemas/t.json"), "");
        assert_eq!(refusal(&folder, "inside.json"), "");
        for out in ["link.json", "up/outside.json"] {
            assert_eq!(
                refusal(&folder, out),
                format!(
                    "resource 1: `schema` is \"{out}\", which is a link out of the data package's folder; put the file \
                     itself there"
                )
            );
        }
        for (path, why) in [
            ("../outside.json", "but must name a file inside the data package's folder"),
            ("none.json", "which is not there; put the file into the data package's folder"),
            ("schemas", "which cannot be read: it is no regular file"),
            (
                "https://example.org/t.json",
                "which is not fetched; download it into the data package's folder, and name the file",
            ),
        ] {
            assert_eq!(refusal(&folder, path), format!("resource 1: `schema` is \"{path}\", {why}"));
        }
    }

    #[test]
    fn a_descriptor_of_100_mb_is_refused_without_reading_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("datapackage.json");
        File::create(&file).unwrap().set_len(100 << 20).unwrap();
        let Err(Error::Unreadable(.., error)) = open(&file, &[], "check the path") else {
            panic!("accepted")
        };
        assert_eq!(error.to_string(), "it has 104857600 bytes, and a descriptor may have 16777216");
    }
}
