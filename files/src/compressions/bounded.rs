//! A bound on what a few compressed bytes may become.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::input::damaged;

/// Content below this many bytes may have any ratio.
const FREE: u64 = 64 << 20;

/// The most bytes of content for a compressed one. Tables of real data have 3 to 50; bombs of DEFLATE have 1000.
const RATIO: u64 = 500;

/// Counts the compressed bytes.
pub(super) struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Counted<R> {
    pub(super) fn new(inner: R) -> (Self, Arc<AtomicU64>) {
        let read = Arc::new(AtomicU64::new(0));
        (Counted { inner, read: Arc::clone(&read) }, read)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

/// Content of a bounded ratio, whose errors say what is wrong with the file.
pub(super) struct Bounded<R> {
    content: R,
    compressed: Arc<AtomicU64>,
    /// The compression, for messages.
    name: &'static str,
    length: u64,
}

impl<R: Read> Bounded<R> {
    pub(super) fn new(content: R, compressed: Arc<AtomicU64>, name: &'static str) -> Self {
        Bounded { content, compressed, name, length: 0 }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.content.read(buffer).map_err(|error| {
            let name = self.name;
            damaged(if error.kind() == io::ErrorKind::UnexpectedEof {
                format!("is cut off: its {name} data end too early; get the whole file")
            } else {
                format!("has {name} data that are damaged: {error}; get the file again")
            })
        })?;
        self.length += length as u64;
        let compressed = self.compressed.load(Ordering::Relaxed);
        if self.length > FREE && self.length / RATIO > compressed {
            return Err(damaged(format!(
                "becomes more than {RATIO} times as long when it is unpacked, like a file that is made to fill a disk; \
                 unpack it to load it"
            )));
        }
        Ok(length)
    }
}
