//! The year that a report is about.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use dictionary::Value;

/// A year of a datetime: 1000 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Year(u16);

impl Year {
    /// The default year.
    pub const DEFAULT: Year = Year(2021);
    /// The first one.
    pub const FIRST: Year = Year(1000);
    /// The last one.
    pub const LAST: Year = Year(9999);

    /// The first moment of a quarter, which counts from 1.
    pub fn start_of_quarter(self, quarter: u32) -> Value {
        Value::DateTime(self.first_of_month(quarter * 3 - 2))
    }

    /// The last microsecond: that of 9999 is followed by no datetime.
    pub fn last_moment(self) -> Value {
        Value::DateTime(self.first_of_month(12) + TimeDelta::days(31) - TimeDelta::microseconds(1))
    }

    fn first_of_month(self, month: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(self.0.into(), month, 1).unwrap_or_default().into()
    }
}

impl fmt::Display for Year {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Year {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let four_digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        let year = text.parse().ok().filter(|year| four_digits && *year >= 1000);
        year.map(Year).ok_or_else(|| format!("year is {} to {}, got {text:?}", Year::FIRST, Year::LAST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_has_four_digits_and_is_1000_to_9999() {
        for good in ["1000", "2021", "9999"] {
            assert_eq!(good.parse::<Year>().map(|year| year.to_string()).as_deref(), Ok(good));
        }
        for bad in ["", "abc", "0999", "10000", "+2021", "-2021", "2021 ", "20.1", "２０２１"] {
            assert!(bad.parse::<Year>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_year_ends_with_its_last_microsecond() {
        let year = Year::LAST;
        assert_eq!(year.start_of_quarter(1).text(), "9999-01-01T00:00:00Z");
        assert_eq!(year.start_of_quarter(4).text(), "9999-10-01T00:00:00Z");
        assert_eq!(year.last_moment().text(), "9999-12-31T23:59:59.999999Z");
    }
}
