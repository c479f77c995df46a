//! Typed values, their canonical text, and how the text of each type is read.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

/// One cell's value. `Eq` and `Hash` compare numbers by their bits, which is sound because
/// `-0` and `NaN` never become values.
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
    /// A string without U+0000.
    String(String),
    /// A date in the years 1000 to 9999.
    Date(NaiveDate),
    /// An instant in UTC with whole seconds, in the years 1000 to 9999.
    DateTime(NaiveDateTime),
}

impl Value {
    /// Whether this is [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
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

    /// Appends the canonical text, without an allocation of its own.
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
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Integer(a), Value::Integer(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a.to_bits() == b.to_bits(),
            (Value::Boolean(a), Value::Boolean(b)) => a == b,
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Date(a), Value::Date(b)) => a == b,
            (Value::DateTime(a), Value::DateTime(b)) => a == b,
            _ => false,
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

/// Decimal digits, optionally signed, within 64 bits.
pub fn read_integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// A finite decimal number, optionally signed, with an optional exponent; `-0` becomes `0`.
pub fn read_number(text: &str) -> Option<f64> {
    // Rust's parser also takes `inf`, `infinity` and `nan`.
    let numeric = |b: u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E');
    if !text.bytes().all(numeric) {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(number + 0.0)
}

/// Table Schema's default `trueValues` and `falseValues`.
pub fn read_boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" | "1" => Some(true),
        "false" | "False" | "FALSE" | "0" => Some(false),
        _ => None,
    }
}

/// `YYYY-MM-DD` in the years 1000 to 9999.
pub fn read_date(text: &str) -> Option<NaiveDate> {
    let b = text.as_bytes();
    if b.len() != 10 || b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    let year = digits(&b[..4])?;
    let date = NaiveDate::from_ymd_opt(year as i32, digits(&b[5..7])?, digits(&b[8..])?)?;
    (year >= 1000).then_some(date)
}

/// RFC 3339 with `T`, whole seconds; an offset is turned into UTC, a missing one means UTC.
/// A fraction of a second and second 60 are refused, not rounded.
pub fn read_datetime(text: &str) -> Option<NaiveDateTime> {
    let b = text.as_bytes();
    if b.len() < 19 || b[10] != b'T' || b[13] != b':' || b[16] != b':' {
        return None;
    }
    let date = read_date(text.get(..10)?)?;
    let local = date.and_hms_opt(digits(&b[11..13])?, digits(&b[14..16])?, digits(&b[17..19])?)?;
    let utc = match &b[19..] {
        b"" | b"Z" => local,
        [sign @ (b'+' | b'-'), offset @ ..] if offset.len() == 5 && offset[2] == b':' => {
            let (hours, minutes) = (digits(&offset[..2])?, digits(&offset[3..])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = TimeDelta::seconds(i64::from(hours * 3600 + minutes * 60));
            if *sign == b'+' { local - offset } else { local + offset }
        }
        _ => return None,
    };
    let year = chrono::Datelike::year(&utc);
    (1000..=9999).contains(&year).then_some(utc)
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
}

fn push_datetime(text: &mut String, t: NaiveDateTime) {
    use chrono::Timelike;
    push_date(text, t.date());
    for (before, n) in [('T', t.hour()), (':', t.minute()), (':', t.second())] {
        text.push(before);
        push_two(text, n);
    }
    text.push('Z');
}

/// Written by hand: format strings cost ten times as much on the way into SQLite.
fn push_date(text: &mut String, date: NaiveDate) {
    use chrono::Datelike;
    let year = date.year().unsigned_abs();
    push_two(text, year / 100);
    push_two(text, year % 100);
    for n in [date.month(), date.day()] {
        text.push('-');
        push_two(text, n);
    }
}

fn push_two(text: &mut String, n: u32) {
    for digit in [n / 10 % 10, n % 10] {
        text.push(char::from(b'0' + digit as u8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datetime_is_rfc_3339_with_t_and_whole_seconds() {
        let read = |s| read_datetime(s).map(|t| Value::DateTime(t).text().into_owned());
        assert_eq!(read("2021-07-27T16:02:08Z").as_deref(), Some("2021-07-27T16:02:08Z"));
        assert_eq!(read("2021-07-27T16:02:08").as_deref(), Some("2021-07-27T16:02:08Z"));
        assert_eq!(read("2021-01-01T01:00:00+02:30").as_deref(), Some("2020-12-31T22:30:00Z"));
        for bad in [
            "2027-08-29T00:0:1Z",
            "2021-02-30T00:00:00Z",
            "2021-07-27 16:02:08Z",
            "2021-07-27t16:02:08Z",
            "2021-07-27T16:02:60Z",
            "2021-07-27T16:02:08.5Z",
            "2021-07-27T24:00:00Z",
            "0999-01-01T00:00:00Z",
            "9999-12-31T23:59:59-01:00",
            "2021-07-27T16:02:08+0200",
            "2021-07-27T16:02:08+24:00",
            "２021-07-27T16:02:08Z",
            "",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_number_is_finite_and_prints_shortest() {
        let read = |s| read_number(s).map(|n| Value::Number(n).text().into_owned());
        assert_eq!(read("-0").as_deref(), Some("0"));
        assert_eq!(read("1.50").as_deref(), Some("1.5"));
        assert_eq!(read("1e3").as_deref(), Some("1000"));
        assert_eq!(read("1e300").as_deref(), Some("1e300"));
        for bad in ["NaN", "inf", "-Infinity", "1e999", "", "1,5", "0x1", " 1"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_integer_is_whole_and_within_64_bits() {
        assert_eq!(read_integer("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(read_integer("007"), Some(7));
        for bad in ["9223372036854775808", "1.0", "", "1 ", "1e3", "٣"] {
            assert_eq!(read_integer(bad), None, "{bad}");
        }
    }
}
