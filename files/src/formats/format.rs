//! What a format is.

use std::io::Read;

use dictionary::Table;
use dictionary::source::{Format as Kind, Source};
use dictionary::split::Form;

use crate::encodings::Utf8;

/// A format.
pub(super) struct Format {
    pub(super) kind: Kind,
    /// What a file is, for messages.
    pub(super) what: &'static str,
    /// The extensions of names, without their dot.
    pub(super) extensions: &'static [&'static str],
    /// Whether text in UTF-8 is certainly of this format, by its first characters.
    pub(super) recognises: fn(&[u8]) -> bool,
    /// Reads text as rows in the table's plain form.
    pub(super) open: fn(Utf8, &Source, &Table) -> Rows,
}

/// Rows in the plain form.
pub(super) struct Rows {
    pub(super) text: Box<dyn Read + Send>,
    pub(super) form: Form,
    /// Whether the text is the one that was given.
    pub(super) is_verbatim: bool,
}
