//! The types of fields.
//!
//! A *logical* type is a type of Table Schema: it reads texts, and each is a file here. A *physical* type is what
//! engines, Avro and JSON hold: there are six, and every logical type is stored as one of them. Another logical type is
//! another file and a line in `logical_types!`; no code outside this folder names them.
//!
//! <https://datapackage.org/standard/table-schema/#field-types>

mod boolean;
mod date;
mod datetime;
mod integer;
mod logical;
pub(crate) mod number;
mod string;

use crate::code::Code;
use crate::descriptor::{Object, Result};
use crate::value::Value;

pub use logical::Physical;
pub(crate) use logical::{Json, LogicalType};
pub use string::Format;

/// Makes [`Type`] from the list of logical types.
macro_rules! logical_types {
    ($($(#[$about:meta])* $variant:ident($logical:ty)),+ $(,)?) => {
        /// The type of a field's values, with what the field says about how they are written.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Type {
            $($(#[$about])* $variant($logical),)+
        }

        impl Type {
            /// Reads the type of a field.
            pub(crate) fn of_field(field: &Object) -> Result<Type> {
                match field.string("type")? {
                    None => field.refuse("`type` is missing"),
                    $(Some(<$logical>::NAME) => <$logical>::of_field(field).map(Type::$variant),)+
                    Some(other) => {
                        let names = [$(<$logical>::NAME),+].join(", ");
                        field.refuse(&format!("`type` is \"{other}\", but must be one of {names}"))
                    }
                }
            }

            /// The type of [row ids](crate::ROW_ID).
            pub(crate) fn of_row_id() -> Type {
                Type::Integer(integer::Integer)
            }

            /// Table Schema's name of the type.
            pub fn name(&self) -> &'static str {
                match self { $(Type::$variant(_) => <$logical>::NAME,)+ }
            }

            /// How its values are stored.
            pub fn physical(&self) -> Physical {
                match self { $(Type::$variant(_) => <$logical>::PHYSICAL,)+ }
            }

            /// What a valid text looks like, for messages.
            pub fn expected(&self) -> &'static str {
                match self { $(Type::$variant(logical) => logical.expected(),)+ }
            }

            /// Reads the text of a value that is not null; `None` when it is not of the type.
            pub fn read_text(&self, text: &str) -> Option<Value> {
                match self { $(Type::$variant(logical) => logical.read_text(text),)+ }
            }

            /// The most characters of a value's text, where the type itself sets a limit.
            pub fn longest(&self) -> Option<u64> {
                match self { $(Type::$variant(logical) => logical.longest(),)+ }
            }

            pub(crate) fn is_ordered(&self) -> bool {
                match self { $(Type::$variant(_) => <$logical>::ORDERED,)+ }
            }

            fn json(&self) -> Json {
                match self { $(Type::$variant(_) => <$logical>::JSON,)+ }
            }

            fn holds_text(&self, text: &str) -> bool {
                match self { $(Type::$variant(logical) => logical.holds_text(text),)+ }
            }
        }
    };
}

logical_types! {
    /// A whole number.
    Integer(integer::Integer),
    /// A decimal number.
    Number(number::Number),
    /// Text of a format.
    String(string::Text),
    /// A truth value.
    Boolean(boolean::Boolean),
    /// A day.
    Date(date::Date),
    /// An instant.
    DateTime(datetime::DateTime),
}

impl Type {
    /// Reads a JSON value, given its JSON text. Nothing is guessed: an integer is a JSON number; a string that
    /// holds digits is not an integer.
    ///
    /// # Errors
    /// The code: a string that is not Unicode is an encoding error, everything else a type error.
    pub fn read_json(&self, json: &str) -> std::result::Result<Value, Code> {
        if json == "null" {
            return Ok(Value::Null);
        }
        if !self.json().is(json) {
            return Err(Code::TypeError);
        }
        let value = match self.json() {
            Json::String => {
                let text: String = serde_json::from_str(json).map_err(|_| Code::EncodingError)?;
                self.read_text(&text)
            }
            Json::Number | Json::Boolean => self.read_text(json),
        };
        value.ok_or(Code::TypeError)
    }

    /// Whether a typed value, such as one from a backup, is null or of this type.
    pub fn holds(&self, value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::String(text) => self.physical() == Physical::Text && self.holds_text(text),
            Value::Number(number) => self.physical() == Physical::Double && number.is_finite(),
            Value::Integer(_) => self.physical() == Physical::Integer,
            Value::Boolean(_) => self.physical() == Physical::Boolean,
            Value::Date(_) => self.physical() == Physical::Date,
            Value::DateTime(_) => self.physical() == Physical::DateTime,
        }
    }
}
