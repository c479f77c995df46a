//! Statements and queries that are written once for all engines.

mod bulk_insert;
mod filter;
mod insert;
pub(super) mod json_rows;
mod lookup;

pub(super) use bulk_insert::BulkInsert;
pub(super) use filter::{Filter, number, text};
pub(super) use insert::{Insert, Rows};
pub(super) use lookup::Lookup;

/// Arguments that every engine takes in one statement (SQLite: 32,766; MySQL: 65,535).
const MAX_ARGUMENTS: usize = 32_766;
