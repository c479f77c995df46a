//! The commands. Each is a file or a folder.

pub mod add_new_records;
pub mod backup;
pub mod backups;
pub mod batches;
pub mod check;
pub mod check_dictionary;
mod correction;
pub mod describe;
pub mod get_by_id;
pub mod rejected;
pub mod report;
pub mod restore;
pub mod verify;

use std::sync::Arc;

use anyhow::anyhow;
use dictionary::{Dictionary, Table};

/// How similar a name must be to be suggested (Jaro similarity, 0 to 1).
const ALIKE: f64 = 0.75;

/// The table with a name.
///
/// # Errors
/// When there is no such table; the sentence lists the tables.
fn find<'d>(dictionary: &'d Dictionary, name: &str) -> anyhow::Result<&'d Arc<Table>> {
    dictionary.table(name).ok_or_else(|| {
        let names: Vec<_> = dictionary.tables().iter().map(|table| table.name.as_str()).collect();
        let alike = |of: &&str| strsim::jaro(&of.to_lowercase(), &name.to_lowercase());
        let nearest = names.iter().copied().max_by(|a, b| alike(a).total_cmp(&alike(b)));
        let meant = nearest.filter(|nearest| alike(nearest) >= ALIKE);
        let question = meant.map(|nearest| format!("; did you mean {nearest}?")).unwrap_or_default();
        anyhow!("there is no table {name:?}; the tables are {}{question}", names.join(", "))
    })
}
