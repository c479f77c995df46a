//! Values as they are stored, and their canonical text.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use chrono::{NaiveDate, NaiveDateTime};
use compact_str::CompactString;

use crate::iso_text::{push_date, push_datetime};

/// The value of a cell, in the form that it is stored in. `Eq` and `Hash` compare numbers by their bits, which is
/// sound because `-0` and `NaN` never become values.
#[derive(Debug, Clone)]
pub enum Value {
    /// No value: an empty CSV cell, a JSON `null`, an absent member.
    Null,
    /// A signed 64-bit integer.
    Integer(i64),
    /// A finite double; `-0` is stored as `0`.
    Number(f64),
    /// A truth value.
    Boolean(bool),
    /// A string without U+0000. Short ones need no memory of their own.
    String(CompactString),
    /// A date in the years 1000 to 9999.
    Date(NaiveDate),
    /// An instant in UTC to the microsecond, in the years 1000 to 9999.
    DateTime(NaiveDateTime),
}

impl Value {
    /// Whether this is [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The order of two values of one type, which is the same on every engine: texts by their UTF-8 bytes. `None` where
    /// one is null or they are of different types.
    pub fn order(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
            (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
            (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
            (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
            (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
            (Value::DateTime(a), Value::DateTime(b)) => Some(a.cmp(b)),
            // All variants are listed, so that a new one is not forgotten here.
            (
                Value::Null
                | Value::Integer(_)
                | Value::Number(_)
                | Value::Boolean(_)
                | Value::String(_)
                | Value::Date(_)
                | Value::DateTime(_),
                _,
            ) => None,
        }
    }

    /// The canonical text, as printed in CSV and hashed; empty for null.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Value::Null => Cow::Borrowed(""),
            Value::Boolean(b) => Cow::Borrowed(if *b { "true" } else { "false" }),
            Value::String(s) => Cow::Borrowed(s),
            Value::Integer(_) | Value::Number(_) | Value::Date(_) | Value::DateTime(_) => {
                let mut text = String::with_capacity(20);
                self.push_text(&mut text);
                Cow::Owned(text)
            }
        }
    }

    /// Appends the canonical text without allocating.
    pub fn push_text(&self, text: &mut String) {
        match self {
            Value::Null => {}
            Value::Integer(i) => text.push_str(itoa::Buffer::new().format(*i)),
            Value::Number(n) => push_number(text, *n),
            Value::Boolean(b) => text.push_str(if *b { "true" } else { "false" }),
            Value::String(s) => text.push_str(s),
            Value::Date(d) => push_date(text, *d),
            Value::DateTime(t) => push_datetime(text, *t),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match self {
            Value::Null => matches!(other, Value::Null),
            Value::Integer(a) => matches!(other, Value::Integer(b) if a == b),
            Value::Number(a) => matches!(other, Value::Number(b) if a.to_bits() == b.to_bits()),
            Value::Boolean(a) => matches!(other, Value::Boolean(b) if a == b),
            Value::String(a) => matches!(other, Value::String(b) if a == b),
            Value::Date(a) => matches!(other, Value::Date(b) if a == b),
            Value::DateTime(a) => matches!(other, Value::DateTime(b) if a == b),
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Values of one column have one type, so the variant need not be hashed.
        match self {
            Value::Null => {}
            Value::Integer(i) => i.hash(state),
            Value::Number(n) => n.to_bits().hash(state),
            Value::Boolean(b) => b.hash(state),
            Value::String(s) => s.hash(state),
            Value::Date(d) => d.hash(state),
            Value::DateTime(t) => t.hash(state),
        }
    }
}

/// As in JSON: null, number, boolean or string; dates and datetimes are their canonical text.
impl serde::Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Integer(i) => serializer.serialize_i64(*i),
            Value::Number(n) => match serde_json::value::RawValue::from_string(self.text().into_owned()) {
                Ok(number) => number.serialize(serializer),
                Err(_) => serializer.serialize_f64(*n),
            },
            Value::Boolean(b) => serializer.serialize_bool(*b),
            Value::String(s) => serializer.serialize_str(s),
            Value::Date(_) | Value::DateTime(_) => serializer.serialize_str(&self.text()),
        }
    }
}

fn push_number(text: &mut String, n: f64) {
    let mut buffer = ryu::Buffer::new();
    let number = buffer.format_finite(n);
    text.push_str(number.strip_suffix(".0").unwrap_or(number));
}
