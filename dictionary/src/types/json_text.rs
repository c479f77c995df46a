//! JSON as text: what was sent without the blanks between its parts, so that numbers and the order of members stay.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A JSON text without blanks between its parts; `None` if it is no JSON.
pub(super) fn compact(text: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut compact = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if c.is_ascii_whitespace() {
            continue;
        } else {
            in_string = c == '"';
        }
        compact.push(c);
    }
    Some(compact)
}

/// Why a text is no JSON.
pub(super) fn fault(text: &str) -> Option<String> {
    let error = serde_json::from_str::<IgnoredAny>(text).err()?;
    Some(format!("is no JSON: {error}"))
}

/// How many items an array has, or members an object; 0 for anything else.
pub(super) fn items(text: &str) -> u64 {
    serde_json::from_str::<Count>(text).map_or(0, |count| count.0)
}

struct Count(u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;
        impl<'de> Visitor<'de> for Items {
            type Value = Count;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an array or an object")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Count, A::Error> {
                let mut count = 0;
                while array.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Count(count))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Count, A::Error> {
                let mut count = 0;
                while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Count(count))
            }
        }
        deserializer.deserialize_any(Items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blanks_between_parts_are_left_out() {
        let sent = "{ \"b\" : [1.50, 1e400 ,\"a \\\" \\\\\"],\n\t\"a\": {} }";
        assert_eq!(compact(sent).expect("a value"), r#"{"b":[1.50,1e400,"a \" \\"],"a":{}}"#);
        assert_eq!(compact("[1,]"), None);
        assert_eq!([items("[1,[2,3]]"), items(r#"{"a":1}"#), items("[]"), items("5")], [2, 1, 0, 0]);
    }
}
