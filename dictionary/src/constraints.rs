//! The constraints of a field, and which of them a value breaks.

use std::cmp::Ordering;

use compact_str::{CompactString, format_compact};
use validator::{ValidateLength, ValidateRegex};

use crate::model::{Constraints, Field, Pattern};
use crate::row_error::{Received, RowError};
use crate::text::shortened;
use crate::value::Value;

/// Values of an `enum` that a message lists: a long list in each error of each row would make the answer
/// many times longer than the request.
const LISTED: usize = 10;

/// A constraint that a value breaks.
pub(crate) enum Broken<'c> {
    Required,
    Minimum(&'c Value),
    Maximum(&'c Value),
    MinLength(u64),
    MaxLength(u64),
    Pattern(&'c Pattern),
    Enum(&'c [Value]),
}

impl Broken<'_> {
    /// The constraint's name in Table Schema.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Broken::Required => "required",
            Broken::Minimum(_) => "minimum",
            Broken::Maximum(_) => "maximum",
            Broken::MinLength(_) => "minLength",
            Broken::MaxLength(_) => "maxLength",
            Broken::Pattern(_) => "pattern",
            Broken::Enum(_) => "enum",
        }
    }

    /// What the constraint expects, for messages.
    fn expected(&self) -> CompactString {
        match self {
            Broken::Required => CompactString::const_new("a value"),
            Broken::Minimum(minimum) => format_compact!("at least {}", minimum.text()),
            Broken::Maximum(maximum) => format_compact!("at most {}", maximum.text()),
            Broken::MinLength(least) => format_compact!("at least {}", characters(*least)),
            Broken::MaxLength(most) => format_compact!("at most {}", characters(*most)),
            Broken::Pattern(pattern) => format_compact!("a match of {}", shortened(&pattern.source)),
            Broken::Enum(allowed) => {
                let texts: Vec<_> = allowed.iter().take(LISTED).map(Value::text).collect();
                let more = match allowed.len().saturating_sub(LISTED) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format_compact!("one of {}{more}", shortened(&texts.join(", ")))
            }
        }
    }
}

fn characters(count: u64) -> String {
    if count == 1 { "1 character".to_owned() } else { format!("{count} characters") }
}

/// Checks a value that is of its type. One error for each constraint that fails.
pub(crate) fn check(field: &Field, value: &Value, received: Received) -> Vec<RowError> {
    let error = |broken: Broken| RowError::constraint(field, broken.name(), received, broken.expected());
    broken(&field.constraints, value).into_iter().map(error).collect()
}

/// Whether a value that is of its type breaks none of its field's constraints.
pub(crate) fn satisfies(field: &Field, value: &Value) -> bool {
    let mut satisfies = true;
    find_broken(&field.constraints, value, |_| satisfies = false);
    satisfies
}

/// The constraints that a value breaks.
pub(crate) fn broken<'c>(constraints: &'c Constraints, value: &Value) -> Vec<Broken<'c>> {
    let mut found = Vec::new();
    find_broken(constraints, value, |broken| found.push(broken));
    found
}

/// Finds the constraints that a value breaks. A null breaks none but `required`.
fn find_broken<'c>(constraints: &'c Constraints, value: &Value, mut found: impl FnMut(Broken<'c>)) {
    if value.is_null() {
        if constraints.required {
            found(Broken::Required);
        }
        return;
    }
    if let Some(minimum) = &constraints.minimum
        && value.order(minimum).is_some_and(Ordering::is_lt)
    {
        found(Broken::Minimum(minimum));
    }
    if let Some(maximum) = &constraints.maximum
        && value.order(maximum).is_some_and(Ordering::is_gt)
    {
        found(Broken::Maximum(maximum));
    }
    if let Value::String(text) = value {
        find_broken_of_text(constraints, text, &mut found);
    }
    if let Some(allowed) = &constraints.one_of
        && !allowed.contains(value)
    {
        found(Broken::Enum(allowed));
    }
}

fn find_broken_of_text<'c>(constraints: &'c Constraints, text: &str, found: &mut impl FnMut(Broken<'c>)) {
    if let Some(least) = constraints.min_length
        && !text.validate_length(Some(least), None, None)
    {
        found(Broken::MinLength(least));
    }
    // A text has at most as many characters as bytes.
    if let Some(most) = constraints.max_length
        && text.len() as u64 > most
        && !text.validate_length(None, Some(most), None)
    {
        found(Broken::MaxLength(most));
    }
    if let Some(pattern) = &constraints.pattern
        && !text.validate_regex(&pattern.whole)
    {
        found(Broken::Pattern(pattern));
    }
}
