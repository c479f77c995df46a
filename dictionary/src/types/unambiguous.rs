//! The format `any`: dates and times that can be read in one way only. Day and month are never guessed.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::strptime::{is_weekday, month, offset};
use crate::iso_text::{read_time, ymd_fault};

/// Reads a day: the year first, or with the month's name, or with a day above 12.
///
/// # Errors
/// What is wrong with a text that looks like a day.
pub(super) fn day(text: &str) -> Result<Option<NaiveDate>, String> {
    let Some((year, month, day)) = year_month_day(text)? else { return Ok(None) };
    match ymd_fault(year, month, day) {
        Some(fault) => Err(fault),
        None => Ok(NaiveDate::from_ymd_opt(year as i32, month, day)),
    }
}

/// Reads a day with a time after it, or without: then it is the start of the day.
///
/// # Errors
/// What is wrong with a text that looks like a day.
pub(super) fn instant(text: &str) -> Result<Option<NaiveDateTime>, String> {
    let Some(colon) = text.find(':') else {
        return Ok(day(text)?.map(|day| day.and_time(NaiveTime::MIN)));
    };
    let start = text[..colon].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |before| before + 1);
    let Some(before) = text.get(..start) else { return Ok(None) };
    let before = before.strip_suffix(['T', 't']).unwrap_or(before).trim_end_matches([' ', ',']);
    let (Some(day), Some((time, offset))) = (day(before)?, time_and_offset(&text[start..])) else {
        return Ok(None);
    };
    Ok(day.and_time(time).checked_sub_signed(offset))
}

/// Reads a time of day, in UTC.
pub(super) fn time(text: &str) -> Option<NaiveTime> {
    let (time, offset) = time_and_offset(text)?;
    Some(time - offset)
}

fn year_month_day(text: &str) -> Result<Option<(u32, u32, u32)>, String> {
    let is_separator = |c: char| c.is_whitespace() || matches!(c, ',' | '.' | '/' | '-');
    let mut parts: Vec<&str> = text.split(is_separator).filter(|part| !part.is_empty()).collect();
    if parts.first().is_some_and(|first| is_weekday(first)) {
        parts.remove(0);
    }
    if let [digits] = parts[..]
        && let Some(all) = number(digits, 8)
    {
        return Ok(Some((all / 10_000, all / 100 % 100, all % 100)));
    }
    let [a, b, c] = parts[..] else { return Ok(None) };
    let found = match (number(a, 4), month(a), month(b)) {
        (Some(year), _, _) => (Some(year), month(b).or_else(|| short(b)), short(c)),
        (None, Some(month), _) => (number(c, 4), Some(month), short(b)),
        (None, None, Some(month)) => (number(c, 4), Some(month), short(a)),
        (None, None, None) => {
            let (Some(a), Some(b), Some(year)) = (short(a), short(b), number(c, 4)) else { return Ok(None) };
            match (a > 12, b > 12) {
                (false, false) if a != b => {
                    return Err(format!(
                        "day and month cannot be told apart: it may be {year:04}-{b:02}-{a:02} or {year:04}-{a:02}-{b:02}"
                    ));
                }
                (false, _) => (Some(year), Some(a), Some(b)),
                (true, _) => (Some(year), Some(b), Some(a)),
            }
        }
    };
    let (Some(year), Some(month), Some(day)) = found else { return Ok(None) };
    Ok(Some((year, month, day)))
}

/// A number of one or two digits.
fn short(text: &str) -> Option<u32> {
    number(text, 1).or_else(|| number(text, 2))
}

fn number(text: &str, length: usize) -> Option<u32> {
    let is_number = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// `h:mm`, `h:mm:ss` or with a fraction; then `am` or `pm`; then an offset.
fn time_and_offset(text: &str) -> Option<(NaiveTime, TimeDelta)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(text.len());
    let (digits, rest) = (&text[..end], text[end..].trim_start());
    let digits = if digits.find(':') == Some(1) { format!("0{digits}") } else { digits.to_owned() };
    let digits = if digits.len() == 5 { format!("{digits}:00") } else { digits };
    let time = read_time(&digits)?;
    let half = rest.get(..2).map(str::to_ascii_lowercase);
    let (time, rest) = match half.as_deref() {
        Some("am") => (of_half(time, 0)?, &rest[2..]),
        Some("pm") => (of_half(time, 12)?, &rest[2..]),
        Some(_) | None => (time, rest),
    };
    let seconds = match rest.trim_start() {
        "" | "UTC" | "GMT" | "z" => 0,
        rest if rest.len() == 3 => offset(&format!("{rest}00"))?,
        rest => offset(rest)?,
    };
    Some((time, TimeDelta::seconds(seconds)))
}

/// A time of a clock with 12 hours.
fn of_half(time: NaiveTime, hours: i64) -> Option<NaiveTime> {
    let hour = time.signed_duration_since(NaiveTime::MIN).num_hours();
    let to_zero = if hour == 12 { 12 } else { 0 };
    (1..=12).contains(&hour).then(|| time + TimeDelta::hours(hours - to_zero))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_can_be_read_in_one_way_is_read() {
        for text in [
            "2021-12-31",
            "2021/12/31",
            "2021.12.31",
            "20211231",
            "31.12.2021",
            "12/31/2021",
            "31 Dec 2021",
            "December 31, 2021",
            "Fri, 31-Dec-2021",
            "2021 Dec 31",
        ] {
            assert_eq!(day(text), Ok(NaiveDate::from_ymd_opt(2021, 12, 31)), "{text}");
        }
        assert_eq!(day("01.01.2017"), Ok(NaiveDate::from_ymd_opt(2017, 1, 1)));
        assert_eq!(
            day("01/02/2017").expect_err("an error"),
            "day and month cannot be told apart: it may be 2017-02-01 or 2017-01-02"
        );
        assert_eq!(day("31 April 2021").expect_err("an error"), "April has 30 days");
        for text in ["2021", "Dec 2021", "31.12.21", "2021-12", "yesterday", "", "1/2/3/2021"] {
            assert_eq!(day(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn an_instant_that_can_be_read_in_one_way_is_read() {
        let read = |text| instant(text).expect("a value").map(|instant| instant.to_string());
        for (text, value) in [
            ("2018/01/02T00:00:00", "2018-01-02 00:00:00"),
            ("2012-06-27T18:12Z", "2012-06-27 18:12:00"),
            ("Jan 2, 2018 3:04 pm", "2018-01-02 15:04:00"),
            ("2 Jan 2018, 12:00:30.5 AM", "2018-01-02 00:00:30.500"),
            ("2018-01-02 03:04:05 +0100", "2018-01-02 02:04:05"),
            ("2018-01-02 03:04:05+01", "2018-01-02 02:04:05"),
            ("2018-01-02 03:04:05 UTC", "2018-01-02 03:04:05"),
            ("2018-01-02", "2018-01-02 00:00:00"),
        ] {
            assert_eq!(read(text).as_deref(), Some(value), "{text}");
        }
        for text in
            ["2018-01-02 25:00", "2018-01-02 13:00 pm", "2018-01-02 1:00 CET", "10:00", "2018-01-02 x:00"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
