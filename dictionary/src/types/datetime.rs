//! `datetime`: an instant.

use std::borrow::Cow;

use super::layout::Layout;
use super::logical::{Json, LogicalType, Physical};
use super::unambiguous;
use crate::descriptor::{Object, Result};
use crate::iso_text::{datetime_fault, day_fault, is_in_range, read_datetime};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DateTime {
    layout: Layout,
}

impl LogicalType for DateTime {
    const NAME: &'static str = "datetime";
    const PHYSICAL: Physical = Physical::DateTime;
    const JSON: Json = Json::String;
    const ORDERED: bool = true;

    fn of_field(field: &Object) -> Result<Self> {
        let is_same =
            |moment: &super::strptime::Moment| moment.instant() == read_datetime("2001-02-03T04:05:06Z");
        Ok(DateTime {
            layout: Layout::of_field(field, &["2001-02-03T04:05:06Z", "2001-02-03T04:05:06"], is_same)?,
        })
    }

    fn notes(&self, _field: &Object) -> Vec<String> {
        self.layout.notes(true)
    }

    fn expected(&self) -> Cow<'static, str> {
        self.layout
            .expected("YYYY-MM-DDThh:mm:ssZ", "a date and time without doubt, such as YYYY-MM-DDThh:mm:ssZ")
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        let instant = match &self.layout {
            Layout::Default => read_datetime(text),
            Layout::Any => read_datetime(text).or_else(|| unambiguous::instant(text).ok().flatten()),
            Layout::Pattern(pattern) => match pattern.read(text) {
                Some(moment) => moment.instant(),
                None if pattern.leaves_iso => read_datetime(text),
                None => None,
            },
        };
        instant.filter(|instant| is_in_range(instant.date())).map(Value::DateTime)
    }

    fn read_canonical(&self, text: &str) -> Option<Value> {
        read_datetime(text).map(Value::DateTime)
    }

    fn fault(&self, text: &str) -> Option<String> {
        match &self.layout {
            Layout::Default => datetime_fault(text),
            Layout::Any => unambiguous::instant(text).err().or_else(|| day_fault(text)),
            Layout::Pattern(pattern) => pattern.fault(text, true).or_else(|| day_fault(text)),
        }
    }

    fn longest(&self) -> Option<u64> {
        Some(27)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datetime_is_rfc_3339_with_t_and_at_most_six_digits_of_a_second() {
        let read = |text| DateTime::default().read_text(text).map(|value| value.text().into_owned());
        for (text, value) in [
            ("2021-07-27T16:02:08Z", "2021-07-27T16:02:08Z"),
            ("2021-07-27T16:02:08", "2021-07-27T16:02:08Z"),
            ("2021-01-01T01:00:00+02:30", "2020-12-31T22:30:00Z"),
            ("2021-07-27T16:02:08.500", "2021-07-27T16:02:08.5Z"),
            ("2021-07-27T16:02:08.000001Z", "2021-07-27T16:02:08.000001Z"),
            ("2021-07-27T16:02:08.1234560Z", "2021-07-27T16:02:08.123456Z"),
            ("2021-07-27T16:02:08.0+01:00", "2021-07-27T15:02:08Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(value));
        }
        for bad in [
            "2027-08-29T00:0:1Z",
            "2021-02-30T00:00:00Z",
            "2021-07-27 16:02:08Z",
            "2021-07-27t16:02:08Z",
            "2021-07-27T16:02:60Z",
            "2021-07-27T16:02:08.1234567Z",
            "2021-07-27T16:02:08.Z",
            "2021-07-27T16:02:08,5Z",
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
