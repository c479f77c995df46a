//! Texts in messages.

/// Characters of a text that a message shows.
const SHOWN: usize = 200;

/// At most 200 characters of a text. Where some are left out, it says how many the text has.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}... ({} characters)", &text[..end], text.chars().count()),
    }
}
