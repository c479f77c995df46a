//! The hash of a file's rows as they are held: in a table, or in the reject log.

use sha2::{Digest, Sha256};

use crate::content_hash::push_cells;
use crate::value::Value;

const REJECTED: u8 = 0;
const STORED: u8 = 1;

/// The sum, modulo 2^256, of one SHA-256 for each row: over its number in the file as u64 little-endian, a tag
/// byte (0 rejected, 1 stored), and what is held of it: of a rejected row the bytes as received, of a stored one its
/// cells as in the [content hash](crate::ContentHash). So it is the same whatever order and batches the rows are
/// read in, and differs if a row is missing, occurs twice, has moved or was changed.
#[derive(Debug, Clone, Default)]
pub struct RowsHash {
    /// The most significant part first.
    sum: [u64; 4],
    text: String,
    bytes: Vec<u8>,
}

impl RowsHash {
    /// Adds a row that a table holds.
    pub fn stored(&mut self, row: u64, values: &[Value]) {
        self.begin(row, STORED);
        push_cells(values, &mut self.text, &mut self.bytes);
        self.add_digest();
    }

    /// Adds a row that the reject log holds.
    pub fn rejected(&mut self, row: u64, raw: &[u8]) {
        self.begin(row, REJECTED);
        self.bytes.extend_from_slice(raw);
        self.add_digest();
    }

    /// Adds the rows of another hash, as [`finish`](RowsHash::finish) writes it; `None` if it is none.
    pub fn add(&mut self, hash: &str) -> Option<()> {
        let mut parts = [0; 4];
        if hash.len() != 64 || !hash.is_ascii() {
            return None;
        }
        for (i, part) in parts.iter_mut().enumerate() {
            *part = u64::from_str_radix(&hash[i * 16..][..16], 16).ok()?;
        }
        self.add_parts(parts);
        Some(())
    }

    /// The hash in lower-case hexadecimal.
    pub fn finish(&self) -> String {
        self.sum.iter().map(|part| format!("{part:016x}")).collect()
    }

    fn begin(&mut self, row: u64, tag: u8) {
        self.bytes.clear();
        self.bytes.extend_from_slice(&row.to_le_bytes());
        self.bytes.push(tag);
    }

    fn add_digest(&mut self) {
        let digest = Sha256::digest(&self.bytes);
        let mut parts = [0; 4];
        for (part, bytes) in parts.iter_mut().zip(digest.chunks_exact(8)) {
            *part = bytes.iter().fold(0, |part, byte| part << 8 | u64::from(*byte));
        }
        self.add_parts(parts);
    }

    fn add_parts(&mut self, parts: [u64; 4]) {
        let mut carry = false;
        for (sum, part) in self.sum.iter_mut().zip(parts).rev() {
            let (with_part, over) = sum.overflowing_add(part);
            let (with_carry, over_again) = with_part.overflowing_add(carry.into());
            (*sum, carry) = (with_carry, over || over_again);
        }
    }
}
