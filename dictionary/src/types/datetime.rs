//! `datetime`: an instant.

use chrono::{Datelike, NaiveDateTime, TimeDelta, Timelike};
use serde_json::json;

use super::date::{self, digits, push_two};
use super::{Json, LogicalType, Physical};
use crate::descriptor::{Object, Result};
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
        read(text).map(Value::DateTime)
    }

    fn longest(&self) -> Option<u64> {
        Some(20)
    }
}

/// Reads RFC 3339 with `T` and whole seconds, in the years 1000 to 9999. An offset is turned into UTC, and a missing
/// one means UTC. A fraction of a second and second 60 are refused, not rounded. Engines and files that keep a datetime
/// as text keep it so.
pub fn read(text: &str) -> Option<NaiveDateTime> {
    let b = text.as_bytes();
    if b.len() < 19 || b[10] != b'T' || b[13] != b':' || b[16] != b':' {
        return None;
    }
    let day = date::read(text.get(..10)?)?;
    let local = day.and_hms_opt(digits(&b[11..13])?, digits(&b[14..16])?, digits(&b[17..19])?)?;
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
    (1000..=9999).contains(&utc.year()).then_some(utc)
}

/// Appends `YYYY-MM-DDThh:mm:ssZ`.
pub(crate) fn push(text: &mut String, t: NaiveDateTime) {
    date::push(text, t.date());
    for (before, n) in [('T', t.hour()), (':', t.minute()), (':', t.second())] {
        text.push(before);
        push_two(text, n);
    }
    text.push('Z');
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
