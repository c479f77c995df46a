//! The types of fields.
//!
//! A *logical* type is a type of Table Schema: it reads texts, and each is a file here. A *physical* type is what
//! engines, Avro and JSON hold: there are six, and every logical type is stored as one of them. Another logical type is
//! another file and a line in `logical_types!`; no code outside this folder names them.
//!
//! <https://datapackage.org/standard/table-schema/#field-types>

mod any;
mod array;
mod boolean;
mod date;
mod datetime;
mod duration;
mod geojson;
mod geopoint;
mod integer;
mod json_text;
mod layout;
mod list;
mod logical;
pub(crate) mod number;
mod number_style;
mod object;
mod string;
mod strptime;
mod time;
mod unambiguous;
mod year;
mod yearmonth;

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::code::Code;
use crate::descriptor::{Object, Result};
use crate::value::Value;

pub(crate) use logical::Length;
use logical::LogicalType;
pub use logical::Physical;
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
            /// Reads the type of a field; a missing one is `any`.
            pub(crate) fn of_field(field: &Object) -> Result<Type> {
                match field.string("type")? {
                    None => Ok(Type::Any(any::Any)),
                    $(Some(<$logical>::NAME) => <$logical>::of_field(field).map(Type::$variant),)+
                    Some(other) => {
                        let names = [$(<$logical>::NAME),+].join(", ");
                        field.refuse(&format!("`type` is \"{other}\", but must be one of {names}"))
                    }
                }
            }

            /// The type of [row ids](crate::ROW_ID).
            pub(crate) fn of_row_id() -> Type {
                Type::Integer(integer::Integer::default())
            }

            /// Table Schema's name of the type.
            pub fn name(&self) -> &'static str {
                match self { $(Type::$variant(_) => <$logical>::NAME,)+ }
            }

            /// How its values are stored.
            pub fn physical(&self) -> Physical {
                match self { $(Type::$variant(_) => <$logical>::PHYSICAL,)+ }
            }

            /// What the user should know about how the field is read: for example a property that has no effect.
            pub(crate) fn notes(&self, field: &Object) -> Vec<String> {
                match self { $(Type::$variant(logical) => logical.notes(field),)+ }
            }

            /// What a valid text looks like, for messages.
            pub fn expected(&self) -> Cow<'static, str> {
                match self { $(Type::$variant(logical) => logical.expected(),)+ }
            }

            /// Reads the text of a value that is not null, as the author of a file writes it; `None` when it is not of the
            /// type.
            pub fn read_text(&self, text: &str) -> Option<Value> {
                match self { $(Type::$variant(logical) => logical.read_trimmed(text),)+ }
            }

            /// Reads a text as this program writes it, in paths and the database; `None` when it is not of the type.
            pub fn read_canonical(&self, text: &str) -> Option<Value> {
                match self { $(Type::$variant(logical) => logical.read_canonical(text),)+ }
            }

            /// Reads a JSON value that is not null.
            fn read_some_json(&self, json: &str) -> std::result::Result<Value, Code> {
                match self { $(Type::$variant(logical) => logical.read_json(json),)+ }
            }

            /// What is wrong with a text that is not of the type, where more is known than what was expected.
            pub(crate) fn fault(&self, text: &str) -> Option<String> {
                if self.read_text(text).is_some() {
                    return None;
                }
                match self { $(Type::$variant(logical) => logical.fault(text.trim()),)+ }
            }

            /// The most characters of a value's text, where the type itself sets a limit.
            pub fn longest(&self) -> Option<u64> {
                match self { $(Type::$variant(logical) => logical.longest(),)+ }
            }

            /// The order of two values of the type. `None` if neither is above the other.
            pub(crate) fn order(&self, a: &Value, b: &Value) -> Option<Ordering> {
                match self { $(Type::$variant(logical) => logical.order(a, b),)+ }
            }

            pub(crate) fn is_ordered(&self) -> bool {
                match self { $(Type::$variant(_) => <$logical>::ORDERED,)+ }
            }

            /// What `minLength` and `maxLength` count.
            pub(crate) fn length(&self) -> Length {
                match self { $(Type::$variant(_) => <$logical>::LENGTH,)+ }
            }

            /// How many items a stored text has, where [`length`](Type::length) counts them.
            pub(crate) fn items(&self, text: &str) -> u64 {
                match self { $(Type::$variant(logical) => logical.items(text),)+ }
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
    /// A time of day.
    Time(time::Time),
    /// A calendar year.
    Year(year::Year),
    /// A month of a year.
    YearMonth(yearmonth::YearMonth),
    /// A length of time.
    Duration(duration::Duration),
    /// A point on the earth.
    GeoPoint(geopoint::GeoPoint),
    /// A GeoJSON or TopoJSON object.
    GeoJson(geojson::GeoJson),
    /// A JSON object.
    Object(object::JsonObject),
    /// A JSON array.
    Array(array::Array),
    /// Items of one type, in a text.
    List(list::List),
    /// Text of any meaning.
    Any(any::Any),
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
        self.read_some_json(json)
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
