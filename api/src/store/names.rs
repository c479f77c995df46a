//! Names and numbers of columns of a data package that an engine does not take.

use dictionary::Dictionary;

use super::error::{OpenError, refused};
use super::sql_text::Dialect;

/// Faults that a refusal lists.
const SHOWN: usize = 10;

/// Refuses a dictionary with tables of more columns than the engine has.
fn check_columns(dialect: &Dialect, dictionary: &Dictionary) -> Result<(), OpenError> {
    let (most, engine) = dialect.most_columns;
    let wide = dictionary.tables().iter().filter(|table| table.columns().len() > most);
    let wide: Vec<String> =
        wide.map(|table| format!("table `{}` has {}", table.name, table.columns().len())).collect();
    if wide.is_empty() {
        return Ok(());
    }
    Err(refused(&format!(
        "a table may have {most} columns in {engine}, but {}; divide it into several tables with the same primary key",
        listed(wide)
    )))
}

/// Refuses a dictionary with tables of more columns than the engine has, or with names that the engine does not take: all of
/// them at once, before any table is made.
pub(super) fn check(dialect: &Dialect, dictionary: &Dictionary) -> Result<(), OpenError> {
    check_columns(dialect, dictionary)?;
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
    Err(refused(&format!(
        "the database cannot take these names of the data package: {}; rename them (a header is matched by \
         `title`, too), or use SQLite, which takes every name",
        listed(faults)
    )))
}

fn listed(mut faults: Vec<String>) -> String {
    let left_out = faults.len().saturating_sub(SHOWN);
    faults.truncate(SHOWN);
    let more = if left_out > 0 { format!("; and {left_out} more") } else { String::new() };
    faults.join("; ") + &more
}
