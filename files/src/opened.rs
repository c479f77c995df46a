//! What is opened.

use std::io::Read;

use dictionary::source::Format;
use dictionary::split::Form;

/// Rows of a table as text in its plain form.
pub struct Opened {
    /// The text.
    pub text: Box<dyn Read + Send>,
    /// The format of the file; of several files, that of the first one.
    pub format: Format,
    /// How each row is written.
    pub form: Form,
    /// Whether the text is the file as it is.
    pub is_verbatim: bool,
    /// What a user should know of the file, in sentences without the file's name at their start.
    pub remarks: Vec<String>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Opened { text: _, format, form, is_verbatim, remarks } = self;
        f.debug_struct("Opened")
            .field("format", format)
            .field("form", form)
            .field("is_verbatim", is_verbatim)
            .field("remarks", remarks)
            .finish()
    }
}
