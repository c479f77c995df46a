//! Texts in messages.

use std::borrow::Cow;

use compact_str::{CompactString, format_compact};

/// Characters of a text that a message shows.
const SHOWN: usize = 200;

/// Characters at the head of a long sentence that are shown, and twice as many as at its tail.
const HEAD: usize = 500;

/// At most 200 characters of a text. Where some are left out, it says how many the text has.
pub fn shortened(text: &str) -> CompactString {
    match text.char_indices().nth(SHOWN) {
        None => text.into(),
        Some((end, _)) => format_compact!("{}... ({} characters)", &text[..end], text.chars().count()),
    }
}

/// A sentence; if it quotes something long, without the middle.
pub(crate) fn without_middle(sentence: &str) -> Cow<'_, str> {
    let head = sentence.char_indices().nth(HEAD);
    let tail = sentence.char_indices().rev().nth(HEAD / 2);
    match (head, tail) {
        (Some((head, _)), Some((tail, _))) if head < tail => {
            let left_out = sentence[head..tail].chars().count();
            format!("{} ...({left_out} characters)... {}", &sentence[..head], &sentence[tail..]).into()
        }
        _ => sentence.into(),
    }
}
