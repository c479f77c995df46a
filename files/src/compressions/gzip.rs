//! gzip (RFC 1952), of one or several members.

use std::fs::File;
use std::io::BufReader;

use dictionary::source::Compression as Kind;
use flate2::bufread::MultiGzDecoder;

use super::bounded::{Bounded, Counted};
use super::compression::{Compression, Unpacked};

pub(super) const GZIP: Compression = Compression {
    kind: Kind::Gzip,
    what: "a file compressed with gzip",
    endings: &[".gz", ".gzip"],
    marks: &[b"\x1f\x8b"],
    open,
};

fn open(file: File, _: Option<&str>) -> Result<Unpacked, String> {
    let (counted, compressed) = Counted::new(file);
    let content = MultiGzDecoder::new(BufReader::new(counted));
    Ok(Unpacked { content: Box::new(Bounded::new(content, compressed, "gzip")), name: None })
}
