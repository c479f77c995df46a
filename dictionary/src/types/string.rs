//! `string`: text, which may have a format.

use std::borrow::Cow;

use validator::{ValidateEmail, ValidateUrl};

use super::logical::{Json, Length, LogicalType, Physical};
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    format: Format,
}

/// The format of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Any text.
    Default,
    /// An email address.
    Email,
    /// A URI.
    Uri,
    /// Bytes in base64.
    Binary,
    /// A UUID.
    Uuid,
}

impl LogicalType for Text {
    const NAME: &'static str = "string";
    const PHYSICAL: Physical = Physical::Text;
    const JSON: Json = Json::String;
    const LENGTH: Length = Length::Characters;
    const KEEPS_BLANKS: bool = true;

    fn of_field(field: &Object) -> Result<Self> {
        let format = match field.string("format")?.unwrap_or_default() {
            "" | "default" => Format::Default,
            "email" => Format::Email,
            "uri" => Format::Uri,
            "binary" => Format::Binary,
            "uuid" => Format::Uuid,
            _ => Format::Default,
        };
        Ok(Text { format })
    }

    fn notes(&self, field: &Object) -> Vec<String> {
        let known = ["", "default", "email", "uri", "binary", "uuid"];
        match field.string("format") {
            Ok(Some(format)) if !known.contains(&format) => {
                vec![format!("`format` \"{format}\" of a string is not checked; any text is taken")]
            }
            Ok(_) | Err(_) => Vec::new(),
        }
    }

    fn expected(&self) -> Cow<'static, str> {
        match self.format {
            Format::Default => "a string".into(),
            Format::Email => "an email address".into(),
            Format::Uri => "a URI".into(),
            Format::Binary => "bytes in base64".into(),
            Format::Uuid => "a UUID such as 123e4567-e89b-12d3-a456-426614174000".into(),
        }
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        self.holds_text(text).then(|| Value::String(text.into()))
    }

    /// Never a text with U+0000, which not every engine can hold.
    fn holds_text(&self, text: &str) -> bool {
        // The URL standard strips and escapes blanks, and validator takes them before `[127.0.0.1]`.
        let blank = |c: char| c.is_whitespace() || c.is_control();
        let formatted = match self.format {
            Format::Default => true,
            Format::Email => text.validate_email() && !text.contains(blank),
            Format::Uri => text.validate_url() && !text.contains(blank),
            Format::Binary => is_base64(text),
            Format::Uuid => is_uuid(text),
        };
        formatted && !text.contains('\0')
    }

    fn longest(&self) -> Option<u64> {
        match self.format {
            Format::Uuid => Some(36),
            Format::Default | Format::Email | Format::Uri | Format::Binary => None,
        }
    }
}

/// RFC 9562 section 4: 8-4-4-4-12 hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// RFC 4648 section 4: groups of four characters, the last one filled up with `=`. Line ends are between them in MIME.
fn is_base64(text: &str) -> bool {
    let data: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    let end = data.iter().position(|b| *b == b'=').unwrap_or(data.len());
    data.len().is_multiple_of(4)
        && data.len() - end <= 2
        && data[end..].iter().all(|b| *b == b'=')
        && data[..end].iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_is_base64() {
        let ty = Text { format: Format::Binary };
        for good in ["", "aGk=", "aA==", "aGVsbG8h", "aGVs\r\nbG8h"] {
            assert!(ty.holds_text(good), "{good}");
        }
        for bad in ["a", "aGk", "aG=k", "a===", "aGk-", "aGk= "] {
            assert!(!ty.holds_text(bad), "{bad}");
        }
    }
}
