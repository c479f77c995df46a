//! The constraints of a field, and which of them a value breaks.

use std::cmp::Ordering;

use compact_str::{CompactString, format_compact};
use validator::ValidateLength;

use crate::model::{Constraints, Field};
use crate::pattern::Pattern;
use crate::row_error::{Received, RowError};
use crate::text::shortened;
use crate::types::Type;
use crate::value::Value;

/// Values of an `enum` that a message lists: a long list in each error of each row would make the answer
/// many times longer than the request.
const LISTED: usize = 10;

/// A constraint that a value breaks.
pub(crate) enum Broken<'c> {
    Required,
    Minimum(&'c Value),
    Maximum(&'c Value),
    ExclusiveMinimum(&'c Value),
    ExclusiveMaximum(&'c Value),
    MinLength(u64),
    MaxLength(u64),
    /// The length of what can be indexed, which is not in the descriptor.
    IndexLength(u64),
    MinItems(u64),
    MaxItems(u64),
    Pattern(&'c Pattern),
    /// Whether the pattern matches is not found out within its bound.
    PatternBound(&'c Pattern),
    Enum(&'c [Value]),
    Categories(&'c [Value]),
}

impl Broken<'_> {
    /// The constraint's name in Table Schema.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Broken::Required => "required",
            Broken::Minimum(_) => "minimum",
            Broken::Maximum(_) => "maximum",
            Broken::ExclusiveMinimum(_) => "exclusiveMinimum",
            Broken::ExclusiveMaximum(_) => "exclusiveMaximum",
            Broken::MinLength(_) | Broken::MinItems(_) => "minLength",
            Broken::MaxLength(_) | Broken::IndexLength(_) | Broken::MaxItems(_) => "maxLength",
            Broken::Pattern(_) | Broken::PatternBound(_) => "pattern",
            Broken::Enum(_) => "enum",
            Broken::Categories(_) => "categories",
        }
    }

    /// What the constraint expects, for messages.
    fn expected(&self) -> CompactString {
        match self {
            Broken::Required => CompactString::const_new("a value"),
            Broken::Minimum(minimum) => format_compact!("at least {}", minimum.text()),
            Broken::Maximum(maximum) => format_compact!("at most {}", maximum.text()),
            Broken::ExclusiveMinimum(minimum) => format_compact!("more than {}", minimum.text()),
            Broken::ExclusiveMaximum(maximum) => format_compact!("less than {}", maximum.text()),
            Broken::MinLength(least) => format_compact!("at least {}", characters(*least)),
            Broken::MaxLength(most) => format_compact!("at most {}", characters(*most)),
            Broken::IndexLength(most) => {
                format_compact!(
                    "at most {} (the limit of the index, not of the data package)",
                    characters(*most)
                )
            }
            Broken::MinItems(least) => format_compact!("at least {}", items(*least)),
            Broken::MaxItems(most) => format_compact!("at most {}", items(*most)),
            Broken::Pattern(pattern) => format_compact!("a match of {}", shortened(&pattern.source)),
            Broken::PatternBound(pattern) => format_compact!(
                "a match of {}, and to find that out takes too long for this value",
                shortened(&pattern.source)
            ),
            Broken::Enum(allowed) | Broken::Categories(allowed) => {
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

fn items(count: u64) -> String {
    if count == 1 { "1 item".to_owned() } else { format!("{count} items") }
}

fn characters(count: u64) -> String {
    if count == 1 { "1 character".to_owned() } else { format!("{count} characters") }
}

/// Checks a value that is of its type. One error for each constraint that fails.
pub(crate) fn check(field: &Field, value: &Value, received: Received) -> Vec<RowError> {
    let error = |broken: Broken| RowError::constraint(field, broken.name(), received, broken.expected());
    broken(&field.ty, &field.constraints, value).into_iter().map(error).collect()
}

/// Whether a value that is of its type breaks none of its field's constraints.
pub(crate) fn satisfies(field: &Field, value: &Value) -> bool {
    let mut satisfies = true;
    find_broken(&field.ty, &field.constraints, value, |_| satisfies = false);
    satisfies
}

/// The constraints that a value breaks.
pub(crate) fn broken<'c>(ty: &Type, constraints: &'c Constraints, value: &Value) -> Vec<Broken<'c>> {
    let mut found = Vec::new();
    find_broken(ty, constraints, value, |broken| found.push(broken));
    found
}

/// Finds the constraints that a value breaks. A null breaks none but `required`.
fn find_broken<'c>(
    ty: &Type,
    constraints: &'c Constraints,
    value: &Value,
    mut found: impl FnMut(Broken<'c>),
) {
    if value.is_null() {
        if constraints.required {
            found(Broken::Required);
        }
        return;
    }
    find_broken_bounds(ty, constraints, value, &mut found);
    if let Value::String(text) = value {
        find_broken_of_text(ty, constraints, text, &mut found);
    }
    if let Some(allowed) = &constraints.one_of
        && !allowed.contains(value)
    {
        found(Broken::Enum(allowed));
    }
    if let Some(allowed) = &constraints.categories
        && !allowed.contains(value)
    {
        found(Broken::Categories(allowed));
    }
}

/// Values without an order, such as a month and 30 days, break a bound.
fn find_broken_bounds<'c>(
    ty: &Type,
    constraints: &'c Constraints,
    value: &Value,
    found: &mut impl FnMut(Broken<'c>),
) {
    let breaks =
        |bound: &Value, is_broken: fn(Ordering) -> bool| ty.order(value, bound).is_none_or(is_broken);
    if let Some(minimum) = &constraints.minimum
        && breaks(minimum, Ordering::is_lt)
    {
        found(Broken::Minimum(minimum));
    }
    if let Some(maximum) = &constraints.maximum
        && breaks(maximum, Ordering::is_gt)
    {
        found(Broken::Maximum(maximum));
    }
    if let Some(minimum) = &constraints.exclusive_minimum
        && breaks(minimum, Ordering::is_le)
    {
        found(Broken::ExclusiveMinimum(minimum));
    }
    if let Some(maximum) = &constraints.exclusive_maximum
        && breaks(maximum, Ordering::is_ge)
    {
        found(Broken::ExclusiveMaximum(maximum));
    }
}

fn find_broken_of_text<'c>(
    ty: &Type,
    constraints: &'c Constraints,
    text: &str,
    found: &mut impl FnMut(Broken<'c>),
) {
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
        found(if constraints.is_index_length { Broken::IndexLength(most) } else { Broken::MaxLength(most) });
    }
    if constraints.min_items.is_some() || constraints.max_items.is_some() {
        find_broken_of_items(constraints, ty.items(text), found);
    }
    if let Some(pattern) = &constraints.pattern {
        match pattern.matches(text) {
            Some(true) => {}
            Some(false) => found(Broken::Pattern(pattern)),
            None => found(Broken::PatternBound(pattern)),
        }
    }
}

fn find_broken_of_items<'c>(constraints: &'c Constraints, items: u64, found: &mut impl FnMut(Broken<'c>)) {
    if let Some(least) = constraints.min_items
        && items < least
    {
        found(Broken::MinItems(least));
    }
    if let Some(most) = constraints.max_items
        && items > most
    {
        found(Broken::MaxItems(most));
    }
}
