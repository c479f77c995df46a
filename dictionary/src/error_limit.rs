//! How many errors of rejected rows are kept. What is said about a batch stays within 3 MiB, however many of its
//! cells are wrong: an error takes a few hundred bytes, and the cell that it is about may be one byte long.

use crate::row_error::RowError;
use crate::text::shortened;

/// Errors of one row that are kept.
pub const MAX_ERRORS: usize = 32;

/// Bytes of the errors of one batch that are kept unchanged. Each later row keeps one short error.
pub const MAX_ERROR_BYTES: usize = 1 << 20;

/// The longest name in bytes that a short error keeps: a member that is no field may have any name.
const LONGEST_FIELD: usize = 64;

/// Bounds the errors of a batch, row by row.
#[derive(Debug)]
pub(crate) struct ErrorLimit {
    bytes_left: usize,
}

impl Default for ErrorLimit {
    fn default() -> Self {
        ErrorLimit { bytes_left: MAX_ERROR_BYTES }
    }
}

impl ErrorLimit {
    /// Bounds the errors of the next row; returns how many of them are left out.
    pub(crate) fn bound(&mut self, errors: &mut Vec<(usize, RowError)>) -> u64 {
        let before = errors.len();
        keep(errors, MAX_ERRORS);
        let bytes = errors.iter().map(|(_, error)| error.size()).sum();
        match self.bytes_left.checked_sub(bytes) {
            Some(left) => self.bytes_left = left,
            None => {
                self.bytes_left = 0;
                keep(errors, 1);
                errors.shrink_to_fit();
                errors.iter_mut().for_each(|(_, error)| shorten(error));
            }
        }
        (before - errors.len()) as u64
    }
}

/// Keeps at most this many errors, in their order. Errors about the row as a whole are kept first.
fn keep(errors: &mut Vec<(usize, RowError)>, most: usize) {
    while errors.len() > most {
        let last =
            errors.iter().rposition(|(_, error)| !error.code.is_about_row()).unwrap_or(errors.len() - 1);
        errors.remove(last);
    }
}

/// Removes the parts that the message repeats.
fn shorten(error: &mut RowError) {
    error.message = Some(shortened(&error.to_string()));
    error.is_json = false;
    error.cell = None;
    error.field = error.field.take().filter(|name| name.len() <= LONGEST_FIELD);
    error.expected = None;
}
