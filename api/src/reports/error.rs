//! Why there is no report.

use crate::store;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the dictionary lacks, in words.
    #[error("this report needs {0}, which the data dictionary does not have")]
    NoSubject(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// It cannot be written down as CSV.
    #[error("the report cannot be written as CSV: {0}")]
    Csv(#[from] csv::Error),
    /// It cannot be written down as a page.
    #[error("the report cannot be written as a page: {0}")]
    Page(#[from] askama::Error),
}
