//! A report as it was made.

use base64::prelude::{BASE64_STANDARD, Engine};
use dictionary::Value;

use super::kpi::count;
use super::{Error, Kpi, Origin, Year};
use crate::formats::{Csv, Record};
use crate::store::totals::Version;

/// A report with its figures.
#[derive(Debug)]
pub struct Report {
    /// Which one.
    pub kpi: Kpi,
    /// The year that it is about.
    pub year: Year,
    /// Of the tables that it was made from.
    pub version: Version,
    /// What it answers: a value for each name of its header.
    pub rows: Vec<Vec<Value>>,
    /// Rows of the same columns that only its page shows.
    pub others: Vec<Vec<Value>>,
    /// When it was made, and from what.
    pub origin: Origin,
    /// As CSV.
    pub csv: Vec<u8>,
    /// As a page for a folder.
    pub saved_page: Vec<u8>,
}

impl Report {
    /// From what its SQL returned, without its page.
    ///
    /// # Errors
    /// When it cannot be written as CSV.
    pub(super) fn new(
        (kpi, year): (Kpi, Year),
        version: Version,
        rows: Vec<Vec<Value>>,
        origin: Origin,
    ) -> Result<Report, Error> {
        let (rows, others) = kpi.split(rows);
        let mut report =
            Report { kpi, year, version, rows, others, origin, csv: Vec::new(), saved_page: Vec::new() };
        report.csv = report.csv(false)?;
        Ok(report)
    }

    /// Whether there were any hires.
    pub fn has_hires(&self) -> bool {
        !self.rows.is_empty() || self.others.iter().any(|row| count(&row[2]) > 0)
    }

    /// The name of its files, without an extension.
    pub fn file_name(&self) -> String {
        match self.year {
            Year::DEFAULT => self.kpi.name().to_owned(),
            year => format!("{}-{year}", self.kpi.name()),
        }
    }

    /// The rows with their names.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.rows.iter().map(|values| Record { names: self.kpi.header(), values: values.as_slice() })
    }

    /// In CSV, with formulas marked if it is for a spreadsheet.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn csv(&self, spreadsheet: bool) -> Result<Vec<u8>, Error> {
        let rows = self.rows.iter().map(|row| row.iter().map(|value| value.text().into_owned()).collect());
        Ok(Csv { delimiter: b',', spreadsheet, comes_back: false }.write(self.kpi.header(), rows)?)
    }

    /// Its CSV as a link, which needs no file other than the page.
    pub fn csv_in_base64(&self) -> String {
        BASE64_STANDARD.encode(&self.csv)
    }

    /// What its page is called.
    pub fn title(&self) -> String {
        format!("{}, {}", self.kpi.title(), self.year)
    }
}
