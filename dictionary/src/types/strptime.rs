//! Patterns of C's and Python's `strptime`.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use crate::iso_text::ymd_fault;

/// A part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// This character.
    Literal(char),
    /// One blank or more.
    Blanks,
    /// What a directive such as `%d` reads.
    Directive(char),
}

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) day: NaiveDate,
    pub(super) time: NaiveTime,
    /// How far ahead of UTC.
    offset: TimeDelta,
}

impl Moment {
    /// The instant in UTC.
    pub(super) fn instant(&self) -> Option<NaiveDateTime> {
        self.day.and_time(self.time).checked_sub_signed(self.offset)
    }

    /// The time of day in UTC.
    pub(super) fn time_in_utc(&self) -> Option<NaiveTime> {
        Some(self.time - self.offset)
    }

    /// Whether it is not the start of a day.
    pub(super) fn has_time(&self) -> bool {
        self.time != NaiveTime::MIN
    }
}

/// Directives that are read.
const DIRECTIVES: &str = "YymdHIpMSfzZbBaAj";

/// Directives that stand for several.
const COMPOSITES: [(char, &str); 12] = [
    ('x', "%m/%d/%y"),
    ('D', "%m/%d/%y"),
    ('X', "%H:%M:%S"),
    ('T', "%H:%M:%S"),
    ('c', "%a %b %d %H:%M:%S %Y"),
    ('F', "%Y-%m-%d"),
    ('R', "%H:%M"),
    ('r', "%I:%M:%S %p"),
    ('e', "%d"),
    ('h', "%b"),
    ('k', "%H"),
    ('l', "%I"),
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The parts of a pattern.
///
/// # Errors
/// What is wrong with it: the end of a sentence that begins with the pattern.
pub(super) fn parts(pattern: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        if c != '%' {
            if !c.is_whitespace() {
                parts.push(Part::Literal(c));
            } else if parts.last() != Some(&Part::Blanks) {
                parts.push(Part::Blanks);
            }
            continue;
        }
        // `%-d` is `%d` without a zero before it.
        let directive = match rest.next() {
            Some('-') => rest.next(),
            directive => directive,
        };
        match directive {
            Some('%') => parts.push(Part::Literal('%')),
            Some('n' | 't') => parts.push(Part::Blanks),
            Some(c) if DIRECTIVES.contains(c) => parts.push(Part::Directive(c)),
            Some(c) => match COMPOSITES.iter().find(|(name, _)| *name == c) {
                Some((_, composite)) => parts.extend(self::parts(composite)?),
                None => return Err(format!("has the directive %{c}, which is not supported")),
            },
            None => return Err("ends with a single %".to_owned()),
        }
    }
    for (i, part) in parts.iter().enumerate() {
        if let Part::Directive(c) = part
            && parts[..i].contains(part)
        {
            return Err(format!("has the directive %{c} twice"));
        }
    }
    Ok(parts)
}

/// Which parts of a date a pattern does not say, and what `strptime` takes for them; `None` if it says all.
pub(super) fn absent(parts: &[Part]) -> Option<String> {
    let has = |directives: &[char]| directives.iter().any(|c| parts.contains(&Part::Directive(*c)));
    let absent = [
        (!has(&['Y', 'y']), "the year is 1900"),
        (!has(&['m', 'b', 'B', 'j']), "the month is January"),
        (!has(&['d', 'j']), "the day is the first"),
    ];
    let taken: Vec<_> =
        absent.into_iter().filter_map(|(is_absent, what)| is_absent.then_some(what)).collect();
    (!taken.is_empty()).then(|| taken.join(", "))
}

/// Reads a text; `None` if it does not match or says no date or time that exists.
pub(super) fn read(parts: &[Part], text: &str) -> Option<Moment> {
    matched(parts, text)?.moment()
}

/// What is wrong with a text that matches.
pub(super) fn fault(parts: &[Part], text: &str) -> Option<String> {
    let found = matched(parts, text)?;
    if found.moment().is_some() {
        return None;
    }
    ymd_fault(u32::try_from(found.year()).ok()?, found.month.unwrap_or(1), found.day.unwrap_or(1))
        .or_else(|| Some("the time does not exist".to_owned()))
}

fn matched(parts: &[Part], text: &str) -> Option<Found> {
    let mut found = Found::default();
    found.matches(parts, text).then_some(found)
}

