//! Days, times and instants as text, which is also how engines and files keep them.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

/// Reads `YYYY-MM-DD` in the years 1000 to 9999.
pub fn read_date(text: &str) -> Option<NaiveDate> {
    let b = text.as_bytes();
    if b.len() != 10 || b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    let year = digits(&b[..4])?;
    let date = NaiveDate::from_ymd_opt(year as i32, digits(&b[5..7])?, digits(&b[8..])?)?;
    (year >= 1000).then_some(date)
}

/// Whether a day is in the years 1000 to 9999.
pub(crate) fn is_in_range(day: NaiveDate) -> bool {
    (1000..=9999).contains(&day.year())
}

/// Appends `YYYY-MM-DD`. Written by hand: format strings cost ten times as much on the way into SQLite.
pub(crate) fn push_date(text: &mut String, date: NaiveDate) {
    let year = date.year().unsigned_abs();
    push_two(text, year / 100);
    push_two(text, year % 100);
    for n in [date.month(), date.day()] {
        text.push('-');
        push_two(text, n);
    }
}

/// Appends the last two decimal digits of a number.
fn push_two(text: &mut String, n: u32) {
    for digit in [n / 10 % 10, n % 10] {
        text.push(char::from(b'0' + digit as u8));
    }
}

/// The number that is written with these digits and nothing else.
fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
}

/// Reads RFC 3339 with `T`, in the years 1000 to 9999, with a fraction of up to six digits (and zeros). An offset is
/// turned into UTC, and a missing one means UTC. More digits of a second and second 60 are refused, not rounded.
pub fn read_datetime(text: &str) -> Option<NaiveDateTime> {
    let b = text.as_bytes();
    if b.len() < 19 || b[10] != b'T' {
        return None;
    }
    let day = read_date(text.get(..10)?)?;
    let (time, offset) = time_and_offset(&b[11..])?;
    let utc = day.and_time(time);
    let utc = if offset == TimeDelta::zero() { utc } else { utc.checked_sub_signed(offset)? };
    is_in_range(utc.date()).then_some(utc)
}

/// Reads `hh:mm:ss` with a fraction of up to six digits (and zeros). An offset is turned into UTC, and a missing one
/// means UTC.
pub(crate) fn read_time(text: &str) -> Option<NaiveTime> {
    let (time, offset) = time_and_offset(text.as_bytes())?;
    Some(time - offset)
}

fn time_and_offset(b: &[u8]) -> Option<(NaiveTime, TimeDelta)> {
    if b.len() < 8 || b[2] != b':' || b[5] != b':' {
        return None;
    }
    let (hour, minute, second) = (digits(&b[..2])?, digits(&b[3..5])?, digits(&b[6..8])?);
    let (micros, rest) = match &b[8..] {
        [b'.', fraction @ ..] => read_fraction(fraction)?,
        rest => (0, rest),
    };
    Some((NaiveTime::from_hms_micro_opt(hour, minute, second, micros)?, read_offset(rest)?))
}

/// Microseconds, and what follows the digits. More than six digits must be zeros.
fn read_fraction(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let count = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let (fraction, rest) = bytes.split_at(count);
    let (kept, lost) = fraction.split_at(count.min(6));
    if kept.is_empty() || lost.iter().any(|digit| *digit != b'0') {
        return None;
    }
    Some((digits(kept)? * 10_u32.pow(6 - kept.len() as u32), rest))
}

