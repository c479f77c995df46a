//! Cells of a sheet as text.

use calamine::{DataRef, ExcelDateTime};

/// Integers from here on are not all doubles, so that a workbook cannot hold them all.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Days that a sheet can hold: up to the end of the year 9999, from 1900 or 1904.
const LAST_DAY: f64 = 2_958_466.0;

/// What the format of a cell shows of a day and its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    /// The day.
    Date,
    /// The time of the day.
    Time,
    /// Both.
    DateTime,
}

impl Shows {
    /// From a format code, such as `yyyy-mm-dd`.
    pub(super) fn of(code: &str) -> Shows {
        let (mut day, mut time) = (false, false);
        let mut characters = code.chars();
        while let Some(character) = characters.next() {
            match character {
                '"' => drop(characters.by_ref().find(|c| *c == '"')),
                '[' => drop(characters.by_ref().find(|c| *c == ']')),
                '\\' | '_' | '*' => drop(characters.next()),
                ';' => break,
                'y' | 'Y' | 'd' | 'D' => day = true,
                'h' | 'H' | 's' | 'S' => time = true,
                _ => {}
            }
        }
        match (day, time) {
            (true, true) => Shows::DateTime,
            (false, true) => Shows::Time,
            // A month alone, too.
            (true, false) | (false, false) => Shows::Date,
        }
    }
}

/// The text of a cell; empty for an empty one.
pub(super) fn text(cell: &DataRef<'_>, shows: impl FnOnce() -> Shows) -> String {
    match cell {
        DataRef::Empty => String::new(),
        DataRef::Int(value) => value.to_string(),
        DataRef::Float(value) => number(*value),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(value) if value.is_duration() => duration(value.as_f64()),
        DataRef::DateTime(value) => moment(value, shows()),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
    }
}

/// The shortest text of a number. An integer that a workbook may have rounded has an exponent, so that no integer is made of it.
fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < EXACT {
        // Without the sign of a negative zero.
        return format!("{}", value + 0.0);
    }
    if value.abs() >= EXACT { format!("{value:e}") } else { format!("{value}") }
}

fn moment(value: &ExcelDateTime, shows: Shows) -> String {
    let serial = value.as_f64();
    if !(0.0..LAST_DAY).contains(&serial) {
        return number(serial);
    }
    let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
    let fraction = if milli > 0 { format!(".{milli:03}") } else { String::new() };
    let time = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
    let is_midnight = (hour, minute, second, milli) == (0, 0, 0, 0);
    match shows {
        Shows::Time if serial < 1.0 => time,
        Shows::Date if is_midnight => format!("{year:04}-{month:02}-{day:02}"),
        // A time that the format does not show is a part of the value.
        Shows::Date | Shows::Time | Shows::DateTime => format!("{year:04}-{month:02}-{day:02}T{time}"),
    }
}

/// ISO 8601, from days.
fn duration(days: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a sheet holds no duration of so many milliseconds")]
    let millis = (days * 86_400_000.0).round() as i64;
    let (sign, millis) = (if millis < 0 { "-" } else { "" }, millis.unsigned_abs());
    let (seconds, fraction) = (millis / 1000, millis % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = if fraction > 0 { format!(".{fraction:03}") } else { String::new() };
    format!("{sign}PT{hours}H{minutes}M{seconds}{fraction}S")
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[test]
    fn a_format_shows_the_day_or_the_time_or_both() {
        for (code, shows) in [
            ("yyyy-mm-dd", Shows::Date),
            ("mmm", Shows::Date),
            ("h:mm AM/PM", Shows::Time),
            ("m/d/yy h:mm", Shows::DateTime),
            ("[$-409]d\\-mmm\\-yy;@", Shows::Date),
            ("\"hours\" yyyy", Shows::Date),
        ] {
            assert_eq!(Shows::of(code), shows, "{code}");
        }
    }

    #[test]
    fn numbers_are_their_shortest_text_and_rounded_integers_are_none() {
        for (value, text) in
            [(1.0, "1"), (-0.0, "0"), (0.1, "0.1"), (-2.5, "-2.5"), (1e15, "1000000000000000")]
        {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(12_345_678_901_234_567_890.0), "1.2345678901234567e19");
    }

    #[test]
    fn days_count_from_1900_or_1904() {
        let of = |value, is_1904| ExcelDateTime::new(value, ExcelDateTimeType::DateTime, is_1904);
        assert_eq!(moment(&of(44526.0, false), Shows::Date), "2021-11-26");
        assert_eq!(moment(&of(43064.0, true), Shows::Date), "2021-11-26");
        assert_eq!(moment(&of(44526.5, false), Shows::Date), "2021-11-26T12:00:00");
        assert_eq!(moment(&of(44526.0, false), Shows::DateTime), "2021-11-26T00:00:00");
        assert_eq!(moment(&of(0.25, false), Shows::Time), "06:00:00");
        assert_eq!(moment(&of(3e6, false), Shows::Date), "3000000");
        assert_eq!(duration(1.5), "PT36H0M0S");
    }
}
