//! The bytes of a descriptor, or of a part of it, as JSON: from JSON or YAML.

use serde_json::Value;

use super::error::{DescriptorError, Result};
use crate::decode::byte_order_mark;

/// The most bytes of a descriptor, and of all files that it references together.
pub const MAX_BYTES: usize = 16 << 20;

/// What the first bytes of a file say that is no text in UTF-8, or no descriptor.
const OTHERS: [(&[u8], &str); 6] = [
    (b"\xff\xfe", "is UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "is UTF-16; save it as UTF-8"),
    (b"\x1f\x8b", "is compressed with gzip; unpack it"),
    (b"PK\x03\x04", "is a zip archive; unpack it, and name the descriptor in it"),
    (b"version https://git-lfs", "is a pointer of Git LFS, not the file; fetch it with `git lfs pull`"),
    (b"<", "is HTML or XML, not JSON or YAML"),
];

/// Reads JSON or YAML, after a byte order mark or not. `what` names the file in messages.
pub(super) fn read(bytes: &[u8], what: &str) -> Result<Value> {
    if bytes.len() > MAX_BYTES {
        return refuse(what, &format!("has {} bytes, and may have {MAX_BYTES}", bytes.len()));
    }
    if let Some((_, why)) = OTHERS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return refuse(what, why);
    }
    let bytes = &bytes[byte_order_mark(bytes)..];
    let first = bytes.trim_ascii_start().first();
    if matches!(first, None | Some(b'{' | b'[')) {
        return serde_json::from_slice(bytes).or_else(|e| refuse(what, &format!("is not valid JSON: {e}")));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return refuse(what, "is neither JSON nor YAML: it is not UTF-8");
    };
    // The parser bounds depth, and what aliases may multiply.
    serde_saphyr::from_str_with_options(text, serde_saphyr::options! { with_snippet: false })
        .or_else(|e| refuse(what, &format!("is neither JSON nor valid YAML: {e}")))
}

fn refuse<T>(what: &str, why: &str) -> Result<T> {
    Err(DescriptorError::of(format!("{what} {why}")))
}
