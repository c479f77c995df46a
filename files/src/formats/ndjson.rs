//! NDJSON: an object on each line, or an array.

use std::io;

use dictionary::Table;
use dictionary::source::{Format as Kind, Source};
use dictionary::split::{Form, MAX_RECORD};
use memchr::memchr;

use super::format::{Format, Rows};
use super::items::Items;
use crate::encodings::Utf8;
use crate::input::damaged;
use crate::transcode::{Transcode, Transcoded};

pub(super) const NDJSON: Format = Format {
    kind: Kind::Ndjson,
    what: "NDJSON",
    extensions: &["ndjson", "jsonl", "jsonlines"],
    recognises,
    open,
};

/// Whether its first line is an object.
fn recognises(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let line = text.split(|b| *b == b'\n').next().unwrap_or_default();
    line.starts_with(b"{") && serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
}

/// How many lines are not empty.
pub(super) fn lines(head: &[u8]) -> usize {
    head.split(|b| *b == b'\n').filter(|line| !line.trim_ascii().is_empty()).count()
}

fn open(utf8: Utf8, source: &Source, table: &Table) -> Rows {
    let are_arrays = utf8.head.trim_ascii_start().starts_with(b"[");
    if !are_arrays && source.dialect.item_keys.is_none() {
        return Rows { text: utf8.text, form: Form::Ndjson, is_verbatim: true };
    }
    let lines = Lines { items: Items::new(&source.dialect, table), line: Vec::new() };
    Rows { text: Box::new(Transcoded::new(utf8.text, lines)), form: Form::Ndjson, is_verbatim: false }
}

/// Lines that become objects.
struct Lines {
    items: Items,
    /// The current line.
    line: Vec<u8>,
}

impl Transcode for Lines {
    fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        while let Some(end) = memchr(b'\n', bytes) {
            self.line.extend_from_slice(&bytes[..end]);
            bytes = &bytes[end + 1..];
            self.flush(out);
        }
        self.line.extend_from_slice(bytes);
        if self.line.len() > MAX_RECORD {
            return Err(damaged(format!(
                "has a line that is longer than {MAX_RECORD} bytes, the longest row"
            )));
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        if !self.line.is_empty() {
            self.flush(out);
        }
        Ok(())
    }
}

impl Lines {
    fn flush(&mut self, out: &mut Vec<u8>) {
        let line = std::mem::take(&mut self.line);
        match line.trim_ascii() {
            [] => out.push(b'\n'),
            line => self.items.write(line, out),
        }
    }
}