/// How far ahead of UTC: nothing, `Z` or `+hh:mm`.
fn read_offset(bytes: &[u8]) -> Option<TimeDelta> {
    match bytes {
        b"" | b"Z" => Some(TimeDelta::zero()),
        [sign @ (b'+' | b'-'), offset @ ..] if offset.len() == 5 && offset[2] == b':' => {
            let (hours, minutes) = (digits(&offset[..2])?, digits(&offset[3..])?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = TimeDelta::seconds(i64::from(hours * 3600 + minutes * 60));
            Some(if *sign == b'+' { offset } else { -offset })
        }
        _ => None,
    }
}

/// Appends `YYYY-MM-DDThh:mm:ssZ`, with a fraction of the second where there is one.
pub(crate) fn push_datetime(text: &mut String, t: NaiveDateTime) {
    push_local_datetime(text, t);
    text.push('Z');
}

/// Appends `YYYY-MM-DDThh:mm:ss`, with a fraction of the second where there is one. Such texts have the order of the
/// instants.
pub fn push_local_datetime(text: &mut String, t: NaiveDateTime) {
    push_date(text, t.date());
    text.push('T');
    push_time(text, t.time());
}

/// Appends `hh:mm:ss`, with a fraction of the second where there is one.
pub(crate) fn push_time(text: &mut String, t: NaiveTime) {
    push_two(text, t.hour());
    for n in [t.minute(), t.second()] {
        text.push(':');
        push_two(text, n);
    }
    let mut micros = t.nanosecond() / 1000;
    if micros > 0 {
        text.push('.');
        while micros > 0 {
            text.push(char::from(b'0' + (micros / 100_000) as u8));
            micros = micros % 100_000 * 10;
        }
    }
}

/// What is wrong with a text that looks like `YYYY-MM-DD`, perhaps with more after it.
pub(crate) fn day_fault(text: &str) -> Option<String> {
    let b = text.as_bytes();
    if b.len() < 10 || b[4] != b'-' || b[7] != b'-' {
        return None;
    }
    ymd_fault(digits(&b[..4])?, digits(&b[5..7])?, digits(&b[8..10])?)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What is wrong with a day.
pub(crate) fn ymd_fault(year: u32, month: u32, day: u32) -> Option<String> {
    if !(1000..=9999).contains(&year) {
        return Some(format!("the year {year:04} is not from 1000 to 9999"));
    }
    let Some(name) = month.checked_sub(1).and_then(|i| MONTHS.get(i as usize)) else {
        return Some(format!("there is no month {month:02}"));
    };
    let days = (28..=31).rev().find(|day| NaiveDate::from_ymd_opt(year as i32, month, *day).is_some())?;
    match (day, month) {
        (1.., _) if day <= days => None,
        (29.., 2) => Some(format!("February {year} has {days} days")),
        _ => Some(format!("{name} has {days} days")),
    }
}

/// What is wrong with a text that looks like an instant.
pub(crate) fn datetime_fault(text: &str) -> Option<String> {
    if let Some(fault) = day_fault(text) {
        return Some(fault);
    }
    read_date(text.get(..10)?)?;
    match text.as_bytes().get(10) {
        None => Some("the time is missing".to_owned()),
        Some(b' ') => {
            Some("has a blank between date and time; set `format` in the data dictionary".to_owned())
        }
        Some(b'T') => time_fault(&text[11..]),
        Some(_) => None,
    }
}

/// What is wrong with a text that looks like a time.
pub(crate) fn time_fault(text: &str) -> Option<String> {
    let b = text.as_bytes();
    if b.len() == 5 && b[2] == b':' && digits(&b[..2]).is_some() && digits(&b[3..]).is_some() {
        return Some("the seconds are missing".to_owned());
    }
    if b.len() < 8 || b[2] != b':' || b[5] != b':' {
        return None;
    }
    let (hour, minute, second) = (digits(&b[..2])?, digits(&b[3..5])?, digits(&b[6..8])?);
    let fraction =
        b[8..].strip_prefix(b".").map_or(0, |rest| rest.iter().take_while(|b| b.is_ascii_digit()).count());
    if hour > 23 {
        Some(format!("there is no hour {hour:02}"))
    } else if minute > 59 {
        Some(format!("there is no minute {minute:02}"))
    } else if second > 59 {
        Some(format!("there is no second {second:02}"))
    } else {
        (fraction > 6).then(|| "the fraction of the second has more than 6 digits".to_owned())
    }
}
