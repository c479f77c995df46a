//! What the rows of a file show.

use std::collections::HashMap;

use super::candidate::Candidate;
use super::cell::Cell;
use super::column::Column;
use super::distinct::Budget;
use super::fault::{Fault, Faults};
use crate::csv_scanner::{self, Quotes, Record};
use crate::decode::members;
use crate::model::Table;
use crate::source::Form;
use crate::split::{Reader, SplitError};

/// The most columns that are described.
pub(super) const MOST_COLUMNS: usize = 8192;

/// What all rows of a file show.
#[derive(Debug)]
pub struct Evidence {
    pub(super) form: Form,
    pub(super) all: Vec<Candidate>,
    pub(super) columns: Vec<Column>,
    /// Rows that a schema may let in.
    pub(super) rows: u64,
    pub(super) faults: Faults,
    /// The line of the header.
    pub(super) header_line: Option<u64>,
    /// Whether labels that differ only in case are the same.
    pub(super) ignores_case: bool,
    /// Cells of CSV that are no value.
    missing: Vec<String>,
    /// Whether the header was read, if there is one.
    has_columns: bool,
    /// Whether the first row has more columns than are described.
    pub(super) is_too_wide: bool,
    /// The index of each member.
    members: HashMap<String, usize>,
    budget: Budget,
    /// Rows that are UTF-8 and not ASCII.
    beyond_ascii: u64,
}

impl Evidence {
    /// Reads all rows of a text in the plain form of a [probe](Table::probe), a part at a time. `read` fills a buffer and
    /// returns how many bytes these are; 0 means that the text has ended.
    ///
    /// # Errors
    /// The outer error is that of `read`; the inner one says that a row has no end.
    pub fn read<E>(
        probe: &Table,
        form: Form,
        mut read: impl FnMut(&mut [u8]) -> Result<usize, E>,
    ) -> Result<Result<Evidence, SplitError>, E> {
        // The labels of the header are not known: it is the first record.
        let without_header = Table { header: false, ..probe.clone() };
        let mut evidence = Evidence::new(probe, form);
        let mut batches = Reader::of_form(form, &without_header, Vec::new());
        loop {
            match batches.next_batch(&mut read)? {
                Ok(Some(batch)) => {
                    batch.records.iter().for_each(|record| evidence.record(probe, &batch.body, record));
                }
                Ok(None) => return Ok(Ok(evidence)),
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    fn new(probe: &Table, form: Form) -> Evidence {
        Evidence {
            form,
            all: Candidate::all(),
            columns: Vec::new(),
            rows: 0,
            faults: Faults::default(),
            header_line: None,
            ignores_case: probe.header_ignores_case,
            missing: probe.fields.first().map(|field| field.missing_values.clone()).unwrap_or_default(),
            has_columns: false,
            is_too_wide: false,
            members: HashMap::new(),
            budget: Budget::default(),
            beyond_ascii: 0,
        }
    }

    /// Whether the text seems to be of another encoding than the one it was read in: at least as many rows are not valid in it as
    /// are valid and hold characters beyond ASCII.
    pub fn seems_to_be_of_another_encoding(&self) -> bool {
        let not_read = self.faults.count(Fault::Encoding);
        not_read > 0 && not_read >= self.beyond_ascii
    }

    fn record(&mut self, probe: &Table, body: &[u8], record: &Record) {
        let raw = &body[record.raw.clone()];
        let text = std::str::from_utf8(raw);
        self.beyond_ascii += u64::from(text.is_ok() && !raw.is_ascii());
        let added = match (self.form, text) {
            (_, _) if record.quotes != Quotes::Good => Err(Fault::Quotes),
            (Form::Csv, Ok(text)) => self.cells(probe, text, record.line),
            (Form::Csv, Err(_)) => {
                // The number of columns is known all the same.
                if !self.has_columns {
                    let _replaced = self.cells(probe, &String::from_utf8_lossy(raw), record.line);
                }
                Err(Fault::Encoding)
            }
            (Form::Ndjson, Ok(text)) => self.object(text, record.line),
            (Form::Ndjson, Err(_)) => Err(Fault::Encoding),
        };
        if let Err(fault) = added {
            self.faults.add(fault, record.line);
        }
    }

    /// Takes a record of CSV, or the header.
    fn cells(&mut self, probe: &Table, text: &str, line: u64) -> Result<(), Fault> {
        let cells = csv_scanner::text_cells(text.as_bytes(), Some(text), probe.delimiter);
        let cells: Vec<_> = cells.map(|cell| cell.unwrap_or_else(|lossy| lossy)).collect();
        if !self.has_columns {
            self.has_columns = true;
            self.is_too_wide = cells.len() > MOST_COLUMNS;
            if self.is_too_wide {
                return Err(Fault::Cells);
            }
            let label = |cell: &std::borrow::Cow<str>| probe.header.then(|| cell.clone().into_owned());
            self.columns = cells.iter().map(|cell| Column::new(label(cell), &self.all)).collect();
            if probe.header {
                self.header_line = Some(line);
                return Ok(());
            }
        }
        if cells.len() != self.columns.len() {
            return Err(Fault::Cells);
        }
        if text.contains('\0') {
            return Err(Fault::Nul);
        }
        self.rows += 1;
        let Evidence { all, columns, missing, budget, .. } = self;
        for (column, cell) in columns.iter_mut().zip(&cells) {
            if !missing.iter().any(|missing| *missing == **cell) {
                column.push(all, Cell::Text(cell), line, budget);
            }
        }
        Ok(())
    }

    /// Takes a JSON object.
    fn object(&mut self, text: &str, line: u64) -> Result<(), Fault> {
        let members = members(text).ok_or(Fault::Object)?;
        let is_new = |name: &&str| !self.members.contains_key(*name);
        if self.columns.len() + members.iter().map(|(name, _)| &**name).filter(is_new).count() > MOST_COLUMNS
        {
            return Err(Fault::Members);
        }
        if members.iter().any(|(name, json)| name.contains('\0') || Cell::Json(json).text().contains('\0')) {
            return Err(Fault::Nul);
        }
        self.rows += 1;
        let Evidence { all, columns, members: indexes, budget, .. } = self;
        for (name, json) in members {
            let i = *indexes.entry(name.clone().into_owned()).or_insert_with(|| {
                columns.push(Column::new(Some(name.clone().into_owned()), all));
                columns.len() - 1
            });
            if json != "null" {
                columns[i].push(all, Cell::Json(json), line, budget);
            }
        }
        Ok(())
    }
}
