//! The encoding that a file's byte order mark names.

use encoding_rs::Encoding;

/// The encoding, if the file begins with a mark.
pub(super) fn of(head: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_bom(head).map(|(encoding, _)| encoding)
}
