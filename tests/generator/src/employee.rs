//! One record of `employees.csv`.

use crate::Moment;
use crate::draws::Pool;
use crate::flaw::Flaw;
use crate::names::{CULTURES, NICKNAMES, SUFFIXES};

const NOT_NUMBERS: [&str; 5] = ["abc", "12.5", "N/A", "E-1042", "1O7"];
const IMPOSSIBLE_DAYS: [&str; 6] =
    ["2021-02-30", "2021-04-31", "2022-02-29", "2022-13-05", "2021-11-31", "2022-06-00"];
const MALFORMED_TIMES: [&str; 3] = ["T00:0:1Z", "T9:05:00Z", "T17:30:5Z"];
const EXTRA_CELLS: [&str; 3] = ["remote", "yes", "2022"];

/// Unknown ids, and down from there: far above the known ones, so that adding a few does not make them known.
const UNKNOWN_DEPARTMENT: usize = 99;
const UNKNOWN_JOB: usize = 999;

/// Characters that make a name too long by one.
const TOO_LONG: usize = 201;

/// An employee as drawn, and what is wrong with the row. The fields hold the good values, flaws or not.
#[derive(Clone, Debug)]
pub struct Employee {
    /// Position in the file with the dirty rows, from 1.
    pub record: u64,
    /// The record's number; for [`Flaw::RepeatedId`] that of the earlier row.
    pub id: u64,
    /// First and last name, with an occasional nickname, initial or suffix.
    pub name: String,
    /// When the employee was hired.
    pub hired: Moment,
    /// One of the departments.
    pub department: u32,
    /// One of the jobs.
    pub job: u32,
    /// What is wrong with the row, in field order; empty for a good row.
    pub flaws: &'static [Flaw],
    /// Which way of being wrong the flaws take.
    pub(crate) variant: usize,
}

impl Employee {
    /// Whether the row must be accepted.
    pub fn is_good(&self) -> bool {
        self.flaws.is_empty()
    }

    /// Appends the row as CSV, with CRLF.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.write_id(out);
        out.push(b',');
        self.write_name(out);
        out.push(b',');
        self.write_hired(out);
        out.push(b',');
        self.write_department(out);
        if !self.has(Flaw::ShortRow) {
            out.push(b',');
            self.write_job(out);
        }
        if self.has(Flaw::ExtraCell) {
            out.push(b',');
            out.extend_from_slice(self.way(&EXTRA_CELLS).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
    }

    fn has(&self, flaw: Flaw) -> bool {
        self.flaws.contains(&flaw)
    }

    fn way(&self, ways: &[&'static str]) -> &'static str {
        ways[self.variant % ways.len()]
    }

    fn write_id(&self, out: &mut Vec<u8>) {
        if self.has(Flaw::IdNotANumber) {
            out.extend_from_slice(self.way(&NOT_NUMBERS).as_bytes());
        } else if !self.has(Flaw::EmptyId) {
            write_number(self.id, out);
        }
    }

    fn write_name(&self, out: &mut Vec<u8>) {
        if self.has(Flaw::NameTooLong) {
            let repeated = self.name.chars().cycle().take(TOO_LONG);
            write_quoted(&repeated.collect::<String>(), out);
        } else if !self.has(Flaw::EmptyName) {
            write_quoted(&self.name, out);
        }
    }

    fn write_hired(&self, out: &mut Vec<u8>) {
        if self.has(Flaw::ImpossibleDate) {
            out.extend_from_slice(self.way(&IMPOSSIBLE_DAYS).as_bytes());
            out.extend_from_slice(b"T08:30:00Z");
        } else if self.has(Flaw::MalformedDate) {
            self.hired.write_day(out);
            out.extend_from_slice(self.way(&MALFORMED_TIMES).as_bytes());
        } else if !self.has(Flaw::EmptyDate) {
            self.hired.write(out);
        }
    }

    fn write_department(&self, out: &mut Vec<u8>) {
        if self.has(Flaw::UnknownDepartment) {
            write_number(UNKNOWN_DEPARTMENT - self.variant, out);
        } else if !self.has(Flaw::EmptyDepartment) {
            write_number(self.department, out);
        }
    }

    fn write_job(&self, out: &mut Vec<u8>) {
        if self.has(Flaw::UnknownJob) {
            write_number(UNKNOWN_JOB - self.variant, out);
        } else if !self.has(Flaw::EmptyJob) {
            write_number(self.job, out);
        }
    }
}

/// First and last name, mostly of one culture.
pub(crate) fn draw_name(pool: &mut Pool) -> String {
    let culture = pool.below(CULTURES.len());
    let family = match pool.below(8) {
        0 => pool.below(CULTURES.len()),
        _ => culture,
    };
    let first = pool.pick(CULTURES[culture].first);
    let last = pool.pick(CULTURES[family].last);
    let mut name = String::with_capacity(48);
    name.push_str(first);
    match pool.below(200) {
        0..=3 => push_all(&mut name, &[" \"", pool.pick(&NICKNAMES), "\" ", last]),
        4..=7 => push_all(&mut name, &[" ", last, ", ", pool.pick(&SUFFIXES)]),
        8..=27 => {
            let initial = char::from(b'A' + pool.below(26) as u8);
            name.push(' ');
            name.push(initial);
            push_all(&mut name, &[". ", last]);
        }
        28..=47 => push_all(&mut name, &[" ", last, " ", pool.pick(CULTURES[culture].last)]),
        _ => push_all(&mut name, &[" ", last]),
    }
    name
}

fn push_all(name: &mut String, parts: &[&str]) {
    for part in parts {
        name.push_str(part);
    }
}

fn write_number(number: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Writes a CSV cell, in quotes where it needs them.
pub(crate) fn write_quoted(cell: &str, out: &mut Vec<u8>) {
    if cell.contains([',', '"', '\r', '\n']) {
        out.push(b'"');
        out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(cell.as_bytes());
    }
}
