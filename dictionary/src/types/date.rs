//! `date`: a day.

use std::borrow::Cow;

use chrono::{NaiveDate, NaiveTime};

use super::layout::Layout;
use super::logical::{Json, LogicalType, Physical};
use super::unambiguous;
use crate::descriptor::{Object, Result};
use crate::iso_text::{day_fault, is_in_range, read_date};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Date {
    layout: Layout,
}

impl LogicalType for Date {
    const NAME: &'static str = "date";
    const PHYSICAL: Physical = Physical::Date;
    const JSON: Json = Json::String;
    const ORDERED: bool = true;

    fn of_field(field: &Object) -> Result<Self> {
        Ok(Date {
            layout: Layout::of_field(field, &["2001-02-03"], |moment| {
                Some(moment.day) == read_date("2001-02-03")
            })?,
        })
    }

    fn notes(&self, _field: &Object) -> Vec<String> {
        self.layout.notes(true)
    }

    fn expected(&self) -> Cow<'static, str> {
        self.layout.expected("YYYY-MM-DD", "a date without doubt, such as YYYY-MM-DD")
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        let day = match &self.layout {
            Layout::Default => read_date(text),
            Layout::Any => read_date(text).or_else(|| {
                // A date keeps no time.
                let instant = unambiguous::instant(text).ok().flatten()?;
                (instant.time() == NaiveTime::MIN).then_some(instant.date())
            }),
            Layout::Pattern(pattern) => match pattern.read(text) {
                // A date keeps no time.
                Some(moment) => (moment.time == NaiveTime::MIN).then_some(moment.day),
                None if pattern.leaves_iso => read_date(text),
                None => None,
            },
        };
        day.filter(in_range).map(Value::Date)
    }

    fn read_canonical(&self, text: &str) -> Option<Value> {
        read_date(text).map(Value::Date)
    }

    fn fault(&self, text: &str) -> Option<String> {
        let of_pattern = || match &self.layout {
            Layout::Default => None,
            Layout::Any => unambiguous::instant(text).err(),
            Layout::Pattern(pattern) => pattern.fault(text, false),
        };
        of_pattern().or_else(|| day_fault(text))
    }

    fn longest(&self) -> Option<u64> {
        Some(10)
    }
}

fn in_range(day: &NaiveDate) -> bool {
    is_in_range(*day)
}
