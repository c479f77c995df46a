//! `datetime`: an instant.

use serde_json::json;

use super::logical::{Json, LogicalType, Physical};
use crate::descriptor::{Object, Result};
use crate::iso_text::read_datetime;
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateTime;

impl LogicalType for DateTime {
    const NAME: &'static str = "datetime";
    const PHYSICAL: Physical = Physical::DateTime;
    const JSON: Json = Json::String;
    const ORDERED: bool = true;

    fn of_field(field: &Object) -> Result<Self> {
        field.only_default("format", &[json!("default")])?;
        Ok(DateTime)
    }

    fn expected(&self) -> &'static str {
        "YYYY-MM-DDThh:mm:ssZ"
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        read_datetime(text).map(Value::DateTime)
    }

    fn longest(&self) -> Option<u64> {
        Some(20)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datetime_is_rfc_3339_with_t_and_whole_seconds() {
        let read = |text| DateTime.read_text(text).map(|value| value.text().into_owned());
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
}
