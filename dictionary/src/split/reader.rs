//! The batches of a file that is read in pieces.

use super::{Batch, End, Form, SplitError, Splitter};
use crate::model::Table;

/// Bytes read at once.
const PIECE: usize = 256 << 10;

/// Reads a file to its end, batch by batch. It does no input itself: the caller provides a function that does.
pub struct Reader<'t> {
    splitter: Splitter<'t>,
    piece: Vec<u8>,
    is_at_end: bool,
}

impl<'t> Reader<'t> {
    /// For a file of a table; `recorded` is as for a [`Splitter`].
    pub fn new(table: &'t Table, recorded: impl IntoIterator<Item = End>) -> Reader<'t> {
        Reader::of_form(Form::Csv, table, recorded)
    }

    /// As [`new`](Reader::new), for a file whose records are written in a form.
    pub fn of_form(form: Form, table: &'t Table, recorded: impl IntoIterator<Item = End>) -> Reader<'t> {
        let splitter = Splitter::of_form(form, table, recorded);
        Reader { splitter, piece: vec![0; PIECE], is_at_end: false }
    }

    /// The splitter. It has the header and columns once there is a batch.
    pub fn splitter(&self) -> &Splitter<'t> {
        &self.splitter
    }

    /// The next batch; `None` at the end of the file. `read` fills a buffer with the next bytes of the file and returns
    /// how many these are; 0 means that the file has ended.
    ///
    /// # Errors
    /// The outer error is that of `read`; the inner one is that of [`Splitter::next_batch`].
    pub fn next_batch<E>(
        &mut self,
        mut read: impl FnMut(&mut [u8]) -> Result<usize, E>,
    ) -> Result<Result<Option<Batch>, SplitError>, E> {
        loop {
            match self.splitter.next_batch() {
                Ok(None) if !self.is_at_end => {}
                ended => return Ok(ended),
            }
            let length = read(&mut self.piece)?;
            self.splitter.push(&self.piece[..length]);
            if length == 0 {
                self.is_at_end = true;
                self.splitter.finish();
            }
        }
    }
}
