//! The encodings of text: what a file begins with, then what the descriptor says, then UTF-8.

mod byte_order_mark;
mod decoder;

use std::io::Read;

use dictionary::source::Source;
use encoding_rs::{Encoding, UTF_8};

use crate::foreign;
use crate::input::{Bytes, Error, Input};
use crate::transcode::Transcoded;
use decoder::Decoder;

/// A text in UTF-8.
pub(crate) struct Utf8 {
    pub(crate) text: Box<dyn Read + Send>,
    /// The first characters.
    pub(crate) head: Vec<u8>,
    /// Whether the bytes are those of the file.
    pub(crate) is_verbatim: bool,
}

/// Reads a file as text. Bytes that are not of its encoding become bytes that are not UTF-8, so that the row is rejected.
///
/// # Errors
/// When it is no text.
pub(crate) fn open(
    input: Input,
    source: &Source,
    delimiter: u8,
    remarks: &mut Vec<String>,
) -> Result<Utf8, Error> {
    let marked = byte_order_mark::of(&input.head);
    let said = source.encoding.unwrap_or(UTF_8);
    let encoding = marked.unwrap_or(said);
    if let (Some(marked), Some(said)) = (marked, source.encoding)
        && marked != said
    {
        remarks.push(format!(
            "`encoding` says {}, but the file begins with the byte order mark of {}, and is read so",
            said.name(),
            marked.name()
        ));
    }
    if encoding == UTF_8 {
        return match foreign::not_text(&input.head, delimiter) {
            Some(what) => input.refuse(what),
            None => {
                let is_verbatim = matches!(input.bytes, Bytes::File(_));
                Ok(Utf8 { head: input.head, text: input.bytes.stream(), is_verbatim })
            }
        };
    }
    if marked.is_none() && encoding.is_single_byte() && is_utf_8(&input.head) {
        remarks.push(format!(
            "`encoding` says {}, but the text is valid UTF-8, so letters with accents may become others; \
             if the file is in UTF-8, correct `encoding`",
            encoding.name()
        ));
    }
    let head = decoded(encoding, &input.head);
    let text = Transcoded::new(input.bytes.stream(), Decoder::new(encoding));
    Ok(Utf8 { text: Box::new(text), head, is_verbatim: false })
}

/// Whether bytes are UTF-8 beyond ASCII. They may end within a character.
fn is_utf_8(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text.len(),
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => return false,
    };
    !head[..valid].is_ascii()
}

fn decoded(encoding: &'static Encoding, head: &[u8]) -> Vec<u8> {
    use crate::transcode::Transcode;
    let mut out = Vec::new();
    // A decoder does not fail: what it cannot read becomes a byte.
    let _never = Decoder::new(encoding).push(head, &mut out);
    out
}
