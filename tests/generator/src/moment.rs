//! When somebody was hired.

use crate::draws::Pool;

/// A second of 2021 or 2022, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// 2021 or 2022.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// Second of the day, from 0.
    pub second: u32,
}

/// Hires of 100 in each quarter of the two years.
const QUARTER_WEIGHTS: [u8; 8] = [12, 16, 14, 10, 11, 15, 13, 9];

/// Days of the months; neither year is a leap year.
const DAYS: [u8; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const SECONDS_OF_DAY: usize = 86_400;

/// One of so many hires falls on the first or on the last second of its quarter.
const EDGE: usize = 200;

impl Moment {
    /// The quarter of the year, 1 to 4.
    pub fn quarter(self) -> u8 {
        (self.month - 1) / 3 + 1
    }

    /// A second between 2021-01-01T00:00:00Z and 2022-12-31T23:59:59Z.
    pub(crate) fn draw(pool: &mut Pool) -> Self {
        let quarter = draw_quarter(pool);
        let months = &DAYS[quarter % 4 * 3..][..3];
        let days: usize = months.iter().copied().map(usize::from).sum();
        let second = match pool.below(EDGE) {
            0 => 0,
            1 => days * SECONDS_OF_DAY - 1,
            _ => pool.below(days * SECONDS_OF_DAY),
        };
        let mut month = quarter % 4 * 3;
        let mut day = second / SECONDS_OF_DAY;
        while day >= usize::from(DAYS[month]) {
            day -= usize::from(DAYS[month]);
            month += 1;
        }
        Self {
            year: 2021 + (quarter / 4) as u16,
            month: month as u8 + 1,
            day: day as u8 + 1,
            second: (second % SECONDS_OF_DAY) as u32,
        }
    }

    /// Writes `YYYY-MM-DDThh:mm:ssZ`.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        self.write_day(out);
        out.push(b'T');
        two_digits(out, self.second / 3600);
        out.push(b':');
        two_digits(out, self.second / 60 % 60);
        out.push(b':');
        two_digits(out, self.second % 60);
        out.push(b'Z');
    }

    /// Writes `YYYY-MM-DD`.
    pub(crate) fn write_day(self, out: &mut Vec<u8>) {
        two_digits(out, u32::from(self.year / 100));
        two_digits(out, u32::from(self.year % 100));
        out.push(b'-');
        two_digits(out, u32::from(self.month));
        out.push(b'-');
        two_digits(out, u32::from(self.day));
    }
}

fn draw_quarter(pool: &mut Pool) -> usize {
    let mut hire = pool.below(QUARTER_WEIGHTS.iter().copied().map(usize::from).sum());
    let mut quarter = 0;
    while hire >= usize::from(QUARTER_WEIGHTS[quarter]) {
        hire -= usize::from(QUARTER_WEIGHTS[quarter]);
        quarter += 1;
    }
    quarter
}

fn two_digits(out: &mut Vec<u8>, number: u32) {
    out.push(b'0' + (number / 10) as u8);
    out.push(b'0' + (number % 10) as u8);
}
