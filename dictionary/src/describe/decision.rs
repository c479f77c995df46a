//! Which type a column has, of those that fit its cells.

use serde_json::{Value, json};

use super::candidate::Candidate;
use super::cell::Cell;

/// The candidates of a column: which fit all cells so far, and the first cell against each of the others.
#[derive(Debug, Clone)]
pub(super) struct Candidates {
    /// The indexes of those that fit.
    fitting: Vec<usize>,
    /// The line of the first cell against each.
    against: Vec<Option<u64>>,
}

impl Candidates {
    pub(super) fn new(all: &[Candidate]) -> Candidates {
        Candidates { fitting: (0..all.len()).collect(), against: vec![None; all.len()] }
    }

    /// Drops those that a cell is against.
    pub(super) fn test(&mut self, all: &[Candidate], cell: Cell, line: u64) {
        let Candidates { fitting, against } = self;
        fitting.retain(|i| {
            let fits = all[*i].fits(cell);
            if !fits {
                against[*i] = Some(line);
            }
            fits
        });
    }

    /// The type of the column.
    pub(super) fn decide<'c>(&self, all: &'c [Candidate]) -> Decision<'c> {
        let mut patterns = Vec::new();
        let mut string = None;
        for candidate in self.fitting.iter().map(|i| &all[*i]) {
            if candidate.is_pattern() {
                patterns.push(candidate);
            } else if candidate.is_string() {
                string = Some(candidate);
            } else {
                return Decision::One(candidate);
            }
        }
        match (patterns.as_slice(), string) {
            ([pattern], _) => Decision::One(pattern),
            ([], Some(string)) => Decision::One(string),
            ([], None) => Decision::Any,
            (_, Some(string)) => Decision::Ambiguous(string, patterns),
            (_, None) => Decision::Any,
        }
    }

    /// The candidate before the chosen one whose first cell that does not fit comes last, and the line of that cell.
    pub(super) fn closest<'c>(&self, all: &'c [Candidate], chosen: &str) -> Option<(&'c Candidate, u64)> {
        let before = all.iter().take_while(|candidate| candidate.words() != chosen);
        let rejected = before.zip(&self.against).filter_map(|(candidate, line)| Some((candidate, (*line)?)));
        // Of several, the first one.
        rejected.fold(None, |best, one| match best {
            Some((_, line)) if line >= one.1 => best,
            Some(_) | None => Some(one),
        })
    }
}

/// The type of a column.
#[derive(Debug)]
pub(super) enum Decision<'c> {
    /// This one.
    One(&'c Candidate),
    /// `string`, as several formats fit.
    Ambiguous(&'c Candidate, Vec<&'c Candidate>),
    /// JSON values of several types.
    Any,
}

impl Decision<'_> {
    /// Table Schema's name of the type.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Decision::One(candidate) | Decision::Ambiguous(candidate, _) => candidate.name,
            Decision::Any => "any",
        }
    }

    /// Its format, where it is not the default one.
    pub(super) fn format(&self) -> Option<&str> {
        match self {
            Decision::One(candidate) => candidate.format.as_deref(),
            Decision::Ambiguous(..) | Decision::Any => None,
        }
    }

    /// Its name and format, for people.
    pub(super) fn words(&self) -> String {
        match self {
            Decision::One(candidate) | Decision::Ambiguous(candidate, _) => candidate.words(),
            Decision::Any => "any".to_owned(),
        }
    }

    /// As the properties of a field.
    pub(super) fn properties(&self) -> impl Iterator<Item = (String, Value)> {
        let format = self.format().map(|format| ("format".to_owned(), json!(format)));
        [("type".to_owned(), json!(self.name()))].into_iter().chain(format)
    }
}
