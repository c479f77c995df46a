//! `string`: text, which may have a format.

use validator::{ValidateEmail, ValidateUrl};

use super::logical::{Json, LogicalType, Physical};
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
    /// A UUID.
    Uuid,
}

impl LogicalType for Text {
    const NAME: &'static str = "string";
    const PHYSICAL: Physical = Physical::Text;
    const JSON: Json = Json::String;
    const ORDERED: bool = false;

    fn of_field(field: &Object) -> Result<Self> {
        let format = match field.string("format")?.unwrap_or("default") {
            "default" => Format::Default,
            "email" => Format::Email,
            "uri" => Format::Uri,
            "uuid" => Format::Uuid,
            other => return field.refuse(&format!("`format` \"{other}\" is not supported")),
        };
        Ok(Text { format })
    }

    fn expected(&self) -> &'static str {
        match self.format {
            Format::Default => "a string",
            Format::Email => "an email address",
            Format::Uri => "a URI",
            Format::Uuid => "a UUID such as 123e4567-e89b-12d3-a456-426614174000",
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
            Format::Uuid => is_uuid(text),
        };
        formatted && !text.contains('\0')
    }

    fn longest(&self) -> Option<u64> {
        match self.format {
            Format::Uuid => Some(36),
            Format::Default | Format::Email | Format::Uri => None,
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
