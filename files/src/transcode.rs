//! Text that is transcoded while it is read.

use std::io::{self, Read};

/// Bytes read at once.
const PIECE: usize = 64 << 10;

/// Turns pieces of one text into pieces of another one.
pub(crate) trait Transcode: Send {
    /// Takes the next bytes, and appends what they become.
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()>;

    /// Says that nothing follows.
    fn finish(&mut self, out: &mut Vec<u8>) -> io::Result<()>;
}

/// A text as a [`Transcode`] makes it.
pub(crate) struct Transcoded<T> {
    input: Box<dyn Read + Send>,
    transcoder: T,
    piece: Vec<u8>,
    out: Vec<u8>,
    /// Bytes of `out` that were read.
    at: usize,
    has_ended: bool,
}

impl<T: Transcode> Transcoded<T> {
    pub(crate) fn new(input: Box<dyn Read + Send>, transcoder: T) -> Self {
        Transcoded { input, transcoder, piece: vec![0; PIECE], out: Vec::new(), at: 0, has_ended: false }
    }
}

impl<T: Transcode> Read for Transcoded<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.out.len() && !self.has_ended {
            self.out.clear();
            self.at = 0;
            let length = self.input.read(&mut self.piece)?;
            if length == 0 {
                self.has_ended = true;
                self.transcoder.finish(&mut self.out)?;
            } else {
                self.transcoder.push(&self.piece[..length], &mut self.out)?;
            }
        }
        let ready = &self.out[self.at..];
        let length = ready.len().min(buffer.len());
        buffer[..length].copy_from_slice(&ready[..length]);
        self.at += length;
        Ok(length)
    }
}
