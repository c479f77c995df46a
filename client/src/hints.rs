//! Hints: one line that says what to do next.

use dictionary::{Code, Table};

use crate::print::{program, quoted};
use crate::tally::Tally;

/// For a file of which no row fits the table: it may have another format.
pub fn shape(tally: &Tally, table: &Table) -> Option<String> {
    let of = |code: Code| tally.codes.get(code.as_str()).copied().unwrap_or_default();
    let (all, odd) = (tally.all(), of(Code::MissingCell) + of(Code::ExtraCell));
    let header = if table.header { "with" } else { "without" };
    (all.inserted == 0 && odd >= all.rejected)
        .then(|| format!("hint: files of {} hold {}, {header} a header", table.name, table.header_wanted()))
}

/// How to correct what was rejected and send it again.
pub fn correct(tally: &Tally, table: &Table, source: &str) -> Option<[String; 2]> {
    let which = match tally.rejecting() {
        [] => return None,
        [batch] => format!("--batch {batch}"),
        _ => format!("--source {}", quoted(source)),
    };
    let (program, table) = (program(), &table.name);
    let file = format!("{table}-rejected.csv");
    Some([
        format!("next: {program} rejected {table} {which} --all --csv > {file}"),
        format!("      correct {file}, then: {program} add-new-records {table} {file}"),
    ])
}
