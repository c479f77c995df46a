//! What a logical type defines, and how its values are stored.

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
    /// An instant in UTC with whole seconds, in the years 1000 to 9999.
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
}

impl Json {
    /// Whether a JSON text is such a value.
    pub(super) fn is(self, json: &str) -> bool {
        match self {
            Json::Number => json.starts_with(|c: char| c == '-' || c.is_ascii_digit()),
            Json::Boolean => json.starts_with(['t', 'f']),
            Json::String => json.starts_with('"'),
        }
    }
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
    const ORDERED: bool;

    /// From a field of a descriptor, of which it reads the properties that are about its type.
    ///
    /// # Errors
    /// When a property is not supported.
    fn of_field(field: &Object) -> Result<Self>;

    /// What a valid text looks like, for messages.
    fn expected(&self) -> &'static str;

    /// Reads the text of a value that is not null; `None` when it is not of the type.
    fn read_text(&self, text: &str) -> Option<Value>;

    /// Whether a stored text is a value of the type.
    fn holds_text(&self, text: &str) -> bool {
        self.read_text(text).is_some_and(|value| value.text() == text)
    }

    /// The most characters of a value's text, where the type itself sets a limit.
    fn longest(&self) -> Option<u64>;
}
