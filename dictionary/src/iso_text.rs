//! Days and instants as text, which is also how engines and files keep them.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

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

/// Reads RFC 3339 with `T` and whole seconds, in the years 1000 to 9999. An offset is turned into UTC, and a missing
/// one means UTC. A fraction of a second and second 60 are refused, not rounded.
pub fn read_datetime(text: &str) -> Option<NaiveDateTime> {
    let b = text.as_bytes();
    if b.len() < 19 || b[10] != b'T' || b[13] != b':' || b[16] != b':' {
        return None;
    }
    let day = read_date(text.get(..10)?)?;
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
pub(crate) fn push_datetime(text: &mut String, t: NaiveDateTime) {
    push_date(text, t.date());
    for (before, n) in [('T', t.hour()), (':', t.minute()), (':', t.second())] {
        text.push(before);
        push_two(text, n);
    }
    text.push('Z');
}
