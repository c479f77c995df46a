//! What the cells of a column show.

use super::candidate::Candidate;
use super::cell::Cell;
use super::decision::{Candidates, Decision};
use super::distinct::{Budget, Distinct};
use crate::source::Form;

/// Texts that programs write where there is no value.
pub(super) const SENTINELS: [&str; 5] = ["NULL", "N/A", "NA", "-", "9999-12-31"];

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    /// What the header or the member calls it; `None` where there is no header.
    pub(super) label: Option<String>,
    /// Cells that have a value.
    pub(super) cells: u64,
    /// The most characters of a text.
    pub(super) longest: u64,
    /// Whether a value is an empty text.
    pub(super) has_empty_text: bool,
    /// Whether a text has blanks around it.
    pub(super) has_outer_blanks: bool,
    pub(super) distinct: Distinct,
    /// The cells that are each of [`SENTINELS`], and the line of the first one.
    pub(super) sentinels: [(u64, u64); SENTINELS.len()],
    /// What fits the other cells.
    candidates: Candidates,
}

impl Column {
    pub(super) fn new(label: Option<String>, all: &[Candidate]) -> Column {
        Column {
            label,
            cells: 0,
            longest: 0,
            has_empty_text: false,
            has_outer_blanks: false,
            distinct: Distinct::default(),
            sentinels: [(0, 0); SENTINELS.len()],
            candidates: Candidates::new(all),
        }
    }

    /// Takes a cell that has a value.
    pub(super) fn push(&mut self, all: &[Candidate], cell: Cell, line: u64, budget: &mut Budget) {
        let text = cell.text();
        let trimmed = text.trim();
        self.cells += 1;
        self.longest = self.longest.max(text.chars().count() as u64);
        self.has_empty_text |= text.is_empty();
        self.has_outer_blanks |= trimmed.len() < text.len();
        self.distinct.push(trimmed, budget);
        match SENTINELS.iter().position(|sentinel| *sentinel == text) {
            Some(i) => {
                let (count, first) = &mut self.sentinels[i];
                *first = if *count == 0 { line } else { *first };
                *count += 1;
            }
            None => self.candidates.test(all, cell, line),
        }
    }

    /// What fits all cells.
    pub(super) fn candidates(&self, all: &[Candidate], form: Form) -> Candidates {
        let mut candidates = self.candidates.clone();
        for (sentinel, (count, line)) in SENTINELS.iter().zip(self.sentinels) {
            if count > 0 {
                let json = format!("\"{sentinel}\"");
                let cell = match form {
                    Form::Csv => Cell::Text(sentinel),
                    Form::Ndjson => Cell::Json(&json),
                };
                candidates.test(all, cell, line);
            }
        }
        candidates
    }

    /// The type that the cells have which are no sentinels; `None` where there are no others.
    pub(super) fn without_sentinels<'c>(&self, all: &'c [Candidate]) -> Option<Decision<'c>> {
        let sentinels: u64 = self.sentinels.iter().map(|(count, _)| count).sum();
        (sentinels < self.cells).then(|| self.candidates.decide(all))
    }

    /// The line of the first sentinel.
    pub(super) fn first_sentinel(&self) -> Option<u64> {
        self.sentinels.iter().filter(|(count, _)| *count > 0).map(|(_, line)| *line).min()
    }
}
