//! What each report reads from the database, and what it contains.

use dictionary::{Physical, Value};

use super::Year;
use super::subject::Subject;

/// Which report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kpi {
    /// Hires by department and job for each quarter of a year.
    Req1,
    /// Departments that hired more than the mean in a year.
    Req2,
}

const TEXT: Physical = Physical::Text;
const INTEGER: Physical = Physical::Integer;

impl Kpi {
    /// All reports.
    pub const ALL: [Kpi; 2] = [Kpi::Req1, Kpi::Req2];

    /// The name in paths and of files.
    pub fn name(self) -> &'static str {
        match self {
            Kpi::Req1 => "req1",
            Kpi::Req2 => "req2",
        }
    }

    /// What it shows, in a few words.
    pub fn title(self) -> &'static str {
        match self {
            Kpi::Req1 => "Hires by department and job",
            Kpi::Req2 => "Departments above the mean",
        }
    }

    /// What it shows, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Kpi::Req1 => "How many people each department hired for each job, by quarter of a year.",
            Kpi::Req2 => "The departments that hired more people in a year than departments do on average.",
        }
    }

    /// The names of the columns of the report.
    pub fn header(self) -> &'static [&'static str] {
        match self {
            Kpi::Req1 => &["department", "job", "Q1", "Q2", "Q3", "Q4"],
            Kpi::Req2 => &["id", "department", "hired"],
        }
    }

    pub(super) fn sql(self) -> &'static str {
        match self {
            Kpi::Req1 => include_str!("req1.sql"),
            Kpi::Req2 => include_str!("req2.sql"),
        }
    }

    /// The arguments of its SQL.
    pub(super) fn values(self, year: Year) -> Vec<Value> {
        let bounds = [year.start_of_quarter(1), year.last_moment()];
        match self {
            Kpi::Req1 => (2..=4).map(|quarter| year.start_of_quarter(quarter)).chain(bounds).collect(),
            Kpi::Req2 => bounds.to_vec(),
        }
    }

    /// The types of the columns that its SQL returns.
    pub(super) fn types(self, subject: &Subject) -> Vec<Physical> {
        match self {
            Kpi::Req1 => vec![TEXT, TEXT, INTEGER, INTEGER, INTEGER, INTEGER],
            Kpi::Req2 => {
                let department = subject.departments.key().map(|field| field.ty.physical());
                department.chain([TEXT, INTEGER, INTEGER]).collect()
            }
        }
    }

    /// Divides what its SQL returns into the rows of the report and those that only its page needs.
    pub(super) fn split(self, mut rows: Vec<Vec<Value>>) -> (Vec<Vec<Value>>, Vec<Vec<Value>>) {
        match self {
            Kpi::Req1 => (rows, Vec::new()),
            Kpi::Req2 => {
                // They descend, so that those above the mean come first.
                let above = rows.partition_point(|row| count(&row[3]) > 0);
                rows.iter_mut().for_each(|row| row.truncate(3));
                let others = rows.split_off(above);
                (rows, others)
            }
        }
    }
}

/// A number of hires.
pub(super) fn count(value: &Value) -> u64 {
    match value {
        Value::Integer(count) => count.unsigned_abs(),
        Value::Null
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::String(_)
        | Value::Date(_)
        | Value::DateTime(_) => 0,
    }
}
