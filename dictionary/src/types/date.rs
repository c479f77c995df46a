//! `date`: a day.

use chrono::{Datelike, NaiveDate};
use serde_json::json;

use super::{Json, LogicalType, Physical};
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Date;

impl LogicalType for Date {
    const NAME: &'static str = "date";
    const PHYSICAL: Physical = Physical::Date;
    const JSON: Json = Json::String;
    const ORDERED: bool = true;

    fn of_field(field: &Object) -> Result<Self> {
        field.only_default("format", &[json!("default")])?;
        Ok(Date)
    }

    fn expected(&self) -> &'static str {
        "YYYY-MM-DD"
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        read(text).map(Value::Date)
    }

    fn longest(&self) -> Option<u64> {
        Some(10)
    }
}

/// Reads `YYYY-MM-DD` in the years 1000 to 9999, which is also how engines and files keep a day as text.
pub fn read(text: &str) -> Option<NaiveDate> {
    let b = text.as_bytes();
    if b.len() != 10 || b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    let year = digits(&b[..4])?;
    let date = NaiveDate::from_ymd_opt(year as i32, digits(&b[5..7])?, digits(&b[8..])?)?;
    (year >= 1000).then_some(date)
}

/// Appends `YYYY-MM-DD`. Written by hand: format strings cost ten times as much on the way into SQLite.
pub(crate) fn push(text: &mut String, date: NaiveDate) {
    let year = date.year().unsigned_abs();
    push_two(text, year / 100);
    push_two(text, year % 100);
    for n in [date.month(), date.day()] {
        text.push('-');
        push_two(text, n);
    }
}

/// Appends the last two decimal digits of a number.
pub(super) fn push_two(text: &mut String, n: u32) {
    for digit in [n / 10 % 10, n % 10] {
        text.push(char::from(b'0' + digit as u8));
    }
}

/// The number that is written with these digits and nothing else.
pub(super) fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
}
