//! JSON: one array of objects or arrays, or an object with such an array in it.

use dictionary::Table;
use dictionary::source::{Format as Kind, Source};
use dictionary::split::Form;

use super::format::{Format, Rows};
use super::items::{Elements, Items};
use crate::encodings::Utf8;
use crate::transcode::Transcoded;

pub(super) const JSON: Format =
    Format { kind: Kind::Json, what: "JSON", extensions: &["json"], recognises, open };

/// Whether it begins with an array of objects or of arrays. A first line of NDJSON that is an array ends on it.
fn recognises(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let inner = text.strip_prefix(b"[").map(<[u8]>::trim_ascii_start);
    inner.and_then(<[u8]>::first).is_some_and(|first| matches!(first, b'{' | b'['))
}

fn open(utf8: Utf8, source: &Source, table: &Table) -> Rows {
    let items = Items::new(&source.dialect, table);
    let elements = Elements::new(source.dialect.property.clone(), items);
    Rows { text: Box::new(Transcoded::new(utf8.text, elements)), form: Form::Ndjson, is_verbatim: false }
}
