//! What a compression is.

use std::fs::File;
use std::io::Read;

use dictionary::source::Compression as Kind;

/// A compression.
pub(crate) struct Compression {
    pub(super) kind: Kind,
    /// What a file is, for messages.
    pub(super) what: &'static str,
    /// The ending of names, with its dot.
    pub(super) endings: &'static [&'static str],
    /// How files begin.
    pub(super) marks: &'static [&'static [u8]],
    /// Opens a file; `inner` is the member of an archive. The error is the rest of a sentence that begins with the file's name.
    pub(super) open: fn(File, inner: Option<&str>) -> Result<Unpacked, String>,
}

/// The content of a compressed file.
pub(crate) struct Unpacked {
    pub(crate) content: Box<dyn Read + Send>,
    /// The name of an archive's member.
    pub(crate) name: Option<String>,
}
