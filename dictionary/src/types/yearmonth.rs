//! `yearmonth`: a month of a year, kept as text.

use std::borrow::Cow;

use super::logical::{Json, LogicalType, Physical};
use crate::descriptor::{Object, Result};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearMonth;

impl LogicalType for YearMonth {
    const NAME: &'static str = "yearmonth";
    const PHYSICAL: Physical = Physical::Text;
    const JSON: Json = Json::String;
    const ORDERED: bool = true;

    fn of_field(_field: &Object) -> Result<Self> {
        Ok(YearMonth)
    }

    fn expected(&self) -> Cow<'static, str> {
        "YYYY-MM".into()
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        let month = parts(text)?;
        (1..=12).contains(&month).then(|| Value::String(text.into()))
    }

    fn fault(&self, text: &str) -> Option<String> {
        parts(text).map(|month| format!("there is no month {month:02}"))
    }

    fn longest(&self) -> Option<u64> {
        Some(7)
    }
}

/// The month of a text that looks like `YYYY-MM`.
fn parts(text: &str) -> Option<u8> {
    let (year, month) = text.split_once('-')?;
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    (digits(year, 4) && digits(month, 2)).then(|| month.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yearmonth_is_a_month_that_exists() {
        for good in ["2021-07", "0001-12"] {
            assert_eq!(YearMonth.read_text(good), Some(Value::String(good.into())));
        }
        for bad in ["2021-13", "2021-00", "2021-7", "21-07", "2021-07-01", "2021", ""] {
            assert_eq!(YearMonth.read_text(bad), None, "{bad}");
        }
        assert_eq!(YearMonth.fault("2021-13").as_deref(), Some("there is no month 13"));
    }
}
