//! `time`: a time of day in UTC, kept as text.

use std::borrow::Cow;

use chrono::NaiveTime;

use super::layout::Layout;
use super::logical::{Json, LogicalType, Physical};
use super::unambiguous;
use crate::descriptor::{Object, Result};
use crate::iso_text::{push_time, read_time, time_fault};
use crate::value::Value;

/// See the [module](self).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Time {
    layout: Layout,
}

impl LogicalType for Time {
    const NAME: &'static str = "time";
    const PHYSICAL: Physical = Physical::Text;
    const JSON: Json = Json::String;
    const ORDERED: bool = true;

    fn of_field(field: &Object) -> Result<Self> {
        let is_same = |moment: &super::strptime::Moment| Some(moment.time) == read_time("04:05:06");
        Ok(Time { layout: Layout::of_field(field, &["04:05:06"], is_same)? })
    }

    fn notes(&self, _field: &Object) -> Vec<String> {
        self.layout.notes(false)
    }

    fn expected(&self) -> Cow<'static, str> {
        self.layout.expected("hh:mm:ss", "a time without doubt, such as hh:mm:ss")
    }

    fn read_text(&self, text: &str) -> Option<Value> {
        let time = match &self.layout {
            Layout::Default => read_time(text),
            Layout::Any => read_time(text).or_else(|| unambiguous::time(text)),
            Layout::Pattern(pattern) => match pattern.read(text) {
                Some(moment) => moment.time_in_utc(),
                None if pattern.leaves_iso => read_time(text),
                None => None,
            },
        };
        time.map(value)
    }

    fn read_canonical(&self, text: &str) -> Option<Value> {
        read_time(text).map(value)
    }

    fn fault(&self, text: &str) -> Option<String> {
        match &self.layout {
            Layout::Default => time_fault(text),
            Layout::Any if text.len() == 5 => time_fault(&format!("{text}:00")),
            Layout::Any => time_fault(text),
            Layout::Pattern(pattern) => pattern.fault(text, true).or_else(|| time_fault(text)),
        }
    }

    fn longest(&self) -> Option<u64> {
        Some(15)
    }
}

/// As text, which has the order of times.
fn value(time: NaiveTime) -> Value {
    let mut text = String::with_capacity(15);
    push_time(&mut text, time);
    Value::String(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_kept_in_utc_without_zeros_at_the_end_of_its_fraction() {
        let read = |text| Time::default().read_text(text).map(|value| value.text().into_owned());
        for (text, value) in [
            ("15:00:00", "15:00:00"),
            ("15:00:00.250", "15:00:00.25"),
            ("15:00:00Z", "15:00:00"),
            ("23:30:00-01:00", "00:30:00"),
        ] {
            assert_eq!(read(text).as_deref(), Some(value));
        }
        for bad in
            ["15:00", "24:00:00", "15:60:00", "15:00:60", "3:00:00", "15:00:00.1234567", "15:00:00 PM", ""]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
