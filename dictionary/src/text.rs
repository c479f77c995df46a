//! Texts in messages.

use compact_str::{CompactString, format_compact};

/// Characters of a text that a message shows.
const SHOWN: usize = 200;

/// At most 200 characters of a text. Where some are left out, it says how many the text has.
pub fn shortened(text: &str) -> CompactString {
    match text.char_indices().nth(SHOWN) {
        None => text.into(),
        Some((end, _)) => format_compact!("{}... ({} characters)", &text[..end], text.chars().count()),
    }
}
