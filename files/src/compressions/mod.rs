//! The compressions, each in a file.

mod bounded;
mod compression;
mod gzip;
pub(crate) mod zip;
mod zstd;

use std::io::Seek;

use dictionary::source::{Compression as Kind, Source};

use crate::input::{Bytes, Error, Input};
use compression::{Compression, Unpacked};

const COMPRESSIONS: [&Compression; 3] = [&gzip::GZIP, &zip::ZIP, &zstd::ZSTD];

/// Unpacks what is compressed. What `compression` says is compared with the content, which decides.
pub(crate) fn open(input: Input, source: &Source, remarks: &mut Vec<String>) -> Result<Input, Error> {
    let is = |compression: &&&Compression| compression.marks.iter().any(|mark| input.head.starts_with(mark));
    let Some(found) = COMPRESSIONS.iter().find(is) else {
        if let Some(said) = source.compression.filter(|kind| *kind != Kind::None) {
            let said = COMPRESSIONS.iter().find(|known| known.kind == said).map_or("", |known| known.what);
            remarks.push(format!(
                "`compression` says that it is {said}, but it is not compressed; it is read as it is"
            ));
        }
        return Ok(input);
    };
    if let Some(said) = source.compression.filter(|kind| *kind != found.kind) {
        let said =
            COMPRESSIONS.iter().find(|known| known.kind == said).map_or("not compressed", |known| known.what);
        remarks
            .push(format!("`compression` says that it is {said}, but it is {}, and is read so", found.what));
    }
    let Input { bytes, name, .. } = input;
    let Bytes::File(mut file) = bytes else {
        return Err(Error::new(&name, format!("has a content that is {} again; unpack it", found.what)));
    };
    let opened = file.rewind().map_err(|error| format!("cannot be read: {error}"));
    let unpacked = opened.and_then(|()| (found.open)(file, source.inner_path.as_deref()));
    let Unpacked { content, name: inner } = unpacked.map_err(|why| Error::new(&name, why))?;
    let lower = name.to_ascii_lowercase();
    let without = found
        .endings
        .iter()
        .find(|ending| lower.ends_with(*ending))
        .map(|e| name[..name.len() - e.len()].to_owned());
    let content_name = inner.or(without).unwrap_or_else(|| name.clone());
    let input = Input::of_stream(content, &name, &content_name)?;
    match COMPRESSIONS.iter().find(|known| known.marks.iter().any(|mark| input.head.starts_with(mark))) {
        Some(again) => input.refuse(format!("has a content that is {} again; unpack it", again.what)),
        None => Ok(input),
    }
}