/// What the directives found.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    full_year: Option<u32>,
    short_year: Option<u32>,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<u32>,
    hour: Option<u32>,
    hour_of_12: Option<u32>,
    is_afternoon: bool,
    minute: u32,
    second: u32,
    micros: u32,
    offset: i64,
}

impl Found {
    /// Whether the parts match the whole text. As in a regular expression, a directive takes less where the rest does not
    /// match otherwise.
    fn matches(&mut self, parts: &[Part], text: &str) -> bool {
        let Some((part, rest)) = parts.split_first() else { return text.is_empty() };
        match part {
            Part::Literal(c) => text.strip_prefix(*c).is_some_and(|text| self.matches(rest, text)),
            Part::Blanks => {
                let after = text.trim_start();
                after.len() < text.len() && self.matches(rest, after)
            }
            Part::Directive(directive) => {
                let before = *self;
                (1..=longest(*directive).min(text.len())).rev().any(|length| {
                    *self = before;
                    text.get(..length).is_some_and(|taken| self.take(*directive, taken).is_some())
                        && self.matches(rest, &text[length..])
                })
            }
        }
    }

    /// Takes what a directive reads, if the text is all of it.
    fn take(&mut self, directive: char, text: &str) -> Option<()> {
        match directive {
            'Y' => self.full_year = Some(number(text, 4, 4)?),
            'y' => self.short_year = Some(number(text, 2, 2)?),
            'm' => self.month = Some(number(text, 1, 2)?),
            'd' => self.day = Some(number(text.strip_prefix(' ').unwrap_or(text), 1, 2)?),
            'j' => self.day_of_year = Some(number(text, 1, 3)?),
            'H' => self.hour = Some(number(text, 1, 2)?),
            'I' => self.hour_of_12 = Some(number(text, 1, 2)?).filter(|hour| (1..=12).contains(hour)),
            'p' => self.is_afternoon = is_afternoon(text)?,
            'M' => self.minute = number(text, 1, 2)?,
            'S' => self.second = number(text, 1, 2)?,
            'f' => self.micros = number(text, 1, 6)? * 10_u32.pow(6 - text.len() as u32),
            'z' => self.offset = offset(text)?,
            'Z' => {
                return ["utc", "gmt", "z"].iter().any(|name| text.eq_ignore_ascii_case(name)).then_some(());
            }
            'b' | 'B' => self.month = Some(named(&MONTHS, text, directive == 'b')? + 1),
            _ => return named(&DAYS, text, directive == 'a').map(drop),
        }
        if directive == 'I' && self.hour_of_12.is_none() { None } else { Some(()) }
    }

    fn year(&self) -> i32 {
        let full = self.short_year.map(|year| if year < 69 { 2000 + year } else { 1900 + year });
        self.full_year.or(full).unwrap_or(1900) as i32
    }

    fn moment(&self) -> Option<Moment> {
        let day = match self.day_of_year {
            Some(day) => NaiveDate::from_yo_opt(self.year(), day)?,
            None => NaiveDate::from_ymd_opt(self.year(), self.month.unwrap_or(1), self.day.unwrap_or(1))?,
        };
        let afternoon = if self.is_afternoon { 12 } else { 0 };
        let hour = self.hour.or(self.hour_of_12.map(|hour| hour % 12 + afternoon)).unwrap_or(0);
        let time = NaiveTime::from_hms_micro_opt(hour, self.minute, self.second, self.micros)?;
        Some(Moment { day, time, offset: TimeDelta::seconds(self.offset) })
    }
}

/// The most bytes that a directive takes.
fn longest(directive: char) -> usize {
    match directive {
        'm' | 'H' | 'I' | 'M' | 'S' | 'y' | 'p' => 2,
        'd' | 'j' | 'Z' | 'b' | 'a' => 3,
        'Y' => 4,
        'f' => 6,
        _ => 9,
    }
}

