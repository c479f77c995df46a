//! The schema that is made of evidence.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;
use serde_json::Value;

use super::cell::Cell;
use super::column::Column;
use super::decision::Decision;
use super::evidence::{Evidence, MOST_COLUMNS};
use super::field::{field, is_required, remarks};
use super::label::field_names;
use crate::source::Form;

/// The longest text that is taken for a key.
const LONGEST_KEY: u64 = 100;

/// A schema, and what it is made of.
#[derive(Debug)]
pub struct Description {
    /// The fields of a Table Schema.
    pub fields: Vec<Value>,
    /// The name of the field that is the primary key, if one can be.
    pub primary_key: Option<String>,
    /// The row of the header, where labels are repeated: it is passed over, and columns are known by their position.
    pub passed_over_header: Option<u64>,
    /// Whether the first row holds a number or a date, and so may be no header.
    pub may_lack_header: bool,
    /// How many rows were described.
    pub rows: u64,
    /// How many rows no schema lets in.
    pub rejected: u64,
    /// A report for each field.
    pub columns: Vec<ColumnReport>,
    /// What people should know: a sentence each, without values.
    pub remarks: Vec<String>,
}

/// What a field is made of.
#[derive(Debug)]
pub struct ColumnReport {
    /// The name of the field.
    pub name: String,
    /// Its type, and the format.
    pub kind: String,
    /// How many cells have a value.
    pub cells: u64,
    /// How many have none.
    pub empty: u64,
    /// The type that came closest, and the line of the first cell against it.
    pub rejected: Option<(String, u64)>,
    pub(super) ty: &'static str,
    /// Hashes of all values; `None` where there are too many, or where equal values may have other hashes.
    pub(super) values: Option<HashSet<u64, FixedState>>,
}

impl Evidence {
    /// The description of the rows.
    ///
    /// # Errors
    /// When the rows show no fields, or a member cannot be one: the rest of a sentence that begins with the file's name.
    pub fn describe(self) -> Result<Description, String> {
        if self.is_too_wide {
            return Err(format!("has more than {MOST_COLUMNS} columns"));
        }
        if self.columns.is_empty() {
            return Err(match self.form {
                Form::Csv => "is empty: it has no header that names columns".to_owned(),
                Form::Ndjson => "has no JSON object that names members".to_owned(),
            });
        }
        let labels: Vec<_> = self.columns.iter().map(|column| column.label.as_deref()).collect();
        let names = field_names(&labels);
        if self.form == Form::Ndjson
            && let Some((label, _)) =
                labels.iter().flatten().zip(&names).find(|(label, name)| *label != *name)
        {
            return Err(format!(
                "has the member {label:?}, which cannot be the name of a field; rename it, or list the members to keep \
                 in `dialect.itemKeys`"
            ));
        }
        let passed_over_header = self.header_line.filter(|_| has_repeated(&labels, self.ignores_case));
        let decisions: Vec<_> = self.columns.iter().map(|column| self.decide(column)).collect();
        let fields = self.columns.iter().zip(&names).zip(&decisions);
        let fields =
            fields.map(|((column, name), (decision, _))| field(column, name, decision, self.rows)).collect();
        let mut said: Vec<String> = self.faults.remarks().collect();
        if passed_over_header.is_some() {
            said.push(
                "its header has a label twice, so it is passed over, and columns are known by their position"
                    .to_owned(),
            );
        }
        let of_columns = self.columns.iter().zip(&names).zip(&decisions);
        said.extend(
            of_columns.flat_map(|((column, name), (decision, _))| remarks(column, name, decision, &self.all)),
        );
        let may_lack_header = self.header_line.is_some() && self.may_be_data(&labels);
        if may_lack_header {
            said.push(
                "its first row holds a number or a date, and so may be no header; if it is none, use `--no-header`, or say \
                 `\"header\": false` in `dialect`"
                    .to_owned(),
            );
        }
        let primary_key = self.primary_key(&names, &decisions, &mut said);
        let reports: Vec<_> = decisions
            .iter()
            .zip(&names)
            .map(|((decision, rejected), name)| {
                (decision.words(), decision.name(), rejected.clone(), name.clone())
            })
            .collect();
        let rows = self.rows;
        let report = |(column, (kind, ty, rejected, name)): (Column, _)| ColumnReport {
            name,
            kind,
            cells: column.cells,
            empty: rows - column.cells,
            rejected,
            ty,
            values: column.distinct.hashes().filter(|_| ty != "string" || !column.has_outer_blanks),
        };
        let rejected = self.faults.total();
        let columns = self.columns.into_iter().zip(reports).map(report).collect();
        Ok(Description {
            fields,
            primary_key,
            passed_over_header,
            may_lack_header,
            rows,
            rejected,
            columns,
            remarks: said,
        })
    }

    /// Whether a label is a value of another type than `string`.
    fn may_be_data(&self, labels: &[Option<&str>]) -> bool {
        let typed = || self.all.iter().filter(|candidate| !candidate.is_string());
        labels.iter().flatten().any(|label| typed().any(|candidate| candidate.fits(Cell::Text(label))))
    }

    /// The type of a column, and the one that came closest.
    fn decide(&self, column: &Column) -> (Decision<'_>, Option<(String, u64)>) {
        let candidates = column.candidates(&self.all, self.form);
        if column.cells == 0 {
            let string = self.all.last().map_or(Decision::Any, Decision::One);
            return (string, None);
        }
        let decision = candidates.decide(&self.all);
        let rejected = match (&decision, column.without_sentinels(&self.all)) {
            // Several formats are left, and none is rejected.
            (Decision::Ambiguous(..), _) => None,
            (Decision::One(string), Some(Decision::One(other)))
                if string.is_string() && !other.is_string() =>
            {
                column.first_sentinel().map(|line| (other.words(), line))
            }
            (Decision::One(_) | Decision::Any, _) => {
                let closest = candidates.closest(&self.all, &decision.words());
                closest.map(|(candidate, line)| (candidate.words(), line))
            }
        };
        (decision, rejected)
    }

    /// The first column without repeated or missing values that is an integer or a short text.
    fn primary_key(
        &self,
        names: &[String],
        decisions: &[(Decision<'_>, Option<(String, u64)>)],
        said: &mut Vec<String>,
    ) -> Option<String> {
        let mut undecided = Vec::new();
        for ((column, name), (decision, _)) in self.columns.iter().zip(names).zip(decisions) {
            let is_short = column.longest <= LONGEST_KEY && !column.has_empty_text;
            let may_be = match decision.name() {
                "integer" => true,
                "string" => is_short,
                _ => false,
            };
            if !may_be || !is_required(column, self.rows) {
                continue;
            }
            match column.distinct.is_unique() {
                Some(true) => return Some(name.clone()),
                Some(false) => {}
                None => undecided.push(format!("`{name}`")),
            }
        }
        said.push(match undecided.as_slice() {
            [] => "no column can be the primary key: none is an integer or a short text that every row has, and has once; \
                   the table gets the column `_id`"
                .to_owned(),
            names => format!(
                "whether a column can be the primary key is not decided, as there are too many values to compare: {}; name \
                 it in `primaryKey`, or the table gets the column `_id`",
                names.join(", ")
            ),
        });
        None
    }
}

/// Whether a header cannot tell its columns apart.
fn has_repeated(labels: &[Option<&str>], ignores_case: bool) -> bool {
    let mut seen = HashMap::new();
    labels.iter().flatten().any(|label| {
        let label = if ignores_case { label.to_lowercase() } else { (*label).to_owned() };
        seen.insert(label, ()).is_some()
    })
}
