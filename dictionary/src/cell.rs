//! One cell: from text or JSON to a [`Value`], and its constraints.

use std::cmp::Ordering;

use validator::{ValidateEmail, ValidateLength, ValidateRegex, ValidateUrl};

use crate::model::{Constraints, Field, Format, Type};
use crate::value::{self, Value};
use crate::verdict::{Code, Received, RowError, cut};

/// Values of an `enum` that a message lists: a long list in each error of each row would make the answer
/// many times longer than the request.
const LISTED: usize = 10;

/// Reads the text of a non-null value; `None` when it is not of the type.
pub fn read_text(ty: Type, text: &str) -> Option<Value> {
    match ty {
        Type::Integer => value::read_integer(text).map(Value::Integer),
        Type::Number => value::read_number(text).map(Value::Number),
        Type::Boolean => value::read_boolean(text).map(Value::Boolean),
        Type::Date => value::read_date(text).map(Value::Date),
        Type::DateTime => value::read_datetime(text).map(Value::DateTime),
        Type::String(format) => has_format(format, text).then(|| Value::String(text.to_owned())),
    }
}

/// Reads a typed JSON value, given its JSON text: a number for an integer, no guessing from strings.
/// The error is the code: a string that is not Unicode is an encoding error.
pub fn read_json(ty: Type, json: &str) -> Result<Value, Code> {
    if json == "null" {
        return Ok(Value::Null);
    }
    let native = match ty {
        Type::Integer | Type::Number => json.starts_with(|c: char| c == '-' || c.is_ascii_digit()),
        Type::Boolean => json.starts_with(['t', 'f']),
        Type::String(_) | Type::Date | Type::DateTime => json.starts_with('"'),
    };
    if !native {
        return Err(Code::TypeError);
    }
    let value = if json.starts_with('"') {
        let text: String = serde_json::from_str(json).map_err(|_| Code::EncodingError)?;
        read_text(ty, &text)
    } else {
        read_text(ty, json)
    };
    value.ok_or(Code::TypeError)
}

/// A string of its format; never one with U+0000, which not every engine can hold.
pub(crate) fn has_format(format: Format, text: &str) -> bool {
    // The URL standard strips and escapes blanks, and validator takes them before `[127.0.0.1]`.
    let blank = |c: char| c.is_whitespace() || c.is_control();
    let formatted = match format {
        Format::Any => true,
        Format::Email => text.validate_email() && !text.contains(blank),
        Format::Uri => text.validate_url() && !text.contains(blank),
        Format::Uuid => is_uuid(text),
    };
    formatted && !text.contains('\0')
}

/// RFC 9562 section 4: 8-4-4-4-12 hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

/// Checks a value that is of its type. One error for each constraint that fails.
pub(crate) fn check(field: &Field, value: &Value, received: Received, errors: &mut Vec<RowError>) {
    if value.is_null() && !field.constraints.required {
        return;
    }
    for (constraint, expected) in broken(&field.constraints, value) {
        errors.push(RowError::constraint(field, constraint, received, expected));
    }
}

/// Whether a value that is of its type breaks none of its field's constraints.
pub(crate) fn satisfies(field: &Field, value: &Value) -> bool {
    broken(&field.constraints, value).is_empty()
}

/// The constraints that a value breaks, each with what it expects.
pub(crate) fn broken(constraints: &Constraints, value: &Value) -> Vec<(&'static str, String)> {
    if value.is_null() {
        let required = ("required", "a value".to_owned());
        return if constraints.required { vec![required] } else { Vec::new() };
    }
    let mut broken = Vec::new();
    if let Some(minimum) = &constraints.minimum
        && compare(value, minimum).is_lt()
    {
        broken.push(("minimum", format!("at least {}", minimum.text())));
    }
    if let Some(maximum) = &constraints.maximum
        && compare(value, maximum).is_gt()
    {
        broken.push(("maximum", format!("at most {}", maximum.text())));
    }
    if let Value::String(text) = value {
        check_string(constraints, text, &mut broken);
    }
    if let Some(allowed) = &constraints.one_of
        && !allowed.contains(value)
    {
        let texts: Vec<_> = allowed.iter().take(LISTED).map(Value::text).collect();
        let more = match allowed.len().saturating_sub(LISTED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        broken.push(("enum", format!("one of {}{more}", cut(&texts.join(", ")))));
    }
    broken
}

fn check_string(constraints: &Constraints, text: &str, broken: &mut Vec<(&'static str, String)>) {
    if let Some(least) = constraints.min_length
        && !text.validate_length(Some(least), None, None)
    {
        broken.push(("minLength", format!("at least {least} characters")));
    }
    if let Some(most) = constraints.max_length
        && !text.validate_length(None, Some(most), None)
    {
        broken.push(("maxLength", format!("at most {most} characters")));
    }
    if let Some(pattern) = &constraints.pattern
        && !text.validate_regex(&pattern.whole)
    {
        broken.push(("pattern", format!("a match of {}", cut(&pattern.source))));
    }
}

/// Orders two values of one ordered type.
pub(crate) fn compare(a: &Value, b: &Value) -> Ordering {
    fn order<T: PartialOrd>(a: T, b: T) -> Ordering {
        a.partial_cmp(&b).unwrap_or(Ordering::Equal)
    }
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => order(a, b),
        (Value::Number(a), Value::Number(b)) => order(a, b),
        (Value::Date(a), Value::Date(b)) => order(a, b),
        (Value::DateTime(a), Value::DateTime(b)) => order(a, b),
        _ => Ordering::Equal,
    }
}
