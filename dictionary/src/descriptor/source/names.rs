//! Names of formats, compressions and encodings, as packages write them.

use encoding_rs::{Encoding, UTF_8};

use super::super::error::Result;
use super::super::object::Object;
use crate::source::{Compression, Format};

const FORMATS: [(&str, Format); 15] = [
    ("csv", Format::Csv),
    ("txt", Format::Csv),
    ("text", Format::Csv),
    ("text/csv", Format::Csv),
    ("tsv", Format::Tsv),
    ("tab", Format::Tsv),
    ("text/tab-separated-values", Format::Tsv),
    ("json", Format::Json),
    ("application/json", Format::Json),
    ("ndjson", Format::Ndjson),
    ("jsonl", Format::Ndjson),
    ("jsonlines", Format::Ndjson),
    ("application/x-ndjson", Format::Ndjson),
    ("xlsx", Format::Xlsx),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Format::Xlsx),
];

const COMPRESSIONS: [(&str, Compression); 8] = [
    ("no", Compression::None),
    ("none", Compression::None),
    ("", Compression::None),
    ("gz", Compression::Gzip),
    ("gzip", Compression::Gzip),
    ("zip", Compression::Zip),
    ("zst", Compression::Zstd),
    ("zstd", Compression::Zstd),
];

/// From `format`, else from `mediatype`, where an unknown one is an annotation.
pub(super) fn format(resource: &Object) -> Result<Option<Format>> {
    let Some(name) = resource.string_or_null("format")?.filter(|name| !name.is_empty()) else {
        return Ok(resource.string_or_null("mediatype")?.and_then(known_format));
    };
    match known_format(name) {
        Some(format) => Ok(Some(format)),
        // Such programs write "inline" for data in the descriptor.
        None if resource.get("data").is_some() => Ok(None),
        None => resource.refuse(&format!(
            "`format` is \"{name}\", but csv, tsv, json, ndjson and xlsx are supported; save the file as one of these"
        )),
    }
}

fn known_format(name: &str) -> Option<Format> {
    let name = name.trim().trim_start_matches('.').to_ascii_lowercase();
    let essence = name.split(';').next().unwrap_or_default().trim();
    FORMATS.iter().find(|(known, _)| *known == essence).map(|(_, format)| *format)
}

/// From `compression`.
pub(super) fn compression(resource: &Object) -> Result<Option<Compression>> {
    let Some(name) = resource.string_or_null("compression")? else { return Ok(None) };
    let wanted = name.trim().trim_start_matches('.').to_ascii_lowercase();
    match COMPRESSIONS.iter().find(|(known, _)| *known == wanted) {
        Some((_, compression)) => Ok(Some(*compression)),
        None => resource.refuse(&format!(
            "`compression` is \"{name}\", but gz, zip and zst are supported; compress the file with one of these"
        )),
    }
}

/// From `encoding`; `None` for UTF-8.
pub(super) fn encoding(resource: &Object) -> Result<Option<&'static Encoding>> {
    let Some(name) = resource.string_or_null("encoding")? else { return Ok(None) };
    let label = name.trim().to_ascii_lowercase().replace('_', "-");
    // ASCII is a part of UTF-8; the label's own encoding would read other bytes as something else.
    if ["", "utf-8-sig", "utf8-sig", "utf-8-bom", "ascii", "us-ascii"].contains(&label.as_str()) {
        return Ok(None);
    }
    let spelled =
        label.replacen("latin-", "latin", 1).replacen("utf-16-", "utf-16", 1).replacen("cp-", "cp", 1);
    let found =
        [&label, &spelled].into_iter().find_map(|label| Encoding::for_label_no_replacement(label.as_bytes()));
    match found {
        Some(encoding) => Ok((encoding != UTF_8).then_some(encoding)),
        None => resource.refuse(&format!(
            "`encoding` is \"{name}\", which is no encoding of the WHATWG's list, such as utf-8, utf-16le, \
             windows-1252 or shift_jis; save the file in UTF-8"
        )),
    }
}
