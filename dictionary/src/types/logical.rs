//! What a logical type defines, and how its values are stored.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::code::Code;
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// How values of a type are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Physical {
    /// A signed integer of 64 bits.
    Integer,
    /// A finite double.
    Double,
    /// A truth value.
    Boolean,
    /// Text without U+0000.
    Text,
    /// A day in the years 1000 to 9999.
    Date,
    /// An instant in UTC to the microsecond, in the years 1000 to 9999.
    DateTime,
}

impl Physical {
    /// Whether its values are numbers.
    pub fn is_number(self) -> bool {
        match self {
            Physical::Integer | Physical::Double => true,
            Physical::Boolean | Physical::Text | Physical::Date | Physical::DateTime => false,
        }
    }
}

/// Which JSON value holds a value of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Json {
    Number,
    Boolean,
    String,
    /// A string is read as the text of a cell; any other value, as its JSON text.
    Value,
}

/// What `minLength` and `maxLength` count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// The constraints do not apply to the type.
    None,
    Characters,
    /// The items of an array or a list, or the members of an object.
    Items,
}

/// What each logical type defines.
pub(crate) trait LogicalType: Sized {
    /// Table Schema's name of the type.
    const NAME: &'static str;

    /// How its values are stored.
    const PHYSICAL: Physical;

    /// Which JSON value holds one.
    const JSON: Json;

    /// Whether its values have an order, and so a `minimum` and a `maximum`.
    const ORDERED: bool = false;

    /// What `minLength` and `maxLength` count.
    const LENGTH: Length = Length::None;

    /// Whether blanks around a value are a part of it.
    const KEEPS_BLANKS: bool = false;

    /// From a field of a descriptor, of which it reads the properties that are about its type.
    ///
    /// # Errors
    /// When a property is not supported.
    fn of_field(field: &Object) -> Result<Self>;

    /// What the user should know about how the field is read: for example a property that has no effect.
    fn notes(&self, field: &Object) -> Vec<String> {
        match field.get("format") {
            None => Vec::new(),
            Some(format) if format == "default" || format == "" => Vec::new(),
            Some(format) => vec![format!("`format` {format} has no effect on type {}", Self::NAME)],
        }
    }

    /// What a valid text looks like, for messages.
    fn expected(&self) -> Cow<'static, str>;

    /// Reads the text of a value that is not null, as the author of a file writes it; `None` when it is not of the type.
    fn read_text(&self, text: &str) -> Option<Value>;

    /// Reads a text as this program writes it, in JSON numbers, paths and the database.
    fn read_canonical(&self, text: &str) -> Option<Value> {
        self.read_text(text)
    }

    /// Reads a JSON value that is not null, given its JSON text.
    ///
    /// # Errors
    /// The code: a string that is not Unicode is an encoding error, everything else a type error.
    fn read_json(&self, json: &str) -> std::result::Result<Value, Code> {
        let value = match Self::JSON {
            Json::Number if is_number(json) => self.read_canonical(json),
            Json::Boolean if json.starts_with(['t', 'f']) => self.read_canonical(json),
            Json::String | Json::Value if json.starts_with('"') => self.read_trimmed(&string(json)?),
            Json::Value => self.read_text(json),
            Json::Number | Json::Boolean | Json::String => None,
        };
        value.ok_or(Code::TypeError)
    }

    /// Reads the text of a value that is not null, without the blanks around it.
    fn read_trimmed(&self, text: &str) -> Option<Value> {
        let without_blanks = || {
            let trimmed = text.trim();
            (!Self::KEEPS_BLANKS && trimmed.len() < text.len()).then(|| self.read_text(trimmed)).flatten()
        };
        self.read_text(text).or_else(without_blanks)
    }

    /// Whether a stored text is a value of the type.
    fn holds_text(&self, text: &str) -> bool {
        self.read_canonical(text).is_some_and(|value| value.text() == text)
    }

    /// What is wrong with a text that is not of the type, where more is known than what was expected.
    fn fault(&self, _text: &str) -> Option<String> {
        None
    }

    /// The order of two values of the type. `None` if neither is above the other.
    fn order(&self, a: &Value, b: &Value) -> Option<Ordering> {
        a.order(b)
    }

    /// How many items a stored text has, where [`LENGTH`](LogicalType::LENGTH) counts them.
    fn items(&self, _text: &str) -> u64 {
        0
    }

    /// The most characters of a value's text, where the type itself sets a limit.
    fn longest(&self) -> Option<u64> {
        None
    }
}

/// Whether a JSON text is a number.
pub(super) fn is_number(json: &str) -> bool {
    json.starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

/// The text of a JSON string.
pub(super) fn string(json: &str) -> std::result::Result<String, Code> {
    serde_json::from_str(json).map_err(|_| Code::EncodingError)
}
