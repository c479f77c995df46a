//! ZIP archives: one member has the rows.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use dictionary::source::Compression as Kind;
use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::bounded::{Bounded, Counted};
use super::compression::{Compression, Unpacked};
use crate::input::damaged;

pub(super) const ZIP: Compression =
    Compression { kind: Kind::Zip, what: "a ZIP archive", endings: &[".zip"], marks: &[MARK], open };

/// How an archive begins.
pub(crate) const MARK: &[u8] = b"PK\x03\x04";

/// Names that are listed in a message.
const LISTED: usize = 10;

/// A member of an archive.
pub(crate) struct Member {
    index: usize,
    pub(crate) name: String,
    /// Bytes of its content, as the archive says.
    pub(crate) size: u64,
}

/// The members of an archive that are files of its own.
pub(crate) fn members(file: &mut File) -> Result<(ZipArchive<File>, Vec<Member>), String> {
    let unreadable = |error: &dyn std::fmt::Display| {
        format!("is a ZIP archive that cannot be read: {error}; get the file again")
    };
    let file = file.try_clone().map_err(|error| unreadable(&error))?;
    let mut archive = ZipArchive::new(file).map_err(|error| unreadable(&error))?;
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(|error| unreadable(&error))?;
        let name = member.name().map_err(|error| unreadable(&error))?.into_owned();
        let is_own = !member.is_dir() && !name.starts_with("__MACOSX/") && !name.ends_with(".DS_Store");
        if is_own {
            members.push(Member { index, name, size: member.size() });
        }
    }
    Ok((archive, members))
}

fn open(mut file: File, inner: Option<&str>) -> Result<Unpacked, String> {
    let (archive, members) = members(&mut file)?;
    let listed = || {
        let names: Vec<_> = members.iter().take(LISTED).map(|member| format!("`{}`", member.name)).collect();
        let more = members.len().saturating_sub(LISTED);
        let names = names.join(", ");
        if more > 0 { format!("{names} and {more} more") } else { names }
    };
    let member = match (inner, members.as_slice()) {
        (Some(inner), _) => members.iter().find(|member| member.name == inner).ok_or_else(|| {
            format!(
                "is a ZIP archive without the member `{inner}`, which `innerpath` names; it has {}",
                listed()
            )
        })?,
        (None, [one]) => one,
        (None, []) => return Err("is a ZIP archive without a file".to_owned()),
        (None, [_, _, ..]) => {
            return Err(format!(
                "is a ZIP archive of {} files; name one in `innerpath`, or unpack it: {}",
                members.len(),
                listed()
            ));
        }
    };
    read_member(file, archive, member)
}

/// The content of a member, compared with what the archive says of it.
pub(crate) fn content(file: &mut File, name: &str) -> Result<Box<dyn Read + Send>, String> {
    let (archive, members) = members(file)?;
    let member = members.iter().find(|member| member.name == name);
    let member = member.ok_or_else(|| format!("is a ZIP archive without `{name}`"))?;
    let file = file.try_clone().map_err(|error| format!("cannot be read: {error}"))?;
    read_member(file, archive, member).map(|unpacked| unpacked.content)
}

fn read_member(mut file: File, mut archive: ZipArchive<File>, member: &Member) -> Result<Unpacked, String> {
    let name = &member.name;
    let entry = archive
        .by_index_raw(member.index)
        .map_err(|error| format!("has a member that cannot be read, `{name}`: {error}"))?;
    if entry.encrypted() {
        return Err(format!("is a ZIP archive whose member `{name}` is encrypted; unpack it"));
    }
    let (method, crc, size) = (entry.compression(), entry.crc32(), entry.size());
    let start = entry.data_start().ok_or_else(|| format!("has a member that cannot be read, `{name}`"))?;
    let length = entry.compressed_size();
    file.seek(SeekFrom::Start(start)).map_err(|error| format!("cannot be read: {error}"))?;
    let (counted, compressed) = Counted::new(file.take(length));
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the methods are of the library, and depend on its features"
    )]
    let content: Box<dyn Read + Send> = match method {
        CompressionMethod::Stored => Box::new(counted),
        CompressionMethod::Deflated => Box::new(DeflateDecoder::new(BufReader::new(counted))),
        other => {
            return Err(format!(
                "is a ZIP archive whose member `{name}` is compressed with {other}; compress it with deflate"
            ));
        }
    };
    let content = Checked {
        content: Bounded::new(content, compressed, "ZIP"),
        found: Crc::new(),
        length: 0,
        crc,
        size,
    };
    Ok(Unpacked { content: Box::new(content), name: Some(name.clone()) })
}

/// Content that is compared with its checksum at its end.
struct Checked<R> {
    content: R,
    found: Crc,
    length: u64,
    crc: u32,
    size: u64,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.content.read(buffer)?;
        self.found.update(&buffer[..length]);
        self.length += length as u64;
        let is_end = length == 0 && !buffer.is_empty();
        if self.length > self.size || is_end && (self.length, self.found.sum()) != (self.size, self.crc) {
            return Err(damaged(
                "has ZIP data that are damaged: length or checksum differ; get the file again",
            ));
        }
        Ok(length)
    }
}