fn number(text: &str, least: usize, most: usize) -> Option<u32> {
    let is_number = (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

fn is_afternoon(text: &str) -> Option<bool> {
    let is = |name| text.eq_ignore_ascii_case(name);
    (is("am") || is("pm")).then(|| is("pm"))
}

/// Seconds ahead of UTC: `Z`, `+hhmm` or `+hh:mm`.
pub(super) fn offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let digits = if digits.get(2..3) == Some(":") {
        format!("{}{}", &digits[..2], &digits[3..])
    } else {
        digits.to_owned()
    };
    let number = number(&digits, 4, 4)?;
    let (hours, minutes) = (number / 100, number % 100);
    (hours < 24 && minutes < 60).then(|| sign * i64::from(hours * 3600 + minutes * 60))
}

/// The index of a name, or of the name that begins with these three letters.
pub(super) fn named(names: &[&str], text: &str, short: bool) -> Option<u32> {
    let at =
        names.iter().position(|name| text.eq_ignore_ascii_case(if short { &name[..3] } else { name }))?;
    Some(at as u32)
}

/// The number of a month by its name or the first three letters of it.
pub(super) fn month(text: &str) -> Option<u32> {
    named(&MONTHS, text, true).or_else(|| named(&MONTHS, text, false)).map(|at| at + 1)
}

/// Whether it is the name of a day of the week, or the first three letters of it.
pub(super) fn is_weekday(text: &str) -> bool {
    named(&DAYS, text, true).or_else(|| named(&DAYS, text, false)).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(pattern: &str, text: &str) -> Option<String> {
        let moment = read(&parts(pattern).expect("a value"), text)?;
        moment.instant().map(|instant| instant.format("%Y-%m-%d %H:%M:%S%.f").to_string())
    }

    #[test]
    fn patterns_read_as_in_python() {
        for (pattern, text, value) in [
            ("%d/%m/%y", "01/02/17", "2017-02-01 00:00:00"),
            ("%d/%m/%y", "1/2/69", "1969-02-01 00:00:00"),
            ("%Y%m%d", "20211231", "2021-12-31 00:00:00"),
            ("%Y%m%d", "2021123", "2021-12-03 00:00:00"),
            ("%Y", "2017", "2017-01-01 00:00:00"),
            ("%x", "09/25/20", "2020-09-25 00:00:00"),
            ("%d %B %Y", "3  march 2021", "2021-03-03 00:00:00"),
            ("%b %d, %Y", "Jan 31, 2021", "2021-01-31 00:00:00"),
            ("%a, %d %b %Y %H:%M:%S %Z", "Fri, 01 Jan 2021 10:00:00 GMT", "2021-01-01 10:00:00"),
            ("%d/%m/%y-%H:%M", "01/01/18-23:59", "2018-01-01 23:59:00"),
            ("%Y-%m-%d %H:%M:%S%z", "2021-01-01 01:00:00+0230", "2020-12-31 22:30:00"),
            ("%Y-%m-%dT%H:%M:%S.%fZ", "2021-01-01T01:00:00.25Z", "2021-01-01 01:00:00.250"),
            ("%I:%M %p", "12:30 am", "1900-01-01 00:30:00"),
            ("%I:%M %p", "12:30 PM", "1900-01-01 12:30:00"),
            ("%Y-%j", "2020-366", "2020-12-31 00:00:00"),
            ("%-d.%-m.%Y", "1.2.2021", "2021-02-01 00:00:00"),
            ("100%% %Y", "100% 2021", "2021-01-01 00:00:00"),
        ] {
            assert_eq!(instant(pattern, text).as_deref(), Some(value), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("%d/%m/%y", "01.01.18"),
            ("%d/%m/%Y", "31/04/2021"),
            ("%d/%m/%Y", "01/01/2021 "),
            ("%H:%M:%S", "10:00:60"),
            ("%I:%M %p", "13:00 pm"),
            ("%d %b %Y", "1 Foo 2021"),
            ("%Y-%m-%d", "２021-01-01"),
            ("%Y", "é"),
        ] {
            assert_eq!(instant(pattern, text), None, "{pattern} {text}");
        }
        assert_eq!(
            fault(&parts("%d/%m/%Y").expect("a value"), "31/04/2021").as_deref(),
            Some("April has 30 days")
        );
    }

    #[test]
    fn a_pattern_that_cannot_be_read_is_refused() {
        assert_eq!(parts("%Y-%Q").expect_err("an error"), "has the directive %Q, which is not supported");
        assert_eq!(parts("%Y-%Y").expect_err("an error"), "has the directive %Y twice");
        assert_eq!(parts("%Y-%").expect_err("an error"), "ends with a single %");
    }
}
