//! `year`: a calendar year, kept as an integer.

use std::borrow::Cow;

use super::logical::{Json, LogicalType, Physical};
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Year;

impl LogicalType for Year {
    const NAME: &'static str = "year";
    const PHYSICAL: Physical = Physical::Integer;
    const JSON: Json = Json::Number;
    const ORDERED: bool = true;

    fn of_field(_field: &Object) -> Result<Self> {
        Ok(Year)
    }

    fn expected(&self) -> Cow<'static, str> {
        "a year from 1000 to 9999".into()
    }

    /// Four digits. An earlier year starts with zeros, which an integer does not keep.
    fn read_text(&self, text: &str) -> Option<Value> {
        let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
        let year = if digits { text.parse().ok()? } else { 0 };
        (year >= 1000).then_some(Value::Integer(year))
    }

    fn longest(&self) -> Option<u64> {
        Some(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_has_four_digits() {
        assert_eq!(Year.read_text("2017"), Some(Value::Integer(2017)));
        assert_eq!(Year.read_json("2017"), Ok(Value::Integer(2017)));
        for bad in ["2017-01-01", "17", "0800", "-2017", "20177", "+201", ""] {
            assert_eq!(Year.read_text(bad), None, "{bad}");
        }
    }
}
