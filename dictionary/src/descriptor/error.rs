//! Why a descriptor is refused.

use std::borrow::Cow;

/// Why a descriptor is refused: one sentence that names the table, the field and the property. If the sentence quotes
/// something long, the middle is left out.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{}", without_middle(.0))]
pub struct DescriptorError(pub(super) String);

fn without_middle(sentence: &str) -> Cow<'_, str> {
    const SHOWN: usize = 500;
    let head = sentence.char_indices().nth(SHOWN);
    let tail = sentence.char_indices().rev().nth(SHOWN / 2);
    match (head, tail) {
        (Some((head, _)), Some((tail, _))) if head < tail => {
            let left_out = sentence[head..tail].chars().count();
            format!("{} ...({left_out} characters)... {}", &sentence[..head], &sentence[tail..]).into()
        }
        _ => sentence.into(),
    }
}

pub(crate) type Result<T> = std::result::Result<T, DescriptorError>;
