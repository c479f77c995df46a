//! Names of a data package that an engine does not take.

use dictionary::Dictionary;

use super::error::{OpenError, refused};
use super::sql_text::Dialect;

/// Names that a refusal lists.
const SHOWN: usize = 10;

/// Refuses a dictionary with names that the engine does not take: all of them at once, before any table is made.
pub(super) fn check(dialect: &Dialect, dictionary: &Dictionary) -> Result<(), OpenError> {
    let mut faults = Vec::new();
    for table in dictionary.tables() {
        let place = format!("table `{}`", table.name);
        let fault = (dialect.table_name_fault)(&table.name).or_else(|| (dialect.name_fault)(&table.name));
        faults.extend(fault.map(|fault| format!("{place} {fault}")));
        for field in &table.fields {
            let fault = (dialect.name_fault)(&field.name);
            faults.extend(fault.map(|fault| format!("{place}, field `{}` {fault}", field.name)));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    let left_out = faults.len().saturating_sub(SHOWN);
    faults.truncate(SHOWN);
    let more = if left_out > 0 { format!("; and {left_out} more") } else { String::new() };
    Err(refused(&format!(
        "the database cannot take these names of the data package: {}{more}; rename them (a header is matched by \
         `title`, too), or use SQLite, which takes every name",
        faults.join("; ")
    )))
}
