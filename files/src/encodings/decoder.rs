//! Turns text of an encoding into UTF-8, strictly.

use std::io;

use encoding_rs::{DecoderResult, Encoding};

use crate::transcode::Transcode;

/// Replaces bytes that are not of the encoding. No UTF-8 text has this byte, so the cell becomes an encoding error.
const INVALID: u8 = 0xff;

/// Decodes text. A byte order mark is no part of it.
pub(super) struct Decoder {
    decoder: encoding_rs::Decoder,
}

impl Decoder {
    pub(super) fn new(encoding: &'static Encoding) -> Decoder {
        Decoder { decoder: encoding.new_decoder_with_bom_removal() }
    }

    fn decode(&mut self, mut bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        loop {
            let length = out.len();
            // Without a limit the decoder says so only for lengths that no memory has.
            let room = self
                .decoder
                .max_utf8_buffer_length_without_replacement(bytes.len())
                .unwrap_or(bytes.len() * 3 + 16);
            out.resize(length + room + 4, 0);
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(bytes, &mut out[length..], last);
            out.truncate(length + written);
            bytes = &bytes[read..];
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => out.push(INVALID),
            }
        }
    }
}

impl Transcode for Decoder {
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        self.decode(bytes, false, out);
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        self.decode(&[], true, out);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that fails should panic")]

    use encoding_rs::{SHIFT_JIS, UTF_16LE, WINDOWS_1252, WINDOWS_1253};

    use super::*;

    fn decoded(encoding: &'static Encoding, bytes: &[u8]) -> Vec<u8> {
        let mut whole = Vec::new();
        let mut decoder = Decoder::new(encoding);
        // Byte by byte, so that characters are cut.
        for byte in bytes {
            decoder.push(std::slice::from_ref(byte), &mut whole).unwrap();
        }
        decoder.finish(&mut whole).unwrap();
        whole
    }

    #[test]
    fn text_becomes_utf_8_and_what_is_not_of_the_encoding_becomes_no_utf_8() {
        assert_eq!(decoded(WINDOWS_1252, b"M\xfcnchen\n"), "München\n".as_bytes());
        assert_eq!(decoded(UTF_16LE, b"\xff\xfea\0\xfc\0"), "aü".as_bytes());
        // A surrogate alone, a byte without a character, a character that is cut off.
        assert_eq!(decoded(UTF_16LE, b"a\0\x00\xd8b\0"), b"a\xffb");
        assert_eq!(decoded(WINDOWS_1253, b"a\xd2b"), b"a\xffb");
        assert_eq!(decoded(SHIFT_JIS, b"a\x83"), b"a\xff");
        assert_eq!(decoded(SHIFT_JIS, b"\x83e"), "テ".as_bytes());
    }
}
