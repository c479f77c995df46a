//! The constraints of a field, and which of them a value breaks.

use std::cmp::Ordering;

use validator::{ValidateLength, ValidateRegex};

use crate::model::{Constraints, Field};
use crate::row_error::{Received, RowError};
use crate::text::shortened;
use crate::value::Value;

/// Values of an `enum` that a message lists: a long list in each error of each row would make the answer
/// many times longer than the request.
const LISTED: usize = 10;

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
        && value.order(minimum).is_some_and(Ordering::is_lt)
    {
        broken.push(("minimum", format!("at least {}", minimum.text())));
    }
    if let Some(maximum) = &constraints.maximum
        && value.order(maximum).is_some_and(Ordering::is_gt)
    {
        broken.push(("maximum", format!("at most {}", maximum.text())));
    }
    match value {
        Value::String(text) => check_string(constraints, text, &mut broken),
        Value::Null
        | Value::Integer(_)
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Date(_)
        | Value::DateTime(_) => {}
    }
    if let Some(allowed) = &constraints.one_of
        && !allowed.contains(value)
    {
        let texts: Vec<_> = allowed.iter().take(LISTED).map(Value::text).collect();
        let more = match allowed.len().saturating_sub(LISTED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        broken.push(("enum", format!("one of {}{more}", shortened(&texts.join(", ")))));
    }
    broken
}

fn check_string(constraints: &Constraints, text: &str, broken: &mut Vec<(&'static str, String)>) {
    if let Some(least) = constraints.min_length
        && !text.validate_length(Some(least), None, None)
    {
        broken.push(("minLength", format!("at least {}", characters(least))));
    }
    if let Some(most) = constraints.max_length
        && !text.validate_length(None, Some(most), None)
    {
        broken.push(("maxLength", format!("at most {}", characters(most))));
    }
    if let Some(pattern) = &constraints.pattern
        && !text.validate_regex(&pattern.whole)
    {
        broken.push(("pattern", format!("a match of {}", shortened(&pattern.source))));
    }
}

fn characters(count: u64) -> String {
    if count == 1 { "1 character".to_owned() } else { format!("{count} characters") }
}
