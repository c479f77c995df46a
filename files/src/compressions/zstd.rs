//! Zstandard (RFC 8878), of one or several frames.

use std::fs::File;

use dictionary::source::Compression as Kind;

use super::bounded::{Bounded, Counted};
use super::compression::{Compression, Unpacked};

pub(super) const ZSTD: Compression = Compression {
    kind: Kind::Zstd,
    what: "a file compressed with zstd",
    endings: &[".zst", ".zstd"],
    marks: &[b"\x28\xb5\x2f\xfd"],
    open,
};

fn open(file: File, _: Option<&str>) -> Result<Unpacked, String> {
    let (counted, compressed) = Counted::new(file);
    // The decoder refuses windows above 128 MiB, as the tool does by default.
    let content =
        ::zstd::stream::read::Decoder::new(counted).map_err(|error| format!("cannot be read: {error}"))?;
    Ok(Unpacked { content: Box::new(Bounded::new(content, compressed, "zstd")), name: None })
}
