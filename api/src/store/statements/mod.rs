//! Statements and queries that are written once for all engines.

mod bulk_insert;
mod filter;
mod insert;
pub(super) mod json_rows;
mod lookup;

pub(super) use bulk_insert::BulkInsert;
pub(super) use filter::{Filter, number, text};
pub(super) use insert::{Insert, bind_rows};
pub(super) use lookup::Lookup;
