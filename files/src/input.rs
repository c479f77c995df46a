//! A file before it is known what it is.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek};

/// How many bytes at the start of a file are used to recognise it.
const HEAD: u64 = 64 << 10;

/// Why a file cannot be opened as rows of a table, in a sentence that begins with the file's name and ends with what to do.
#[derive(Debug, thiserror::Error)]
#[error("{file} {why}")]
pub struct Error {
    /// The file, as the descriptor or the command line names it.
    pub file: String,
    /// The rest of the sentence.
    pub why: String,
}

impl Error {
    pub(crate) fn new(file: &str, why: impl Into<String>) -> Error {
        Error { file: file.to_owned(), why: why.into() }
    }
}

/// Bytes, by a file that can be read at any position, or in sequence.
pub(crate) enum Bytes {
    File(File),
    Stream(Box<dyn Read + Send>),
}

impl Bytes {
    pub(crate) fn stream(self) -> Box<dyn Read + Send> {
        match self {
            Bytes::File(file) => Box::new(file),
            Bytes::Stream(stream) => stream,
        }
    }
}

/// A file, or the content of a compressed one, with what it begins with.
pub(crate) struct Input {
    /// The bytes from the first one on.
    pub(crate) bytes: Bytes,
    /// The first bytes.
    pub(crate) head: Vec<u8>,
    /// The name of the file, for messages.
    pub(crate) name: String,
    /// The name that says what the content is: that of the file without the ending of its compression, or that of the member
    /// of an archive.
    pub(crate) content_name: String,
}

impl Input {
    pub(crate) fn new(mut file: File, name: &str) -> Result<Input, Error> {
        let mut head = Vec::new();
        let read = (&file).take(HEAD).read_to_end(&mut head).and_then(|_| file.rewind());
        read.map_err(|error| Error::new(name, format!("cannot be read: {error}")))?;
        Ok(Input { bytes: Bytes::File(file), head, name: name.to_owned(), content_name: name.to_owned() })
    }

    pub(crate) fn of_stream(
        mut stream: Box<dyn Read + Send>,
        name: &str,
        content_name: &str,
    ) -> Result<Input, Error> {
        let mut head = Vec::new();
        // What was read before an error comes first, then the error once more.
        let read = (&mut stream).take(HEAD).read_to_end(&mut head);
        let rest: Box<dyn Read + Send> = match read {
            Ok(_) => stream,
            Err(error) if head.is_empty() => return Err(Error::new(name, error.to_string())),
            Err(error) => Box::new(Failing(Some(error))),
        };
        let bytes = Bytes::Stream(Box::new(Cursor::new(head.clone()).chain(rest)));
        Ok(Input { bytes, head, name: name.to_owned(), content_name: content_name.to_owned() })
    }

    /// The last part of the content's name, in lower case, without its dot; empty where there is none.
    pub(crate) fn extension(&self) -> String {
        let file = self.content_name.rsplit(['/', '\\']).next().unwrap_or_default();
        file.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
    }

    pub(crate) fn refuse<T>(&self, why: impl Into<String>) -> Result<T, Error> {
        Err(Error::new(&self.name, why))
    }
}

/// Fails once.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// An error of reading that says what is wrong with the content.
pub(crate) fn damaged(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.into())
}
