//! The commands, one a file.

pub mod add_new_records;
pub mod backup;
pub mod backups;
pub mod batches;
pub mod check;
mod correction;
pub mod get_by_id;
pub mod rejected;
pub mod report;
pub mod restore;
pub mod verify;

use std::sync::Arc;

use anyhow::anyhow;
use dictionary::{Dictionary, Table};

/// How alike a name must be to be suggested, of 1.
const ALIKE: f64 = 0.75;

/// The table of a name, or the names there are.
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
