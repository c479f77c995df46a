//! Names that no table can have.

use dictionary::Reserved;

use crate::reports::Kpi;

/// The reports, whose paths are next to those of tables, and what SQLite refuses. They are the same on every engine, so
/// that a data package works on all of them.
pub fn names() -> Vec<Reserved> {
    let reports =
        Kpi::ALL.map(|kpi| Reserved::Name { name: kpi.name(), why: "which is the name of a report" });
    let sqlite = Reserved::Prefix { prefix: "sqlite_", why: "but SQLite keeps sqlite_ for itself" };
    reports.into_iter().chain([sqlite]).collect()
}
